// SPDX-License-Identifier: MIT
/// \file A control that looks at nothing: image tokens spread evenly over the picture.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include <infoflow/core/image_layout.hpp>
#include <infoflow/cut/budget.hpp>
#include <infoflow/cut/truncation_policy.hpp>

namespace infoflow {

namespace detail {

/// The middle of part `i` when `places` are cut into `parts` equal ones.
[[nodiscard]] inline Index middle_of_part(Index i, Index parts, Index places) {
  return (2 * i + 1) * places / (2 * parts);
}

/// `count` patches of a grid, counted row by row: about as many rows of them as make the distances
/// along both axes alike, evenly spread, and the patches evenly over each of these rows.
[[nodiscard]] inline std::vector<Index> spread_patches(Index rows, Index columns, Index count) {
  std::vector<Index> patches;
  if (count == 0) return patches;
  const double alike = std::sqrt(static_cast<double>(count * rows) / static_cast<double>(columns));
  const Index used =
      std::clamp<Index>(std::lround(alike), (count + columns - 1) / columns, std::min(rows, count));
  for (Index r = 0; r < used; ++r) {
    const Index in_row = count * (r + 1) / used - count * r / used;
    for (Index c = 0; c < in_row; ++c) {
      patches.push_back(middle_of_part(r, used, rows) * columns +
                        middle_of_part(c, in_row, columns));
    }
  }
  return patches;
}

}  // namespace detail

/// Keeps k image tokens, spread evenly. Several images share k by their tokens. Over an image whose
/// layout is one grid with all tokens still there they are spread in both directions; else (tiles
/// with separators, a resampler's queries, an earlier cut, no layout) along the sequence.
struct UniformGrid {
  static constexpr bool needs_scores = false;
  Budget k;

  [[nodiscard]] std::vector<Index> keep(const CutContext& context) const {
    const std::vector<Index> images = context.image_survivors();
    const auto all = static_cast<Index>(images.size());
    const Index stay = k.of(context, all);
    const std::span<const Span> spans = context.partition.images();
    std::vector<Index> kept;
    Index begin = 0;
    for (std::size_t i = 0; i < spans.size() && all > 0; ++i) {
      const auto after = std::lower_bound(images.begin(), images.end(), spans[i].end);
      const Index end = after - images.begin();
      const Index share = stay * end / all - stay * begin / all;
      const bool whole = end - begin == spans[i].size();
      const ImageLayout* layout =
          whole && i < context.layouts.size() ? &context.layouts[i] : nullptr;
      for (const Index token : spread(layout, end - begin, share)) {
        kept.push_back(images[static_cast<std::size_t>(begin + token)]);
      }
      begin = end;
    }
    return context.text_and(std::move(kept));
  }

 private:
  [[nodiscard]] static std::vector<Index> spread(const ImageLayout* layout, Index tokens,
                                                 Index count) {
    const bool grid = layout != nullptr && !layout->is_soft() && layout->grids().size() == 1 &&
                      layout->grids()[0].size() == tokens && layout->token_count() == tokens;
    if (grid) {
      return detail::spread_patches(layout->grids()[0].rows, layout->grids()[0].columns, count);
    }
    return detail::spread_patches(1, tokens, count);
  }
};

}  // namespace infoflow
