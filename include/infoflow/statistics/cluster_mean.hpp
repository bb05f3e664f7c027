// SPDX-License-Identifier: MIT
/// \file The mean of a quantity over items that share pictures, at any level.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include <infoflow/statistics/cluster_sums.hpp>
#include <infoflow/statistics/interval.hpp>
#include <infoflow/statistics/student.hpp>

namespace infoflow {

struct ClusterMean {
  std::optional<double> value;  ///< None without items.
  double clusters = 0;          ///< Effective.
  std::vector<ClusterSum> sums;

  /// Each end errs with probability `tail`; none with fewer than `least_clusters` effective
  /// clusters: one picture is no sample.
  [[nodiscard]] std::optional<Interval> interval(double tail) const {
    if (!value || clusters < least_clusters) return std::nullopt;
    const double t = student_quantile(1 - tail, clusters - 1);
    std::vector<ClusterSum> mirrored = sums;
    for (ClusterSum& sum : mirrored) sum.effect = -sum.effect;
    return Interval{tilted_limit(sums, t), -tilted_limit(mirrored, t)};
  }
};

/// \param cluster  of each value, in [0, clusters)
[[nodiscard]] inline ClusterMean cluster_mean(std::span<const double> values,
                                              std::span<const Index> cluster, Index clusters) {
  ClusterMean mean;
  mean.sums = cluster_sums(values, cluster, clusters);
  mean.clusters = effective_clusters(mean.sums);
  if (values.empty()) return mean;
  double total = 0;
  for (const ClusterSum& sum : mean.sums) total += sum.effect;
  mean.value = total / static_cast<double>(values.size());
  return mean;
}

}  // namespace infoflow
