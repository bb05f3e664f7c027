// SPDX-License-Identifier: MIT
/// \file The normal distribution: its tail and its quantiles.
#pragma once

#include <cmath>
#include <numbers>
#include <string>

#include <infoflow/core/error.hpp>

namespace infoflow {

/// P(N(0, 1) ≤ z).
[[nodiscard]] inline double normal_cdf(double z) {
  return 0.5 * std::erfc(-z / std::numbers::sqrt2);
}

/// The z below which N(0, 1) lies with that probability. Law: normal_cdf undoes it.
/// \throws Error unless 0 < probability < 1
[[nodiscard]] inline double normal_quantile(double probability) {
  if (!(probability > 0 && probability < 1)) {
    throw Error("the probability is " + std::to_string(probability), "normal_quantile",
                "give a probability between 0 and 1");
  }
  double low = -40;  // Below the smallest positive double's quantile.
  double high = 40;
  for (int halving = 0; halving < 64; ++halving) {
    const double middle = (low + high) / 2;
    (normal_cdf(middle) < probability ? low : high) = middle;
  }
  return (low + high) / 2;
}

}  // namespace infoflow
