// SPDX-License-Identifier: MIT
/// \file Policies that break one law each.
#pragma once

#include <algorithm>
#include <vector>

#include <infoflow/cut/policies.hpp>

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

/// Takes tokens until their attention, not their part of the image tokens', reaches p.
struct AbsoluteP {
  static constexpr bool needs_scores = true;
  float p = 0;
  [[nodiscard]] std::vector<Index> keep(const CutContext& c) const {
    std::vector<Index> images = c.image_survivors();
    const auto score = [&](Index i) { return c.scores[static_cast<std::size_t>(i)]; };
    std::stable_sort(images.begin(), images.end(),
                     [&](Index a, Index b) { return score(a) > score(b); });
    float held = 0;
    std::size_t stay = 0;
    while (stay < images.size() && held < p) held += score(images[stay++]);
    images.resize(stay);
    return c.text_and(images);
  }
};

/// Draws anew at every layer.
struct RedrawsPerLayer {
  static constexpr bool needs_scores = false;
  Index k = 0;
  [[nodiscard]] std::vector<Index> keep(const CutContext& c) const {
    return Random{k, static_cast<std::uint64_t>(c.layer)}.keep(c);
  }
};

/// Draws the same for every item.
struct ForgetsTheItem {
  static constexpr bool needs_scores = false;
  Index k = 0;
  [[nodiscard]] std::vector<Index> keep(const CutContext& c) const {
    CutContext anonymous = c;
    anonymous.item_key = 0;
    return Random{k}.keep(anonymous);
  }
};

/// Spreads tokens evenly along the sequence: over a grid they may all stand in one column.
struct SpreadsAlongTheSequence {
  static constexpr bool needs_scores = false;
  Index k = 0;
  [[nodiscard]] std::vector<Index> keep(const CutContext& c) const {
    CutContext without_places = c;
    without_places.layouts = {};
    return UniformGrid{k}.keep(without_places);
  }
};

}  // namespace infoflow::laws
