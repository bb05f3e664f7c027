// SPDX-License-Identifier: MIT
/// \file Does cutting at the cliff improve the answers? Chosen on one half of the pictures, told on
/// the other.
#pragma once

#include <algorithm>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <infoflow/cliff/cliff_finder.hpp>
#include <infoflow/core/random.hpp>

namespace infoflow {

/// The cliff of one half of the pictures, and what it does to the other half. A layer judged by the
/// items that chose it looks better than it is.
struct HeldOut {
  Cliff chosen;    ///< Of the half that chose.
  Cliff reported;  ///< Of the other half; only its run at the chosen cliff is meant to be read.

  /// The untouched model against the cut chosen, on pictures that did not choose it; null if the
  /// first half found no cliff.
  [[nodiscard]] const RunComparison* at_cliff() const {
    return chosen.cliff_layer ? reported.at(*chosen.cliff_layer) : nullptr;
  }
};

/// Two halves with no picture in common, by a shuffle that depends only on the seed and the
/// pictures' names; of an odd number, the first half has one more.
[[nodiscard]] inline std::pair<std::vector<ItemOutcome>, std::vector<ItemOutcome>> halves(
    std::span<const ItemOutcome> items, std::uint64_t seed = 0) {
  std::map<std::pair<double, std::string>, bool> shuffled;  // → belongs to the first half
  const auto place = [&](const std::string& image) {
    return std::pair(RandomStream(seed, key_of(image), 0).uniform(0), image);
  };
  for (const ItemOutcome& item : items) shuffled[place(item.image)] = false;
  std::size_t left = (shuffled.size() + 1) / 2;
  for (auto& [where, first] : shuffled) first = left > 0 && left-- > 0;
  std::pair<std::vector<ItemOutcome>, std::vector<ItemOutcome>> parts;
  for (const ItemOutcome& item : items) {
    (shuffled[place(item.image)] ? parts.first : parts.second).push_back(item);
  }
  return parts;
}

/// \throws Error as the finder does
[[nodiscard]] inline HeldOut held_out(const CliffFinder& find, std::span<const ItemOutcome> items,
                                      const MetricSummary& metric, const std::string& policy) {
  const auto [choosing, reporting] = halves(items, find.settings().bootstrap.seed);
  return {find(choosing, metric, policy), find(reporting, metric, policy)};
}

}  // namespace infoflow
