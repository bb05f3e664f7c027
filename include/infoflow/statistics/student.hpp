// SPDX-License-Identifier: MIT
/// \file Student's t distribution: its tail and its quantiles.
#pragma once

#include <cmath>
#include <numbers>
#include <string>
#include <utility>

#include <infoflow/core/error.hpp>
#include <infoflow/statistics/normal.hpp>

namespace infoflow {

/// P(t ≤ x) with `freedom` degrees of freedom, which need not be whole.
///
/// With x = √freedom · tan θ the density is cos(θ)^(freedom − 1) on (−π/2, π/2), up to a factor; its
/// integral from 0 is taken by Simpson's rule.
[[nodiscard]] inline double student_cdf(double x, double freedom) {
  constexpr int pieces = 128;
  const double step = std::atan(x / std::sqrt(freedom)) / pieces;
  double sum = 0;
  for (int i = 0; i <= pieces; ++i) {
    const double weight = i == 0 || i == pieces ? 1 : (i % 2 == 1 ? 4 : 2);
    sum += weight * std::pow(std::cos(i * step), freedom - 1);
  }
  const double factor = std::exp(std::lgamma((freedom + 1) / 2) - std::lgamma(freedom / 2)) /
                        std::sqrt(std::numbers::pi);
  return 0.5 + factor * sum * step / 3;
}

/// The x below which t lies with that probability. Laws: student_cdf undoes it; mirrored about 0.5;
/// further from 0 than normal_quantile, which it nears as freedom grows.
/// \throws Error unless 0 < probability < 1 and freedom ≥ 1
[[nodiscard]] inline double student_quantile(double probability, double freedom) {
  if (!(freedom >= 1)) {
    throw Error(std::to_string(freedom) + " degrees of freedom", "student_quantile",
                "give at least 1: two clusters");
  }
  if (probability < 0.5) return -student_quantile(1 - probability, freedom);
  double low = normal_quantile(probability);
  double high = 2 * low;
  if (low <= 0) return 0;
  while (std::isfinite(high) && student_cdf(high, freedom) < probability)
    low = std::exchange(high, 2 * high);
  for (int halving = 0; halving < 44; ++halving) {
    const double middle = (low + high) / 2;
    (student_cdf(middle, freedom) < probability ? low : high) = middle;
  }
  return (low + high) / 2;
}

}  // namespace infoflow
