// SPDX-License-Identifier: MIT
/// \file Spearman's rank correlation over items that share pictures.
#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <infoflow/core/error.hpp>
#include <infoflow/statistics/cluster_bootstrap.hpp>
#include <infoflow/statistics/cluster_sums.hpp>
#include <infoflow/statistics/student.hpp>

namespace infoflow {

/// The ranks that values have in a sample in which item i occurs weight[i] times: mean ranks for
/// ties, from 1 to the sample's size. `order` sorts `values`.
[[nodiscard]] inline std::vector<double> weighted_ranks(std::span<const double> values,
                                                        std::span<const std::size_t> order,
                                                        std::span<const double> weight) {
  std::vector<double> ranks(values.size());
  double below = 0;
  for (std::size_t first = 0; first < order.size();) {
    std::size_t end = first + 1;
    double tied = weight[order[first]];
    for (; end < order.size() && values[order[end]] == values[order[first]]; ++end) {
      tied += weight[order[end]];
    }
    for (; first < end; ++first) ranks[order[first]] = below + (tied + 1) / 2;
    below += tied;
  }
  return ranks;
}

/// Pearson's correlation of x and y, item i counting weight[i] times; none if one does not vary.
[[nodiscard]] inline std::optional<double> weighted_correlation(std::span<const double> x,
                                                                std::span<const double> y,
                                                                std::span<const double> weight) {
  double n = 0, mean_x = 0, mean_y = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    n += weight[i];
    mean_x += weight[i] * x[i];
    mean_y += weight[i] * y[i];
  }
  if (n == 0) return std::nullopt;
  mean_x /= n;
  mean_y /= n;
  double xx = 0, yy = 0, xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xx += weight[i] * (x[i] - mean_x) * (x[i] - mean_x);
    yy += weight[i] * (y[i] - mean_y) * (y[i] - mean_y);
    xy += weight[i] * (x[i] - mean_x) * (y[i] - mean_y);
  }
  if (xx <= 0 || yy <= 0) return std::nullopt;
  return std::clamp(xy / std::sqrt(xx * yy), -1.0, 1.0);
}

struct RankCorrelation {
  std::optional<double> rho;  ///< None if one of the two does not vary, or there is no item.
  Interval interval{-1, 1};   ///< 95 %; [−1, 1] where nothing can be said.
  Index n = 0;
  double clusters = 0;  ///< Effective number.
  double spread = 0;    ///< Standard deviation over bootstrap draws, on Fisher's scale.

  /// The interval whose ends each err with probability `tail`: on Fisher's scale, by the spread over
  /// draws of clusters with Student's quantile, and never narrower than the normal one of as many
  /// independent items. [−1, 1] below `least_clusters` effective clusters. Holds rho.
  /// Source: Bonett & Wright, "Sample size requirements for estimating Pearson, Kendall and Spearman
  /// correlations" (2000), for independent items.
  [[nodiscard]] Interval interval_at(double tail) const {
    if (!rho || clusters < least_clusters) return {-1, 1};
    // At ±1 Fisher's scale ends; half an item's rank stands for what more items might show.
    const double count = static_cast<double>(n);
    const double inside = std::clamp(*rho, -1 + 1 / count, 1 - 1 / count);
    const double independent = std::sqrt((1 + inside * inside / 2) / (count - 3));
    const double half = std::max(normal_quantile(1 - tail) * independent,
                                 student_quantile(1 - tail, clusters - 1) * spread);
    return {std::min(*rho, std::tanh(std::atanh(inside) - half)),
            std::max(*rho, std::tanh(std::atanh(inside) + half))};
  }
};

/// Spearman's rho of x and y over items; for its interval whole clusters are drawn with replacement.
/// Draws in which one does not vary are left out.
///
/// \param cluster  of each item, in [0, clusters)
/// Laws: unchanged by any increasing map of x or y; swapping x and y changes nothing.
/// \throws Error if the lengths differ
[[nodiscard]] inline RankCorrelation rank_correlation(std::span<const double> x,
                                                      std::span<const double> y,
                                                      std::span<const Index> cluster,
                                                      Index clusters,
                                                      const ClusterBootstrap& bootstrap = {}) {
  if (x.size() != y.size() || x.size() != cluster.size()) {
    throw Error(std::to_string(x.size()) + " values against " + std::to_string(y.size()) + " in " +
                    std::to_string(cluster.size()) + " clusters",
                "rank_correlation", "give one value of each and one cluster per item");
  }
  const auto sorted = [](std::span<const double> values) {
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
    return order;
  };
  const std::vector<std::size_t> order_x = sorted(x);
  const std::vector<std::size_t> order_y = sorted(y);
  const auto spearman = [&](std::span<const double> weight) {
    return weighted_correlation(weighted_ranks(x, order_x, weight),
                                weighted_ranks(y, order_y, weight), weight);
  };

  RankCorrelation result;
  result.n = static_cast<Index>(x.size());
  std::vector<double> weight(x.size(), 1.0);
  result.rho = spearman(weight);
  if (!result.rho || clusters < 2) return result;
  result.clusters = effective_clusters(cluster_sums(weight, cluster, clusters));
  const auto fisher = [&](double rho) {
    const double end = 1 - 1 / static_cast<double>(result.n);
    return std::atanh(std::clamp(rho, -end, end));
  };
  double draws = 0, sum = 0, square = 0;
  for (int draw = 0; draw < bootstrap.draws; ++draw) {
    const Eigen::RowVectorXd counts = bootstrap.counts(draw, clusters);
    for (std::size_t i = 0; i < weight.size(); ++i) weight[i] = counts[cluster[i]];
    if (const std::optional<double> rho = spearman(weight)) {
      draws += 1;
      sum += fisher(*rho);
      square += fisher(*rho) * fisher(*rho);
    }
  }
  if (draws > 1) {
    result.spread = std::sqrt(std::max(0.0, (square - sum * sum / draws) / (draws - 1)));
  }
  result.interval = result.interval_at(0.025);
  return result;
}

}  // namespace infoflow
