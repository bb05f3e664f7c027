// SPDX-License-Identifier: MIT
/// \file Pictures as the units of evidence: what they weigh together, and how low their mean may lie.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include <infoflow/core/token_partition.hpp>

namespace infoflow {

/// The items of one cluster: what they gained together, and how many they are.
struct ClusterSum {
  double effect = 0;
  double items = 0;
};

[[nodiscard]] inline std::vector<ClusterSum> cluster_sums(std::span<const double> effects,
                                                          std::span<const Index> cluster,
                                                          Index clusters) {
  std::vector<ClusterSum> sums(static_cast<std::size_t>(clusters));
  for (std::size_t i = 0; i < effects.size(); ++i) {
    ClusterSum& sum = sums[static_cast<std::size_t>(cluster[i])];
    sum.effect += effects[i];
    sum.items += 1;
  }
  return sums;
}

/// How many clusters of equal size weigh as much: n² / Σm². Between 1 and their number, which it is
/// where all have as many items; 0 without items. One that holds 40 % of the items leaves 6 or less.
/// Source: Kish, "Survey Sampling" (1965).
[[nodiscard]] inline double effective_clusters(std::span<const ClusterSum> sums) {
  double n = 0;
  double square = 0;
  for (const ClusterSum& sum : sums) {
    n += sum.items;
    square += sum.items * sum.items;
  }
  return square > 0 ? n * n / square : 0;
}

/// Below so many effective clusters nothing is claimed: no interval of a gain, a mean or a correlation
/// is given. (That of a single value is, and is too narrow there.)
inline constexpr double least_clusters = 60;

/// The lower limit of a mean over items that come in clusters, as a score test has it: the mean at
/// which what was seen is `quantile` standard errors above, the variance being the one under that
/// mean. To get it, clusters are weighed anew by exp(−λ · residual), as far as it takes: the few that
/// lost much count more if the mean is lower, so that the variance grows with the loss. (That of the
/// sample is too small just when the sample missed such clusters.)
///
/// Laws: at most the mean, which it is if all clusters are alike; within the clusters' own means; unchanged
/// if every cluster is there k times in one.
/// Source: Efron, "Nonparametric standard errors and confidence intervals" (1981), for the tilting.
[[nodiscard]] inline double tilted_limit(std::span<const ClusterSum> sums, double quantile) {
  double n = 0;
  double total = 0;
  for (const ClusterSum& sum : sums) {
    n += sum.items;
    total += sum.effect;
  }
  if (n == 0) return 0;
  std::vector<double> residual;
  double largest = 0;
  double least = 0;
  for (const ClusterSum& sum : sums) {
    residual.push_back(sum.effect - total / n * sum.items);
    largest = std::max(largest, std::abs(residual.back()));
    least = std::min(least, residual.back());
  }
  if (largest <= 1e-12 * n) return total / n;

  double limit = total / n;
  const auto standard_errors = [&](double tilt) {
    double weights = 0, effect = 0, items = 0, ee = 0, em = 0, mm = 0;
    for (std::size_t k = 0; k < sums.size(); ++k) {
      const double weight = std::exp(-tilt * (residual[k] - least) / largest);
      const auto& [e, m] = sums[k];
      weights += weight;
      effect += weight * e;
      items += weight * m;
      ee += weight * e * e;
      em += weight * e * m;
      mm += weight * m * m;
    }
    limit = effect / items;
    const double variance = (ee - 2 * limit * em + limit * limit * mm) / weights;
    if (variance <= 0) return std::numeric_limits<double>::infinity();
    return (total - limit * n) / std::sqrt(variance * static_cast<double>(sums.size()));
  };
  double low = 0;
  double high = 1.0 / 16;
  while (high < 1000 && standard_errors(high) < quantile) low = std::exchange(high, 2 * high);
  for (int halving = 0; halving < 22; ++halving) {
    const double middle = (low + high) / 2;
    (standard_errors(middle) < quantile ? low : high) = middle;
  }
  return limit;
}

}  // namespace infoflow
