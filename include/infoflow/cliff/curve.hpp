// SPDX-License-Identifier: MIT
/// \file The metric against the cut.
#pragma once

#include <cmath>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <infoflow/cliff/item_table.hpp>
#include <infoflow/statistics/clustered_value.hpp>

namespace infoflow {

/// Mean of a field over runs; that of no run is not a number.
template <class Field>
[[nodiscard]] double mean_over(const RunColumn& runs, Field field) {
  double sum = 0;
  for (const RunOutcome* run : runs) sum += static_cast<double>(run->*field);
  return sum / static_cast<double>(runs.size());
}

/// One point of a curve: what the runs of one policy and cut did, over the items that have such a
/// run.
/// \param interval  of the main value
[[nodiscard]] inline CurvePoint curve_point(const MetricSummary& metric, const std::string& policy,
                                            int cut_layer, RunColumn runs, Interval interval) {
  std::erase(runs, nullptr);
  Statistics sums(metric.statistic_names.size(), 0.0);
  for (const RunOutcome* run : runs) add_to(sums, run->statistics);
  CurvePoint point;
  point.policy = policy;
  point.cut_layer = cut_layer;
  point.n = static_cast<Index>(runs.size());
  point.values = metric.values(sums);
  point.interval = interval;
  point.agreement = mean_over(runs, &RunOutcome::agrees);
  for (const MeasuredNumber& number : measured_numbers) {
    RunColumn known = runs;
    if (number.may_be_unknown) {
      std::erase_if(known, [&](const RunOutcome* r) { return std::isnan(r->*number.member); });
    }
    point.*number.member = mean_over(known, number.member);
  }
  return point;
}

/// A point for every cut at which an item with an image has a run of `policy`, by ascending cut.
/// \throws Error if a run's statistics are not as many as the metric's
[[nodiscard]] inline std::vector<CurvePoint> curve(std::span<const ItemOutcome> items,
                                                   const MetricSummary& metric,
                                                   const std::string& policy,
                                                   const ClusterBootstrap& bootstrap = {}) {
  const ItemTable table(items);
  const std::vector<int> cuts = table.cuts(policy);
  std::vector<RunColumn> columns;
  std::vector<ItemStatistics> statistics;
  for (const int cut : cuts) {
    columns.push_back(table.column(policy, cut));
    statistics.push_back(statistics_of(columns.back()));
  }
  const Resampling resampling(metric, statistics, table.picture(), table.pictures(), bootstrap);
  std::vector<CurvePoint> points;
  for (std::size_t i = 0; i < cuts.size(); ++i) {
    points.push_back(curve_point(metric, policy, cuts[i], std::move(columns[i]),
                                 value_interval(metric, resampling, i)));
  }
  return points;
}

}  // namespace infoflow
