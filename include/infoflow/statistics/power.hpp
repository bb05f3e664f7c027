// SPDX-License-Identifier: MIT
/// \file How likely a change that does no harm is to be recognised as such, and how many items that
/// takes.
#pragma once

#include <algorithm>
#include <cmath>
#include <utility>

#include <infoflow/statistics/cluster_sums.hpp>
#include <infoflow/statistics/normal.hpp>
#include <infoflow/statistics/paired_interval.hpp>

namespace infoflow {

/// What a non-inferiority test is told: a change passes if it is shown to cost less than `margin`.
struct NonInferiority {
  double margin = 0.01;  ///< In units of the metric: 0.01 is one point of accuracy.
  double alpha = 0.025;  ///< One-sided: the probability of passing a change that costs the margin.
};

/// How answers are expected to flip: what a sample has shown, or what is planned with.
struct ExpectedFlips {
  double n = 0;  ///< Items.
  double rate =
      0;  ///< Mean square of their effects: of answers right or wrong, the share that flips.
  double design = 1;    ///< Items that weigh as much as one independent item.
  double clusters = 0;  ///< Effective.
  double size = 1;      ///< Of a flip, in items.
  double largest = 1;   ///< Of a flip that was not seen.

  /// The same data, `factor` times as many.
  [[nodiscard]] ExpectedFlips times(double factor) const {
    ExpectedFlips more = *this;
    more.n *= factor;
    more.clusters *= factor;
    return more;
  }
};

/// The effective clusters that it takes for anything to pass, even a change that flips no item: with
/// fewer z²/(clusters + z²) flips of the largest size, all unseen, are not under the margin.
[[nodiscard]] inline double clusters_to_pass(const NonInferiority& test, double largest = 1) {
  const double z = normal_quantile(1 - test.alpha);
  return std::max(least_clusters, std::floor(z * z * (largest / test.margin - 1)) + 1);
}

/// The probability that a change without true effect passes, if it flips that many answers, half of
/// them to the better. The flips are taken as normal, with the variance under no effect; the test
/// takes that under a loss of the margin (Tango's).
/// Laws: rises with n and the margin, falls with the flip rate and the design effect.
[[nodiscard]] inline double power_to_pass(const ExpectedFlips& flips, const NonInferiority& test) {
  if (flips.clusters < clusters_to_pass(test, flips.largest)) return 0;
  if (flips.rate <= 0) return 1;
  const double z = normal_quantile(1 - test.alpha);
  const double n = flips.n / flips.design;
  const double count = std::min(1.0, flips.rate / (flips.size * flips.size)) * n;
  const double margin = test.margin / flips.size;
  const double error =
      margin < 1 ? z * std::sqrt(score_variance(count / 2, count / 2, n, -margin)) / n : 0.0;
  const double unseen = flips.largest / flips.size * z * z / (flips.clusters + z * z);
  return normal_cdf((margin - std::max(error, unseen)) * n / std::sqrt(count));
}

/// The factor by which data must grow for `power_at(factor)`, which rises, to reach `wanted`: below
/// 1 if they are more than enough.
template <class PowerAt>
[[nodiscard]] double growth_for(double wanted, PowerAt power_at) {
  double low = 1e-6;
  double high = 1;
  while (high < 1e9 && power_at(high) < wanted) low = std::exchange(high, 2 * high);
  for (int halving = 0; halving < 50; ++halving) {
    const double middle = (low + high) / 2;
    (power_at(middle) < wanted ? low : high) = middle;
  }
  return high;
}

/// The items that it takes for one change to pass with that probability: for a margin of one point
/// and a power of 0.8, each item on a picture of its own, 1,742 at 2 % flips and 4,104 at 5 %.
[[nodiscard]] inline double items_to_pass(double power, const ExpectedFlips& flips,
                                          const NonInferiority& test) {
  return std::ceil(flips.n * growth_for(power,
                                        [&](double factor) {
                                          return power_to_pass(flips.times(factor), test);
                                        }) -
                   1e-6);
}

}  // namespace infoflow
