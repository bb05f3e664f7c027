// SPDX-License-Identifier: MIT
/// \file Where each image token lies on the picture, and how heat per token becomes heat per pixel.
#pragma once

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <infoflow/core/axis_weights.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/core/preprocessing.hpp>
#include <infoflow/core/tensor_ops.hpp>

namespace infoflow {

/// What the numbers of a map mean when they are painted.
enum class HeatKind {
  mass,       ///< Attention: spread over the token's area, overlaps add, the sum is conserved.
  intensity,  ///< CAM: a value at a place, overlaps average.
};

/// How intensity between the centres of two patches is filled in. Mass is always spread evenly.
enum class Interpolation { nearest, bilinear };

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
    const double x = area.x0 + w * static_cast<double>(i % columns);
    const double y = area.y0 + h * static_cast<double>(i / columns);
    return {x, y, x + w, y + h};
  }
};

/// Heat on a raster over the source picture.
struct PixelHeat {
  HostMatrix values;         ///< [height, width]; 0 where nothing was seen.
  RowMatrix<bool> seen;      ///< [height, width]; false: cropped away, so unknown rather than zero.
  float without_place = 0;   ///< Sum over tokens without a place (separators).
  float outside = 0;         ///< Mass that fell on padding, outside the picture (mass only).
};

/// Where each token of one image lies on the picture.
///
/// Tokens are rows that the language model sees; patches are places on the canvas. A token is one
/// patch (LLaVA, tiles, a 2×2 merge), no patch (a separator), or a soft mixture of patches (queries
/// of a resampler or Q-Former, which have no place of their own).
/// Laws: mass is conserved, `values.sum() + without_place + outside == heat.sum()`; intensity stays
/// within the range of the placed tokens' heat.
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
      throw Error("a grid of " + std::to_string(patch_rows) + " × " + std::to_string(patch_columns) +
                      " patches cannot be merged by " + std::to_string(merge),
                  "ImageLayout", "give patch rows and columns that are multiples of the merge");
    }
    return grid(preprocessing, patch_rows / merge, patch_columns / merge);
  }

  /// Several grids that may overlap (tiles and a thumbnail). `patch_of_token[t]` is the patch of
  /// token t, counted through all grids in order, or −1 for a separator such as a learned newline.
  [[nodiscard]] static ImageLayout tiles(Preprocessing preprocessing, std::vector<PatchGrid> grids,
                                         std::vector<Index> patch_of_token) {
    return ImageLayout(preprocessing, std::move(grids), std::move(patch_of_token));
  }

  /// Tokens without a place of their own, read through cross-attention. `weights` [tokens, patches],
  /// rows summing to 1, over the patches of `grid`.
  [[nodiscard]] static ImageLayout soft(Preprocessing preprocessing, PatchGrid patches,
                                        HostMatrix weights) {
    bool distributions = weights.cols() == patches.size();
    for (Index t = 0; t < weights.rows(); ++t) {
      distributions = distributions && std::abs(weights.row(t).sum() - 1.0F) < 1e-3F;
    }
    if (!distributions) {
      throw Error("a soft layout whose rows are not distributions over its " +
                      std::to_string(patches.size()) + " patches",
                  "ImageLayout", "give cross-attention [tokens, patches] with rows summing to 1");
    }
    ImageLayout layout(preprocessing, {patches}, {});
    layout.weights_ = std::move(weights);
    return layout;
  }

  [[nodiscard]] Index token_count() const {
    return weights_ ? weights_->rows() : static_cast<Index>(patch_of_token_.size());
  }
  [[nodiscard]] const Preprocessing& preprocessing() const { return preprocessing_; }
  [[nodiscard]] const std::vector<PatchGrid>& grids() const { return grids_; }

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

  /// Heat per token as the matrix of the tokens' grid, for tools that draw matrices.
  /// \returns [rows, columns]
  /// \throws Error if the tokens are no single grid (tiles, separators, mixtures of patches), or
  ///         `heat` has another length
  [[nodiscard]] HostMatrix as_grid(const HostVector& heat) const {
    require_one_value_each(heat, "ImageLayout::as_grid");
    if (weights_) {
      throw Error("these tokens are mixtures of patches and have no place in a grid",
                  "ImageLayout::as_grid", "paint() puts their heat where they look");
    }
    if (grids_.size() != 1 || patch_of_token_ != counting(grids_.front().size())) {
      throw Error("these tokens are not the patches of one grid", "ImageLayout::as_grid",
                  "paint() puts the heat of tiles and of tokens without a place where it belongs");
    }
    return Eigen::Map<const HostMatrix>(heat.data(), grids_.front().rows, grids_.front().columns);
  }

  /// Heat per token painted on a raster of `width` × `height` over the source picture.
  /// \param heat  [token_count()]
  /// \throws Error if `heat` has another length
  [[nodiscard]] PixelHeat paint(const HostVector& heat, HeatKind kind, Interpolation between,
                                int width, int height) const {
    require_one_value_each(heat, "ImageLayout::paint");
    PixelHeat picture{HostMatrix::Zero(height, width), seen_pixels(width, height)};
    HostMatrix overlaps = HostMatrix::Zero(height, width);
    const PatchHeat patches = patch_heat(heat, kind);
    Index first = 0;
    for (const PatchGrid& grid : grids_) {
      const std::vector<PixelTake> x = takes(kind, between, width, grid, 0);
      const std::vector<PixelTake> y = takes(kind, between, height, grid, 1);
      add_grid(picture.values, patches.values.data() + first, grid, x, y);
      add_grid(overlaps, patches.known.data() + first, grid, x, y);
      first += grid.size();
    }
    picture.without_place = patches.without_place;
    if (kind == HeatKind::mass) {
      picture.outside = heat.sum() - patches.without_place - picture.values.sum();
      return picture;
    }
    for (Index i = 0; i < picture.values.size(); ++i) {
      if (overlaps.data()[i] > 0) picture.values.data()[i] /= overlaps.data()[i];
    }
    return picture;
  }

 private:
  struct PatchHeat {
    HostVector values;       ///< Per patch, counted through all grids.
    HostVector known;        ///< How many tokens stand for the patch; soft: 1 if any reads it.
    float without_place = 0;
  };

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

  void require_one_value_each(const HostVector& heat, const std::string& where) const {
    if (heat.size() == token_count()) return;
    throw Error("heat for " + std::to_string(heat.size()) + " tokens on a layout of " +
                    std::to_string(token_count()),
                where, "give one value per image token");
  }

  [[nodiscard]] Index patch_count() const {
    Index count = 0;
    for (const PatchGrid& grid : grids_) count += grid.size();
    return count;
  }

  static std::vector<Index> counting(Index n) {
    std::vector<Index> indices(static_cast<std::size_t>(n));
    for (Index i = 0; i < n; ++i) indices[static_cast<std::size_t>(i)] = i;
    return indices;
  }

  [[nodiscard]] PatchHeat patch_heat(const HostVector& heat, HeatKind kind) const {
    PatchHeat patches{HostVector::Zero(patch_count()), HostVector::Zero(patch_count())};
    if (weights_) {
      HostVector reached = HostVector::Zero(patch_count());
      for (Index t = 0; t < heat.size(); ++t) {
        patches.values += heat[t] * weights_->row(t);
        reached += weights_->row(t);
      }
      for (Index p = 0; p < reached.size(); ++p) {
        if (kind == HeatKind::intensity && reached[p] > 0) patches.values[p] /= reached[p];
        patches.known[p] = reached[p] > 0 ? 1.0F : 0.0F;
      }
      return patches;
    }
    for (Index t = 0; t < heat.size(); ++t) {
      const Index patch = patch_of_token_[static_cast<std::size_t>(t)];
      if (patch < 0) {
        patches.without_place += heat[t];
        continue;
      }
      patches.values[patch] += heat[t];
      patches.known[patch] += 1;
    }
    return patches;
  }

  /// What each of `pixels` raster pixels along one axis takes from the grid's columns or rows.
  [[nodiscard]] std::vector<PixelTake> takes(HeatKind kind, Interpolation between, int pixels,
                                             const PatchGrid& grid, int axis) const {
    const Index patches = axis == 0 ? grid.columns : grid.rows;
    const double begin = axis == 0 ? grid.area.x0 : grid.area.y0;
    const double end = axis == 0 ? grid.area.x1 : grid.area.y1;
    const double patch = (end - begin) / static_cast<double>(patches);
    std::vector<PixelTake> takes;
    for (int i = 0; i < pixels; ++i) {
      const PixelInterval pixel{(canvas_coordinate(i, pixels, axis) - begin) / patch,
                                (canvas_coordinate(i + 1, pixels, axis) - begin) / patch};
      if (kind == HeatKind::mass) {
        takes.push_back(take_overlap(pixel, patches));
      } else if (between == Interpolation::nearest) {
        takes.push_back(take_nearest(pixel, patches));
      } else {
        takes.push_back(take_bilinear(pixel, patches));
      }
    }
    return takes;
  }

  /// picture += Y · patches · Xᵀ; the axes are independent. Plain loops: an Eigen product here would
  /// cost every includer half a second of compile time.
  static void add_grid(HostMatrix& picture, const float* patches, const PatchGrid& grid,
                       const std::vector<PixelTake>& x, const std::vector<PixelTake>& y) {
    std::vector<float> row(static_cast<std::size_t>(grid.columns));
    for (std::size_t j = 0; j < y.size(); ++j) {
      std::fill(row.begin(), row.end(), 0.0F);
      for (std::size_t k = 0; k < y[j].weights.size(); ++k) {
        const float* from = patches + (y[j].first + static_cast<Index>(k)) * grid.columns;
        for (std::size_t c = 0; c < row.size(); ++c) row[c] += y[j].weights[k] * from[c];
      }
      float* to = picture.data() + static_cast<Index>(j) * picture.cols();
      for (std::size_t i = 0; i < x.size(); ++i) {
        for (std::size_t k = 0; k < x[i].weights.size(); ++k) {
          to[i] += x[i].weights[k] * row[static_cast<std::size_t>(x[i].first) + k];
        }
      }
    }
  }

  [[nodiscard]] double canvas_coordinate(int pixel, int pixels, int axis) const {
    const int source = axis == 0 ? preprocessing_.source_width() : preprocessing_.source_height();
    const double at = static_cast<double>(pixel) * source / pixels;
    const Point p = preprocessing_.to_canvas({at, at});
    return axis == 0 ? p.x : p.y;
  }

  [[nodiscard]] RowMatrix<bool> seen_pixels(int width, int height) const {
    const Rect seen = preprocessing_.seen();
    RowMatrix<bool> mask(height, width);
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        mask(y, x) = seen.contains({(x + 0.5) * preprocessing_.source_width() / width,
                                    (y + 0.5) * preprocessing_.source_height() / height});
      }
    }
    return mask;
  }

  Preprocessing preprocessing_;
  std::vector<PatchGrid> grids_;
  std::vector<Index> patch_of_token_;
  std::optional<HostMatrix> weights_;
};

}  // namespace infoflow
