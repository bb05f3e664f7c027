// SPDX-License-Identifier: MIT
/// \file An interval, and that of a rate over independent items.
#pragma once

#include <algorithm>
#include <cmath>

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
  return {std::max(0.0, std::min(centre - half, rate)),
          std::min(1.0, std::max(centre + half, rate))};
}

}  // namespace infoflow
