// SPDX-License-Identifier: MIT
/// \file Tango's score interval for the difference of two rates over the same items.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>

#include <infoflow/core/error.hpp>
#include <infoflow/statistics/interval.hpp>

namespace infoflow {

/// The variance of b − c if the true difference is `delta`, the rate of "only the second right"
/// being at its maximum likelihood given delta. Larger than that of the flips seen when delta is
/// not b − c.
[[nodiscard]] inline double score_variance(double b, double c, double n, double delta) {
  const double linear = (2 * n - b + c) * delta - b - c;
  const double square = linear * linear + 8 * n * c * delta * (1 - delta);
  const double q = std::max(0.0, (std::sqrt(std::max(0.0, square)) - linear) / (4 * n));
  return std::max(0.0, n * (2 * q + delta * (1 - delta)));
}

/// The lower limit: the delta at which b − c is z standard errors above what delta lets expect.
[[nodiscard]] inline double score_limit(double b, double c, double n, double z) {
  double low = -1;
  double high = 1;
  for (int halving = 0; halving < 60; ++halving) {
    const double middle = (low + high) / 2;
    const double excess = b - c - n * middle - z * std::sqrt(score_variance(b, c, n, middle));
    (excess > 0 ? low : high) = middle;
  }
  return (low + high) / 2;
}

/// The score interval for p₁ − p₂ from `n` items that were answered twice.
///
/// \param b  items that only the first answered right; fractions stand for effective counts
/// \param c  items that only the second answered right
/// \param n  all items
/// \param z  normal quantile: 1.96 for 95 %
/// Laws: holds (b − c) / n and lies in [−1, 1]; swapping b and c mirrors it; no flip in n items
/// gives ±z² / (n + z²), which is not zero width; [−1, 1] for n = 0.
/// \throws Error if a count is negative or b + c exceeds n
/// Source: Tango, "Equivalence test and confidence interval for the difference in proportions for
/// the paired-sample design" (Statistics in Medicine, 1998).
[[nodiscard]] inline Interval paired_interval(double b, double c, double n, double z = normal_975) {
  // Sums of effective counts are exact only up to rounding.
  if (!(b >= 0 && c >= 0 && b + c <= n * (1 + 1e-9))) {
    throw Error(std::to_string(b) + " and " + std::to_string(c) + " flips in " + std::to_string(n) +
                    " items",
                "paired_interval", "count every item once: b + c <= n, none negative");
  }
  if (n == 0) return {-1, 1};
  const double difference = (b - c) / n;
  return {std::min(difference, score_limit(b, c, n, z)),
          std::max(difference, -score_limit(c, b, n, z))};
}

}  // namespace infoflow
