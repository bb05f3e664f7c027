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

#include <infoflow/cliff/cliff.hpp>
#include <infoflow/cliff/cliff_decision.hpp>
#include <infoflow/cliff/curve.hpp>
#include <infoflow/cliff/item_table.hpp>
#include <infoflow/cliff/judged_value.hpp>
#include <infoflow/statistics/paired_gain.hpp>
#include <infoflow/statistics/power.hpp>
#include <infoflow/statistics/sequence_power.hpp>

namespace infoflow {

struct CliffSettings {
  NonInferiority test{};
  ClusterBootstrap bootstrap{};
  std::string gap_floor = "drop-all";       ///< The policy whose cut at 0 is text with a gap.
  std::string no_image_floor = "no-image";  ///< The control: the prompt without the image.
};

/// Finds the cliff: the lowest cut from which on every cut is shown to lose less than a margin.
///
/// First the items must need the image: both floors (the gap policy's cut at 0, the prompt without
/// the image) must lose more than the margin. Then cuts are tested from L−1 downwards for the upper
/// bound and from 0 upwards for the lower one. Pictures are the units, not items. For a
/// lower-is-better metric that also reports a recall (CHAIR), recall must not be inferior either:
/// saying less is no way to pass. `decide` says what comes of the tests.
/// Laws: the order of items does not matter; the probability of a cliff below the true one is at
/// most alpha, and so is that of any other claim that is not so; lower_bound <= cliff_layer.
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
    cliff.images_needed = clusters_to_pass(settings_.test);

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
    std::vector<RunColumn> columns;
    std::vector<ItemStatistics> statistics;
    for (const Run& run : runs) {
      columns.push_back(table.full_column(run.policy, run.cut_layer));
      statistics.push_back(statistics_of(columns.back()));
    }
    // What is resampled is resampled once, for all runs and values.
    const Resampling resampling(metric, statistics, table.picture(), table.pictures(),
                                settings_.bootstrap);
    const std::vector<JudgedValue> judged =
        judged_values(metric, statistics, table.picture(), table.pictures(), resampling, first_cut,
                      settings_.test.alpha);
    std::vector<RunComparison> compared(runs.size());
    for (std::size_t r = 0; r < runs.size(); ++r) {
      compared[r].point = curve_point(metric, runs[r].policy, runs[r].cut_layer,
                                      std::move(columns[r]), value_interval(metric, resampling, r));
      for (const JudgedValue& value : judged) enter(compared[r], value, r);
    }
    cliff.untouched = std::move(compared.front().point);
    cliff.floors = {std::move(compared[1]), std::move(compared[2])};
    cliff.cuts.assign(std::move_iterator(compared.begin() + first_cut),
                      std::move_iterator(compared.end()));
    for (const JudgedValue& value : judged) {
      const PairedGain& any = value.gains.front();
      cliff.effective_images = any.clusters;
      cliff.images_needed =
          std::max(cliff.images_needed, clusters_to_pass(settings_.test, any.largest));
      if (value.room <= cliff.margin) cliff.at_its_worst = value.metric.name;
    }
    decide(cliff);
    tell_power(cliff, judged);
    return cliff;
  }

 private:
  static constexpr std::ptrdiff_t first_cut = 3;  ///< In a list of runs: untouched, floors, cuts.

  struct Run {
    std::string policy;
    int cut_layer = 0;
  };

  void enter(RunComparison& run, const JudgedValue& value, std::size_t r) const {
    const PairedGain& gain = value.gains[r];
    const Interval interval = value.interval(r);
    const double margin = settings_.test.margin;
    run.gains.push_back({value.metric.name, gain.gain, interval, gain.defined});
    run.passed = run.passed && interval.low > -margin;
    run.lossy = run.lossy || value.lossy(r, margin);
    run.flip_rate = std::max(run.flip_rate, gain.flips.rate);
    run.power = std::min(run.power, power_to_pass(value.flips(r), settings_.test));
    run.items_needed =
        std::max(run.items_needed, items_to_pass(0.8, value.flips(r), settings_.test));
  }

  /// The power to find the cliff at its lower bound, if it is there: of all cuts from there on to pass.
  void tell_power(Cliff& cliff, const std::vector<JudgedValue>& judged) const {
    std::size_t from = 0;
    while (from + 1 < cliff.cuts.size() && cliff.cuts[from].point.cut_layer < cliff.lower_bound) {
      ++from;
    }
    std::vector<SequenceTest> tests;
    for (const JudgedValue& value : judged) {
      for (std::size_t cut = from; cut < cliff.cuts.size(); ++cut) {
        const std::size_t run = first_cut + cut;
        tests.push_back({value.flips(run), standings(value.gains[run].draws)});
      }
    }
    cliff.harmless_from = cliff.cuts[from].point.cut_layer;
    cliff.power = sequence_power(tests, settings_.test);
    cliff.items_needed = items_for_sequence(0.8, tests, settings_.test);
  }

  CliffSettings settings_;
};

}  // namespace infoflow
