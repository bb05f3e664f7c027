// SPDX-License-Identifier: MIT
/// \file The interval of a rate, over items that share pictures.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <infoflow/core/random.hpp>
#include <infoflow/statistics/interval.hpp>
#include <infoflow/statistics/student.hpp>

namespace infoflow {

/// The items of one picture.
struct ClusterCount {
  Index hits = 0;
  Index n = 0;
};

/// 95 % interval for the rate over items that come in clusters (several questions on one picture):
/// percentiles of the rate when whole clusters are drawn with replacement, widened as Student's
/// quantile at the effective number of clusters is beside the normal one.
///
/// Laws: within [0, 1] and about the rate; never narrower than the score interval of as many
/// independent items (a bootstrap of few or unanimous clusters has no width); [0, 1] below four
/// effective clusters, of which no bootstrap can tell the spread.
[[nodiscard]] inline Interval cluster_interval(std::span<const ClusterCount> clusters,
                                               std::uint64_t seed = 0, int draws = 1000) {
  Index hits = 0;
  Index n = 0;
  double square = 0;
  for (const ClusterCount& c : clusters) {
    hits += c.hits;
    n += c.n;
    square += static_cast<double>(c.n) * static_cast<double>(c.n);
  }
  if (n == 0) return {0, 1};
  const double effective = static_cast<double>(n) * static_cast<double>(n) / square;  // Kish
  if (effective < 4) return {0, 1};
  if (draws < 2) return score_interval(hits, n);

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
  if (rates.empty()) return {0, 1};  // Nearly all clusters are empty, and only these were drawn.
  std::sort(rates.begin(), rates.end());
  const double rate = static_cast<double>(hits) / static_cast<double>(n);
  // A bootstrap's variance is that of the sample, (k - 1) / k of the unbiased one.
  const double wider =
      student_quantile(0.975, effective - 1) / normal_975 * std::sqrt(effective / (effective - 1));
  const auto widened = [&](double quantile) {
    const auto last = static_cast<double>(rates.size() - 1);
    const double at = rates[static_cast<std::size_t>(quantile * last)];
    return std::clamp(rate + wider * (at - rate), 0.0, 1.0);
  };
  const Interval score = score_interval(hits, n);
  return {std::min(score.low, widened(0.025)), std::max(score.high, widened(0.975))};
}

}  // namespace infoflow
