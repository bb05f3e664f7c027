// SPDX-License-Identifier: MIT
/// \file Laws of random numbers by address.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "law.hpp"

namespace infoflow::laws {

/// Values depend on their address alone: asked for in reverse, or from another stream of the same
/// address, they are the same; and any other seed, item or sample gives other values.
/// `make(seed, item, sample)` gives a stream with `uniform(i)` and `normal(i)`.
template <class Make>
[[nodiscard]] Violation check_address(Make make) {
  constexpr std::uint64_t count = 64;
  auto stream = make(7, 11, 3);
  std::vector<double> forwards(count);
  for (std::uint64_t i = 0; i < count; ++i) forwards[i] = stream.uniform(i);
  auto again = make(7, 11, 3);
  for (std::uint64_t i = count; i-- > 0;) {
    if (again.uniform(i) != forwards[i]) return "a value depends on the order of asking";
  }
  using Address = std::array<std::uint64_t, 3>;
  for (const auto& [seed, item, sample] :
       {Address{8, 11, 3}, Address{7, 12, 3}, Address{7, 11, 4}, Address{11, 7, 3}}) {
    auto other = make(seed, item, static_cast<std::uint32_t>(sample));
    int equal = 0;
    for (std::uint64_t i = 0; i < count; ++i) equal += other.uniform(i) == forwards[i] ? 1 : 0;
    if (equal > 0) return "another address gives the same values";
  }
  return "";
}

/// Mean 0, variance 1, no skew, kurtosis 3, neighbours uncorrelated, each within five standard
/// errors.
template <class Stream>
[[nodiscard]] Violation check_normal_moments(Stream stream) {
  constexpr std::uint64_t count = 200000;
  double mean = 0, square = 0, cube = 0, fourth = 0, neighbours = 0, before = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const double x = stream.normal(i);
    mean += x / count;
    square += x * x / count;
    cube += x * x * x / count;
    fourth += x * x * x * x / count;
    neighbours += x * before / count;
    before = x;
  }
  // Standard errors: var(x²) = 2, var(x³) = 15, var(x⁴) = 96.
  const double five = 5 / std::sqrt(static_cast<double>(count));
  if (std::abs(mean) > five) return "the mean is not 0";
  if (std::abs(square - 1) > five * std::sqrt(2.0)) return "the variance is not 1";
  if (std::abs(cube) > five * std::sqrt(15.0)) return "the distribution is skewed";
  if (std::abs(fourth - 3) > five * std::sqrt(96.0)) return "the tails are not those of a normal";
  if (std::abs(neighbours) > five) return "neighbours are correlated";
  return "";
}

}  // namespace infoflow::laws
