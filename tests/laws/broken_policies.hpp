// SPDX-License-Identifier: MIT
/// \file Policies that break one law each.
#pragma once

#include <algorithm>
#include <vector>

#include <infoflow/truncation/policies.hpp>

namespace infoflow::laws {

/// Keeps the first half of everything, text or not.
struct DropsText {
  static constexpr bool needs_scores = false;
  [[nodiscard]] std::vector<Index> keep(const CutContext& c) const {
    return {c.survivors.begin(), c.survivors.begin() + c.survivors.size() / 2};
  }
};

/// Keeps every position of the prompt, also those that are gone.
struct Resurrects {
  static constexpr bool needs_scores = false;
  [[nodiscard]] std::vector<Index> keep(const CutContext& c) const {
    std::vector<Index> all;
    for (Index p = 0; p < c.partition.size(); ++p) all.push_back(p);
    return all;
  }
};

/// Returns positions in no order.
struct Backwards {
  static constexpr bool needs_scores = false;
  [[nodiscard]] std::vector<Index> keep(const CutContext& c) const {
    return {c.survivors.rbegin(), c.survivors.rend()};
  }
};

/// Has a state: keeps all images once, then none.
struct Remembers {
  static constexpr bool needs_scores = false;
  mutable int calls = 0;
  [[nodiscard]] std::vector<Index> keep(const CutContext& c) const {
    return c.text_and(calls++ == 0 ? c.image_survivors() : std::vector<Index>{});
  }
};

/// Top-k whose ties go to the later position.
struct LastOnTies {
  static constexpr bool needs_scores = true;
  Index k = 0;
  [[nodiscard]] std::vector<Index> keep(const CutContext& c) const {
    std::vector<Index> images = c.image_survivors();
    std::reverse(images.begin(), images.end());
    std::stable_sort(images.begin(), images.end(), [&](Index a, Index b) {
      return c.scores[static_cast<std::size_t>(a)] > c.scores[static_cast<std::size_t>(b)];
    });
    images.resize(std::min(images.size(), static_cast<std::size_t>(k)));
    return c.text_and(images);
  }
};

/// Keeps the k worst.
struct BottomK {
  static constexpr bool needs_scores = true;
  Index k = 0;
  [[nodiscard]] std::vector<Index> keep(const CutContext& c) const {
    std::vector<float> negated(c.scores.begin(), c.scores.end());
    for (float& s : negated) s = -s;
    CutContext reversed = c;
    reversed.scores = negated;
    return TopK{k}.keep(reversed);
  }
};

}  // namespace infoflow::laws
