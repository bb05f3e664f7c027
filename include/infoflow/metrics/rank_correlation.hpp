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
#include <infoflow/metrics/cluster_bootstrap.hpp>

namespace infoflow {

/// The ranks that values have in a sample in which item i occurs weight[i] times: mean ranks for
/// ties, from 1 to the sample's size. `order` sorts `values`.
[[nodiscard]] inline std::vector<double> weighted_ranks(std::span<const double> values,
                                                        std::span<const std::size_t> order,
                                                        std::span<const double> weight) {
  std::vector<double> ranks(values.size());
  double below = 0;
  for (std::size_t first = 0; first < order.size();) {
    std::size_t end = first;
    double tied = 0;
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
};

/// The score-like interval of a rank correlation of `n` independent items (95 %): normal on
/// Fisher's scale; [−1, 1] below four items. Holds rho.
/// Source: Bonett & Wright, "Sample size requirements for estimating Pearson, Kendall and Spearman
/// correlations" (2000).
[[nodiscard]] inline Interval fisher_interval(double rho, Index n) {
  if (n < 4) return {-1, 1};
  // At ±1 Fisher's scale ends; half an item's rank stands for what more items might show.
  const double count = static_cast<double>(n);
  const double inside = std::clamp(rho, -1 + 1 / count, 1 - 1 / count);
  const double half = normal_975 * std::sqrt((1 + inside * inside / 2) / (count - 3));
  return {std::min(rho, std::tanh(std::atanh(inside) - half)),
          std::max(rho, std::tanh(std::atanh(inside) + half))};
}

/// Spearman's rho of x and y over items, with an interval from whole clusters drawn with
/// replacement, never narrower than that of as many independent items. Draws in which one does not
/// vary are left out; with fewer than two clusters the interval is [−1, 1].
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
  std::vector<double> draws;
  for (int draw = 0; draw < bootstrap.draws; ++draw) {
    const Eigen::RowVectorXd counts = bootstrap.counts(draw, clusters);
    for (std::size_t i = 0; i < weight.size(); ++i) weight[i] = counts[cluster[i]];
    if (const std::optional<double> rho = spearman(weight)) draws.push_back(*rho);
  }
  std::sort(draws.begin(), draws.end());
  const Interval independent = fisher_interval(*result.rho, result.n);
  const Interval resampled = percentiles(draws, 0.025).value_or(independent);
  result.interval = {std::min(independent.low, resampled.low),
                     std::max(independent.high, resampled.high)};
  return result;
}

}  // namespace infoflow
