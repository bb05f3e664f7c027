// SPDX-License-Identifier: MIT
/// \file The first policies: drop all image tokens, keep the k best, keep a fixed list.
#pragma once

#include <algorithm>
#include <vector>

#include <infoflow/truncation/truncation_policy.hpp>

namespace infoflow {

/// Drops every image token (eq. 13 with k = 0).
struct DropAll {
  static constexpr bool needs_scores = false;

  [[nodiscard]] std::vector<Index> keep(const CutContext& context) const {
    return context.text_and({});
  }
};

/// Keeps the k image tokens with the largest attention (eqs. 10, 12); ties go to the lower position.
/// Laws: min(k, survivors) image tokens stay; none that left has a larger score than one that stays.
struct TopK {
  static constexpr bool needs_scores = true;
  Index k = 0;

  [[nodiscard]] std::vector<Index> keep(const CutContext& context) const {
    std::vector<Index> images = context.image_survivors();
    std::stable_sort(images.begin(), images.end(), [&](Index a, Index b) {
      return context.scores[static_cast<std::size_t>(a)] >
             context.scores[static_cast<std::size_t>(b)];
    });
    images.resize(std::min(images.size(), static_cast<std::size_t>(std::max<Index>(k, 0))));
    return context.text_and(std::move(images));
  }
};

/// Keeps the image tokens at the positions given; positions already gone are ignored.
struct FixedList {
  static constexpr bool needs_scores = false;
  std::vector<Index> positions;

  [[nodiscard]] std::vector<Index> keep(const CutContext& context) const {
    return context.text_and(positions);
  }
};

}  // namespace infoflow
