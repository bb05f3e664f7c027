// SPDX-License-Identifier: MIT
/// \file Where each image token lies on the picture.
#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <infoflow/core/error.hpp>
#include <infoflow/core/preprocessing.hpp>
#include <infoflow/core/token_partition.hpp>

namespace infoflow {

/// A part of the model's canvas that is seen as rows × columns equal patches, row by row: the whole
/// picture, one tile of it, or the thumbnail.
struct PatchGrid {
  Rect area;  ///< In canvas pixels.
  Index rows = 0;
  Index columns = 0;

  [[nodiscard]] Index size() const { return rows * columns; }
  [[nodiscard]] Rect patch(Index i) const {
    const double w = area.width() / static_cast<double>(columns);
    const double h = area.height() / static_cast<double>(rows);
    const Index row = i / columns;
    const double x = area.x0 + w * static_cast<double>(i % columns);
    const double y = area.y0 + h * static_cast<double>(row);
    return {x, y, x + w, y + h};
  }
};

/// Whose intensity a pixel shows where grids lie over each other.
enum class Overlap {
  average,  ///< The mean of all that have a token there.
  finest,   ///< That of the grid with the smallest patches that has a token there.
};

/// Where each token of one image lies on the picture.
///
/// Tokens are rows that the language model sees; patches are places on the canvas. A token is one
/// patch (LLaVA, tiles, a 2×2 merge), no patch (a separator), or a soft mixture of patches (queries
/// of a resampler or Q-Former, which have no place of their own).
/// painted_heat.hpp paints what they have on it.
class ImageLayout {
 public:
  ImageLayout() = default;

  /// One grid over the whole canvas, tokens row by row (LLaVA-1.5).
  [[nodiscard]] static ImageLayout grid(Preprocessing preprocessing, Index rows, Index columns) {
    const Rect canvas = preprocessing.canvas();
    return ImageLayout(preprocessing, {{canvas, rows, columns}}, counting(rows * columns));
  }

  /// One grid whose patches are merged `merge` × `merge` into tokens, row by row (pixel shuffle,
  /// 2×2 merger). \throws Error if the grid does not divide
  [[nodiscard]] static ImageLayout merged_grid(Preprocessing preprocessing, Index patch_rows,
                                               Index patch_columns, Index merge) {
    if (merge <= 0 || patch_rows % merge != 0 || patch_columns % merge != 0) {
      throw Error("a grid of " + std::to_string(patch_rows) + " × " +
                      std::to_string(patch_columns) + " patches cannot be merged by " +
                      std::to_string(merge),
                  "ImageLayout", "give patch rows and columns that are multiples of the merge");
    }
    return grid(preprocessing, patch_rows / merge, patch_columns / merge);
  }

  /// Several grids that may overlap (tiles and a thumbnail). `patch_of_token[t]` is the patch of
  /// token t, counted through all grids in order, or −1 for a separator such as a learned newline. A
  /// patch that no token stands for (it lay on padding) is not known.
  [[nodiscard]] static ImageLayout tiles(Preprocessing preprocessing, std::vector<PatchGrid> grids,
                                         std::vector<Index> patch_of_token,
                                         Overlap overlap = Overlap::average) {
    ImageLayout layout(preprocessing, std::move(grids), std::move(patch_of_token));
    layout.overlap_ = overlap;
    return layout;
  }

  /// Tokens without a place of their own, read through cross-attention.
  /// \param weights  [tokens, patches] over the patches of `grid`, rows summing to 1: any matrix with
  ///                 rows(), cols() and (token, patch)
  template <class Weights>
    requires requires(const Weights& w) {
      { w(Index{}, Index{}) } -> std::convertible_to<float>;
      { w.rows() } -> std::convertible_to<Index>;
      { w.cols() } -> std::convertible_to<Index>;
    }
  [[nodiscard]] static ImageLayout soft(Preprocessing preprocessing, PatchGrid grid,
                                        const Weights& weights) {
    bool distributions = weights.cols() == grid.size();
    std::vector<float> rows;
    for (Index t = 0; t < weights.rows(); ++t) {
      float sum = 0;
      for (Index p = 0; p < weights.cols(); ++p) sum += rows.emplace_back(weights(t, p));
      distributions = distributions && std::abs(sum - 1.0F) < 1e-3F;
    }
    if (!distributions) {
      throw Error("a soft layout whose rows are not distributions over its " +
                      std::to_string(grid.size()) + " patches",
                  "ImageLayout", "give cross-attention [tokens, patches] with rows summing to 1");
    }
    ImageLayout layout(preprocessing, {grid}, {});
    layout.weights_ = std::move(rows);
    return layout;
  }

  [[nodiscard]] Index token_count() const {
    if (weights_) return static_cast<Index>(weights_->size()) / patch_count();
    return static_cast<Index>(patch_of_token_.size());
  }
  [[nodiscard]] const Preprocessing& preprocessing() const { return preprocessing_; }
  [[nodiscard]] const std::vector<PatchGrid>& grids() const { return grids_; }
  [[nodiscard]] Overlap overlap() const { return overlap_; }
  /// Patches of all grids.
  [[nodiscard]] Index patch_count() const {
    Index count = 0;
    for (const PatchGrid& grid : grids_) count += grid.size();
    return count;
  }
  /// The patch of each token, counted through all grids, −1 for separators; empty for soft layouts.
  [[nodiscard]] std::span<const Index> patch_of_token() const { return patch_of_token_; }
  /// How much a token of a soft layout takes from each patch, [patches].
  /// \throws Error if the layout is not soft
  [[nodiscard]] std::span<const float> soft_weights(Index token) const {
    if (!weights_) {
      throw Error("soft weights asked of a layout whose tokens are patches", "soft_weights",
                  "ask is_soft() before");
    }
    const auto patches = static_cast<std::size_t>(patch_count());
    return std::span(*weights_).subspan(static_cast<std::size_t>(token) * patches, patches);
  }

  /// True if tokens are mixtures of patches; a grid of raw tokens would then be meaningless.
  [[nodiscard]] bool is_soft() const { return weights_.has_value(); }

  /// The token's patch in source pixels; none for separators and for soft layouts.
  [[nodiscard]] std::optional<Rect> place(Index token) const {
    if (weights_) return std::nullopt;
    Index patch = patch_of_token_[static_cast<std::size_t>(token)];
    if (patch < 0) return std::nullopt;
    std::size_t g = 0;
    while (patch >= grids_[g].size()) patch -= grids_[g++].size();
    return preprocessing_.to_source(grids_[g].patch(patch));
  }

 private:
  ImageLayout(Preprocessing preprocessing, std::vector<PatchGrid> grids,
              std::vector<Index> patch_of_token)
      : preprocessing_(preprocessing),
        grids_(std::move(grids)),
        patch_of_token_(std::move(patch_of_token)) {
    for (const PatchGrid& grid : grids_) {
      if (grid.rows > 0 && grid.columns > 0 && !grid.area.empty()) continue;
      throw Error("a grid of " + std::to_string(grid.rows) + " × " + std::to_string(grid.columns) +
                      " patches, or without an area",
                  "ImageLayout", "give at least one row and column, and an area on the canvas");
    }
    for (const Index patch : patch_of_token_) {
      if (patch < -1 || patch >= patch_count()) {
        throw Error("token placed on patch " + std::to_string(patch) + " of " +
                        std::to_string(patch_count()),
                    "ImageLayout", "give patches counted through all grids, or -1 for none");
      }
    }
  }

  static std::vector<Index> counting(Index n) {
    std::vector<Index> indices(static_cast<std::size_t>(n));
    for (Index i = 0; i < n; ++i) indices[static_cast<std::size_t>(i)] = i;
    return indices;
  }

  Preprocessing preprocessing_;
  std::vector<PatchGrid> grids_;
  std::vector<Index> patch_of_token_;
  Overlap overlap_ = Overlap::average;
  std::optional<std::vector<float>> weights_;  ///< [tokens, patches], row by row.
};

}  // namespace infoflow
