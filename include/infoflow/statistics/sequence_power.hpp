// SPDX-License-Identifier: MIT
/// \file How likely it is that all of several harmless cuts pass: a cliff takes all of them.
#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <vector>

#include <infoflow/core/sort_stably.hpp>
#include <infoflow/statistics/power.hpp>

namespace infoflow {

/// One test of a sequence: how its answers flip, and where each bootstrap draw stands among its
/// draws, in (0, 1). Tests of one sweep share their draws, and so what they have in common.
struct SequenceTest {
  ExpectedFlips flips;
  std::vector<double> standing;
};

[[nodiscard]] inline std::vector<double> standings(std::span<const double> draws) {
  std::vector<std::size_t> order(draws.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  sort_stably(std::span(order), [&](std::size_t a, std::size_t b) {
    if (std::isnan(draws[a]) ||
        std::isnan(draws[b])) {  // A value that does not exist is the worst.
      return std::isnan(draws[a]) && !std::isnan(draws[b]);
    }
    return draws[a] < draws[b];
  });
  std::vector<double> standing(draws.size());
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    standing[order[rank]] = (static_cast<double>(rank) + 0.5) / static_cast<double>(draws.size());
  }
  return standing;
}

/// The probability that all tests pass if no cut loses anything. Each passes with its own
/// `power_to_pass`; whether they fail together or apart is the draws'. Laws: at most the least of the
/// tests' own; at least 1 less what each lacks; their product where cuts flip independently.
[[nodiscard]] inline double sequence_power(std::span<const SequenceTest> tests,
                                           const NonInferiority& test, double factor = 1) {
  if (tests.empty()) return 0;
  std::vector<double> fails;
  for (const SequenceTest& one : tests) {
    fails.push_back(1 - power_to_pass(one.flips.times(factor), test));
  }
  const std::size_t draws = tests.front().standing.size();
  std::size_t passed = 0;
  for (std::size_t draw = 0; draw < draws; ++draw) {
    bool all = true;
    for (std::size_t t = 0; all && t < tests.size(); ++t) all = tests[t].standing[draw] > fails[t];
    passed += all ? 1 : 0;
  }
  return static_cast<double>(passed) / static_cast<double>(draws);
}

/// The items for a power of the whole sequence, with as many of them on a picture as there are now.
[[nodiscard]] inline double items_for_sequence(double power, std::span<const SequenceTest> tests,
                                               const NonInferiority& test) {
  if (tests.empty()) return 0;
  return std::ceil(
      tests.front().flips.n *
          growth_for(power, [&](double factor) { return sequence_power(tests, test, factor); }) -
      1e-6);
}

}  // namespace infoflow
