// SPDX-License-Identifier: MIT
/// \file Policies that are the same for every item: drop all image tokens, or keep those named.
#pragma once

#include <algorithm>
#include <vector>

#include <infoflow/cut/truncation_policy.hpp>

namespace infoflow {

/// Drops every image token (eq. 13 with k = 0).
struct DropAll {
  static constexpr bool needs_scores = false;

  [[nodiscard]] std::vector<Index> keep(const CutContext& context) const {
    return context.text_and({});
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

/// Keeps the image tokens with the numbers given. Image tokens are counted from 0 through all of
/// the prompt's images, so that a list means the same whatever text stands before them. Numbers
/// that no token has, or whose token is gone, are ignored.
struct FixedTokens {
  static constexpr bool needs_scores = false;
  std::vector<Span> numbers;

  [[nodiscard]] std::vector<Index> keep(const CutContext& context) const {
    const std::vector<Index> all = context.partition.positions(Role::image);
    const auto count = static_cast<Index>(all.size());
    std::vector<Index> kept;
    for (const Span& span : numbers) {
      for (Index i = std::max<Index>(span.begin, 0); i < std::min(span.end, count); ++i) {
        kept.push_back(all[static_cast<std::size_t>(i)]);
      }
    }
    return context.text_and(std::move(kept));
  }
};

}  // namespace infoflow
