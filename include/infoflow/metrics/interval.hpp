// SPDX-License-Identifier: MIT
/// \file Intervals for a rate, over items that share pictures.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include <infoflow/core/random.hpp>
#include <infoflow/core/token_partition.hpp>

namespace infoflow {

struct Interval {
  double low = 0;
  double high = 1;

  friend constexpr bool operator==(const Interval&, const Interval&) = default;
};

inline constexpr double normal_975 = 1.959963984540054;  ///< The 97.5 % quantile of N(0, 1).

/// Wilson's score interval for `hits` of `n` independent items (95 %); [0, 1] for n = 0.
/// Laws: lies in [0, 1] and holds hits / n; zero hits do not give zero width.
/// Source: Wilson, "Probable inference, the law of succession, and statistical inference" (1927).
[[nodiscard]] inline Interval score_interval(Index hits, Index n) {
  if (n <= 0) return {0, 1};
  const double z2 = normal_975 * normal_975;
  const auto count = static_cast<double>(n);
  const double rate = static_cast<double>(hits) / count;
  const double centre = (rate + z2 / (2 * count)) / (1 + z2 / count);
  const double half = normal_975 / (1 + z2 / count) *
                      std::sqrt(rate * (1 - rate) / count + z2 / (4 * count * count));
  return {std::max(0.0, std::min(centre - half, rate)), std::min(1.0, std::max(centre + half, rate))};
}

/// The items of one picture.
struct ClusterCount {
  Index hits = 0;
  Index n = 0;
};

/// 95 % interval for the rate over items that come in clusters (several questions on one picture):
/// percentiles of the rate when whole clusters are drawn with replacement, never narrower than the
/// score interval at the same count (a bootstrap of few or unanimous clusters has no width).
[[nodiscard]] inline Interval cluster_interval(std::span<const ClusterCount> clusters,
                                               std::uint64_t seed = 0, int draws = 1000) {
  Index hits = 0;
  Index n = 0;
  for (const ClusterCount& c : clusters) {
    hits += c.hits;
    n += c.n;
  }
  Interval interval = score_interval(hits, n);
  if (n == 0 || draws < 2) return interval;
  std::vector<double> rates;
  for (int draw = 0; draw < draws; ++draw) {
    const RandomStream stream(seed, key_of("cluster_interval"), static_cast<std::uint32_t>(draw));
    ClusterCount sum;
    for (std::size_t i = 0; i < clusters.size(); ++i) {
      const double at = stream.uniform(i) * static_cast<double>(clusters.size());
      sum.hits += clusters[static_cast<std::size_t>(at)].hits;
      sum.n += clusters[static_cast<std::size_t>(at)].n;
    }
    if (sum.n > 0) rates.push_back(static_cast<double>(sum.hits) / static_cast<double>(sum.n));
  }
  std::sort(rates.begin(), rates.end());
  const auto at = [&](double quantile) {
    return rates[static_cast<std::size_t>(quantile * static_cast<double>(rates.size() - 1))];
  };
  return {std::min(interval.low, at(0.025)), std::max(interval.high, at(0.975))};
}

}  // namespace infoflow
