// SPDX-License-Identifier: MIT
/// \file From which layer on the image can be cut away, as a statistical test.
#pragma once

#include <algorithm>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <infoflow/metrics/paired_gain.hpp>
#include <infoflow/metrics/power.hpp>
#include <infoflow/truncation/cliff.hpp>
#include <infoflow/truncation/curve.hpp>
#include <infoflow/truncation/item_table.hpp>

namespace infoflow {

struct CliffSettings {
  NonInferiority test{};
  ClusterBootstrap bootstrap{};
  std::string gap_floor = "drop-all";       ///< The policy whose cut at 0 is text with a gap.
  std::string no_image_floor = "no-image";  ///< The control: the prompt without the image.
};

/// The last cut that passes when cuts are tested from the highest downwards, stopping at the first
/// failure; none if the highest fails. Each test needs no correction: to pass below the true cliff,
/// one test, that of the cut just below it, must err (a fixed sequence; Maurer, Hothorn &
/// Lehmacher, 1995).
/// \param cuts  ascending
[[nodiscard]] inline std::optional<int> last_passed(std::span<const RunComparison> cuts) {
  std::optional<int> layer;
  for (std::size_t i = cuts.size(); i-- > 0 && cuts[i].passed;) layer = cuts[i].point.cut_layer;
  return layer;
}

/// One more than the last cut shown to lose too much when cuts are tested from the lowest upwards,
/// stopping at the first that is not; 0 if the lowest is not. Law: never above last_passed.
[[nodiscard]] inline int first_not_lossy(std::span<const RunComparison> cuts) {
  int bound = 0;
  for (const RunComparison& cut : cuts) {
    if (!cut.lossy) break;
    bound = cut.point.cut_layer + 1;
  }
  return bound;
}

/// Finds the cliff: the lowest cut from which on every cut is shown to lose less than a margin.
///
/// First the items must need the image: both floors (the gap policy's cut at 0, the prompt without
/// the image) must lose more than the margin. Then cuts are tested from L−1 downwards for the upper
/// bound and from 0 upwards for the lower one. Pictures are resampled, not items. For a
/// lower-is-better metric that also reports a recall (CHAIR), recall must not be inferior either:
/// saying less is no way to pass.
/// Laws: the order of items does not matter; the probability of a cliff below the true one is at
/// most alpha; lower_bound <= cliff_layer.
class CliffFinder {
 public:
  /// \throws Error if the margin or alpha is not a usable fraction, or a bootstrap would have no
  /// draw
  explicit CliffFinder(CliffSettings settings = {}) : settings_(std::move(settings)) {
    const auto& [margin, alpha] = settings_.test;
    if (!(margin > 0 && margin < 1 && alpha > 0 && alpha < 0.5 && settings_.bootstrap.draws > 0)) {
      throw Error("margin " + std::to_string(margin) + ", alpha " + std::to_string(alpha) + ", " +
                      std::to_string(settings_.bootstrap.draws) + " draws",
                  "CliffFinder",
                  "give a margin between 0 and 1 (0.01 is a point), an alpha between 0 and 0.5, "
                  "and draws above 0");
    }
  }

  [[nodiscard]] const CliffSettings& settings() const { return settings_; }

  /// \throws Error if an item with an image lacks the untouched run, a floor, or a cut that others
  /// have, or if statistics are not the metric's
  [[nodiscard]] Cliff operator()(std::span<const ItemOutcome> items, const MetricSummary& metric,
                                 const std::string& policy) const {
    const ItemTable table(items);
    Cliff cliff;
    cliff.layers = table.layers();
    cliff.margin = settings_.test.margin;
    cliff.n = table.n();
    cliff.images = table.pictures();
    cliff.without_image = table.without_image();
    cliff.items_needed = std::floor(least_items(settings_.test)) + 1;

    std::vector<Run> runs{{policy, table.layers()},
                          {settings_.gap_floor, 0},
                          {settings_.no_image_floor, table.layers()}};
    for (const int cut : table.cuts(policy)) {
      if (cut < table.layers()) runs.push_back({policy, cut});
    }
    if (table.n() == 0) {
      cliff.untouched = curve_point(metric, policy, 0, {}, {0, 1});
      return cliff;
    }
    if (runs.size() == first_cut) {
      throw Error("no cut of \"" + policy + "\" below layer " + std::to_string(table.layers()),
                  "CliffFinder", "run the sweep with cuts, or name another policy");
    }
    std::vector<RunComparison> compared = compare(table, metric, runs);
    cliff.untouched = std::move(compared.front().point);
    cliff.floors = {std::move(compared[1]), std::move(compared[2])};
    cliff.cuts.assign(std::move_iterator(compared.begin() + first_cut),
                      std::move_iterator(compared.end()));
    decide(cliff);
    return cliff;
  }

 private:
  static constexpr std::ptrdiff_t first_cut = 3;  ///< In a list of runs: untouched, floors, cuts.

  struct Run {
    std::string policy;
    int cut_layer = 0;
  };

  /// The values that must not be inferior.
  [[nodiscard]] static std::vector<MetricSummary> judged_values(const MetricSummary& metric) {
    std::vector<MetricSummary> judged{metric};
    if (metric.direction == Direction::higher_is_better) return judged;
    const Statistics nothing(metric.statistic_names.size(), 0.0);
    const std::vector<NamedValue> values = metric.values(nothing);
    for (std::size_t i = 1; i < values.size(); ++i) {
      if (values[i].name != "recall") continue;
      judged.push_back({"recall", Direction::higher_is_better, false, metric.statistic_names,
                        [all = metric.values, i](std::span<const double> sums) {
                          return std::vector<NamedValue>{all(sums)[i]};
                        }});
    }
    return judged;
  }

  /// All runs against the first. What is resampled is resampled once, for all runs and values.
  [[nodiscard]] std::vector<RunComparison> compare(const ItemTable& table,
                                                   const MetricSummary& metric,
                                                   const std::vector<Run>& runs) const {
    std::vector<RunColumn> columns;
    std::vector<ItemStatistics> statistics;
    for (const Run& run : runs) {
      columns.push_back(table.full_column(run.policy, run.cut_layer));
      statistics.push_back(statistics_of(columns.back()));
    }
    const Resampling resampling(metric, statistics, table.picture(), table.pictures(),
                                settings_.bootstrap);
    std::vector<RunComparison> compared(runs.size());
    for (std::size_t r = 0; r < runs.size(); ++r) {
      compared[r].point = curve_point(metric, runs[r].policy, runs[r].cut_layer,
                                      std::move(columns[r]), value_interval(metric, resampling, r));
    }
    const std::vector<MetricSummary> judged = judged_values(metric);
    for (const MetricSummary& value : judged) {
      std::vector<PairedGain> gains;
      std::vector<Flips> of_cuts;
      for (std::size_t r = 0; r < runs.size(); ++r) {
        gains.push_back(paired_gain(
            value, {statistics.front(), statistics[r], table.picture(), table.pictures()},
            resampling, 0, r));
        if (r >= first_cut) of_cuts.push_back(gains.back().flips);
      }
      const double shared = design_effect(of_cuts);
      for (std::size_t r = 0; r < runs.size(); ++r) {
        judge(compared[r], value.name, gains[r], shared, judged.size());
      }
    }
    return compared;
  }

  /// Enters one value's gain: to pass, every value must; to be lossy, one is enough, at a level
  /// that is divided among them.
  void judge(RunComparison& run, const std::string& name, const PairedGain& gain, double shared,
             std::size_t judged) const {
    const auto& [margin, alpha] = settings_.test;
    // A cut with few flips can't tell how pictures tie items together, the cuts together can.
    const double design = std::max(shared, design_effect(std::span(&gain.flips, 1)));
    const Interval interval = gain.interval(alpha, design);
    run.gains.push_back({name, gain.gain, interval});
    run.passed = run.passed && interval.low > -margin;
    run.lossy =
        run.lossy || gain.interval(alpha / static_cast<double>(judged), design).high < -margin;
    run.looks_alike = run.looks_alike && gain.defined && gain.gain >= -margin;
    run.flip_rate = std::max(run.flip_rate, gain.flips.rate);
    run.power =
        std::min(run.power, power_to_pass(gain.flips.n, gain.flips.rate, settings_.test, design));
    run.items_needed =
        std::max(run.items_needed, items_to_pass(0.8, gain.flips.rate, settings_.test, design));
  }

  static void decide(Cliff& cliff) {
    const auto any = [&](auto property) {
      return std::any_of(cliff.floors.begin(), cliff.floors.end(), property);
    };
    const bool needed = !any([](const RunComparison& floor) { return !floor.lossy; });
    const std::optional<int> passed = last_passed(cliff.cuts);
    const RunComparison& tested = passed ? *cliff.at(*passed) : cliff.cuts.back();
    cliff.power = tested.power;
    cliff.items_needed = tested.items_needed;
    cliff.lower_bound = first_not_lossy(cliff.cuts);
    if (needed && passed) {
      cliff.status = CliffStatus::found;
      cliff.cliff_layer = passed;
    } else if (needed) {
      const bool settled = tested.lossy || tested.power >= 0.8;
      cliff.status = settled ? CliffStatus::no_cliff : CliffStatus::not_enough_items;
    } else if (any([](const RunComparison& floor) { return floor.looks_alike; })) {
      cliff.status = CliffStatus::does_not_need_the_image;
      cliff.cliff_layer = 0;
      cliff.lower_bound = 0;
    }
  }

  CliffSettings settings_;
};

}  // namespace infoflow
