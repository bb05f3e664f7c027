// SPDX-License-Identifier: MIT
/// \file A corpus metric over items that share pictures, with its interval.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include <infoflow/statistics/cluster_bootstrap.hpp>
#include <infoflow/statistics/cluster_sums.hpp>
#include <infoflow/statistics/metric.hpp>
#include <infoflow/statistics/student.hpp>

namespace infoflow {

/// The main value of a row of summed statistics; not defined if it is not a number.
[[nodiscard]] inline NamedValue main_value(const MetricSummary& metric, const double* sums) {
  NamedValue value = metric.values({sums, metric.statistic_names.size()}).front();
  value.defined = value.defined && std::isfinite(value.value);
  return value;
}

/// What a run's answers say, item by item, [items]; null where an item has no answer in this run.
using ItemStatistics = std::vector<const Statistics*>;

/// Runs of the same items, resampled together: one draw of clusters for all of them.
class Resampling {
 public:
  /// \param cluster  of each item, in [0, clusters)
  /// \throws Error if an item's statistics are not as many as the metric's
  Resampling(const MetricSummary& metric, std::span<const ItemStatistics> runs,
             std::span<const Index> cluster, Index clusters, const ClusterBootstrap& bootstrap)
      : width_(static_cast<Index>(metric.statistic_names.size())) {
    RowMatrix<double> table =
        RowMatrix<double>::Zero(clusters, width_ * static_cast<Index>(runs.size()));
    for (std::size_t run = 0; run < runs.size(); ++run) {
      Index items = 0;
      for (std::size_t i = 0; i < runs[run].size(); ++i) {
        if (!runs[run][i]) continue;
        const Statistics& item = *runs[run][i];
        if (item.size() != metric.statistic_names.size()) {
          throw Error(std::to_string(item.size()) + " statistics, " + metric.name + " has " +
                          std::to_string(width_),
                      "item " + std::to_string(i), "score all answers with one metric");
        }
        table.row(cluster[i]).segment(width_ * static_cast<Index>(run), width_) +=
            Eigen::Map<const Eigen::RowVectorXd>(item.data(), width_);
        ++items;
      }
      items_.push_back(items);
    }
    sums_ = table.colwise().sum();
    resampled_ = bootstrap.sums(table);
    const std::vector<double> nothing(cluster.size(), 0.0);
    clusters_ = effective_clusters(cluster_sums(nothing, cluster, clusters));
  }

  /// Effective number of clusters.
  [[nodiscard]] double clusters() const { return clusters_; }

  /// Items that have an answer in the run.
  [[nodiscard]] Index items(std::size_t run) const { return items_[run]; }
  [[nodiscard]] Index draws() const { return resampled_.rows(); }
  /// The run's statistics, summed over all items.
  [[nodiscard]] const double* sums(std::size_t run) const { return sums_.data() + column(run); }
  /// The same in one draw.
  [[nodiscard]] const double* sums(std::size_t run, Index draw) const {
    return resampled_.row(draw).data() + column(run);
  }

 private:
  [[nodiscard]] Index column(std::size_t run) const { return width_ * static_cast<Index>(run); }

  Index width_;
  std::vector<Index> items_;
  Eigen::RowVectorXd sums_;
  RowMatrix<double> resampled_;
  double clusters_ = 0;
};

/// 95 % interval of the metric's main value in one run: percentiles when whole clusters are drawn
/// with replacement, widened as Student's quantile is beside the normal one; never narrower than the
/// score interval of as many independent items (of a value that is no mean of 0s and 1s: of as many
/// items that are all alike).
///
/// Draws without a value are left out; [0, 1] if the value itself is not defined, or if there are
/// fewer than two effective clusters: one picture says nothing of others.
[[nodiscard]] inline Interval value_interval(const MetricSummary& metric,
                                             const Resampling& resampling, std::size_t run) {
  const NamedValue value = main_value(metric, resampling.sums(run));
  const Index n = resampling.items(run);
  if (!value.defined || n == 0 || resampling.clusters() < 2) return {0, 1};
  std::vector<double> draws;
  for (Index draw = 0; draw < resampling.draws(); ++draw) {
    const NamedValue drawn = main_value(metric, resampling.sums(run, draw));
    if (drawn.defined) draws.push_back(drawn.value);
  }
  std::sort(draws.begin(), draws.end());
  const double wider = student_quantile(0.975, resampling.clusters() - 1) / normal_975;
  const Interval drawn = percentiles(draws, 0.025).value_or(Interval{value.value, value.value});
  const Interval spread{
      std::max(std::min(0.0, drawn.low), value.value - wider * (value.value - drawn.low)),
      std::min(std::max(1.0, drawn.high), value.value + wider * (drawn.high - value.value))};
  const double unseen = score_interval(0, n).high;
  const Interval score =
      metric.per_item_binary
          ? score_interval(std::llround(value.value * static_cast<double>(n)), n)
          : Interval{std::max(0.0, value.value - unseen), std::min(1.0, value.value + unseen)};
  return {std::min(spread.low, score.low), std::max(spread.high, score.high)};
}

}  // namespace infoflow
