// SPDX-License-Identifier: MIT
/// \file A value that must not be inferior, over all runs of a sweep: gains, and what tests need.
#pragma once

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include <infoflow/statistics/paired_gain.hpp>
#include <infoflow/statistics/power.hpp>

namespace infoflow {

/// What every run gains in one value over the first, the untouched model.
struct JudgedValue {
  MetricSummary metric;
  std::vector<PairedGain> gains;  ///< [runs]
  std::vector<double> design;     ///< The design effect, [runs].
  TailQuantiles to_pass;
  TailQuantiles to_lose;
  double room = 0;  ///< How much the untouched model could lose, the value lying between 0 and 1.

  [[nodiscard]] Interval interval(std::size_t run) const {
    return gains[run].interval(to_pass, design[run]);
  }
  [[nodiscard]] bool lossy(std::size_t run, double margin) const {
    return gains[run].gain < -margin && gains[run].interval(to_lose, design[run]).high < -margin;
  }
  [[nodiscard]] ExpectedFlips flips(std::size_t run) const {
    const PairedGain& gain = gains[run];
    return {gain.flips.n,  gain.flips.rate, design[run],
            gain.clusters, gain.flips.size, gain.largest};
  }
};

/// The metric, and for one of which less is better that also reports a recall, that too.
[[nodiscard]] inline std::vector<MetricSummary> judged_metrics(const MetricSummary& metric) {
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

/// One value of all runs.
/// \param first_cut  where the cuts begin in the list of runs
[[nodiscard]] inline JudgedValue judged_value(MetricSummary metric,
                                              const std::vector<ItemStatistics>& runs,
                                              std::span<const Index> picture, Index pictures,
                                              const Resampling& resampling, std::size_t first_cut) {
  JudgedValue judged;
  const double largest = largest_flip(metric, runs);
  std::vector<Flips> of_cuts;
  for (std::size_t r = 0; r < runs.size(); ++r) {
    judged.gains.push_back(
        paired_gain(metric, {runs.front(), runs[r], picture, pictures}, largest, resampling, 0, r));
    if (r >= first_cut) of_cuts.push_back(judged.gains.back().flips);
  }
  // A cut with few flips can't tell how pictures tie items together, the cuts together can.
  const double shared = design_effect(of_cuts);
  for (const PairedGain& gain : judged.gains) {
    judged.design.push_back(std::max(shared, design_effect(std::span(&gain.flips, 1))));
  }
  const NamedValue untouched = main_value(metric, resampling.sums(0));
  const double above =
      metric.direction == Direction::higher_is_better ? untouched.value : 1 - untouched.value;
  judged.room = untouched.defined ? above : 1;
  judged.metric = std::move(metric);
  return judged;
}

/// All judged values of all runs. To pass, every value must; to be lossy, one is enough, at a level
/// that is divided among them.
[[nodiscard]] inline std::vector<JudgedValue> judged_values(const MetricSummary& metric,
                                                            const std::vector<ItemStatistics>& runs,
                                                            std::span<const Index> picture,
                                                            Index pictures,
                                                            const Resampling& resampling,
                                                            std::size_t first_cut, double alpha) {
  std::vector<JudgedValue> judged;
  for (MetricSummary& value : judged_metrics(metric)) {
    judged.push_back(
        judged_value(std::move(value), runs, picture, pictures, resampling, first_cut));
  }
  const double clusters = std::max(2.0, judged.front().gains.front().clusters);
  const auto count = static_cast<double>(judged.size());
  const TailQuantiles to_pass = tail_quantiles(alpha, clusters);
  const TailQuantiles to_lose = count > 1 ? tail_quantiles(alpha / count, clusters) : to_pass;
  for (JudgedValue& value : judged) {
    value.to_pass = to_pass;
    value.to_lose = to_lose;
  }
  return judged;
}

}  // namespace infoflow
