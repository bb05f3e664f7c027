// SPDX-License-Identifier: MIT
/// \file Heat per image token painted on the picture: heat per pixel.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <infoflow/core/axis_weights.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/core/image_layout.hpp>
#include <infoflow/core/tensor_ops.hpp>

namespace infoflow {

/// What the numbers of a map mean when they are painted.
enum class HeatKind {
  mass,       ///< Attention: spread over the token's area, overlaps add, the sum is conserved.
  intensity,  ///< CAM: a value at a place; of overlaps what the layout's Overlap says.
};

/// How intensity between the centres of two patches is filled in. Mass is always spread evenly.
enum class Interpolation { nearest, bilinear };

/// Heat on a raster over the source picture.
struct PixelHeat {
  HostMatrix values;        ///< [height, width]; 0 where nothing was seen.
  RowMatrix<bool> seen;     ///< [height, width]; false: cropped away, so unknown rather than zero.
  float without_place = 0;  ///< Sum over tokens without a place (separators).
  float outside = 0;        ///< Mass that fell on padding, outside the picture (mass only).
};

namespace detail {

inline void require_one_value_each(const ImageLayout& layout, const HostVector& heat,
                                   const std::string& where) {
  if (heat.size() == layout.token_count()) return;
  throw Error("heat for " + std::to_string(heat.size()) + " tokens on a layout of " +
                  std::to_string(layout.token_count()),
              where, "give one value per image token");
}

/// Heat per patch, counted through all grids.
struct PatchHeat {
  std::vector<float> values;
  std::vector<float> known;  ///< How many tokens stand for the patch; soft: 1 if any reads it.
  float without_place = 0;
};

[[nodiscard]] inline PatchHeat patch_heat(const ImageLayout& layout, const HostVector& heat,
                                          HeatKind kind) {
  const auto count = static_cast<std::size_t>(layout.patch_count());
  PatchHeat patches{std::vector<float>(count), std::vector<float>(count)};
  if (layout.is_soft()) {
    std::vector<float> reached(count);
    for (Index t = 0; t < heat.size(); ++t) {
      const std::span<const float> weights = layout.soft_weights(t);
      for (std::size_t p = 0; p < count; ++p) {
        patches.values[p] += heat[t] * weights[p];
        reached[p] += weights[p];
      }
    }
    for (std::size_t p = 0; p < count; ++p) {
      if (kind == HeatKind::intensity && reached[p] > 0) patches.values[p] /= reached[p];
      patches.known[p] = reached[p] > 0 ? 1.0F : 0.0F;
    }
    return patches;
  }
  for (Index t = 0; t < heat.size(); ++t) {
    const Index patch = layout.patch_of_token()[static_cast<std::size_t>(t)];
    if (patch < 0) {
      patches.without_place += heat[t];
      continue;
    }
    patches.values[static_cast<std::size_t>(patch)] += heat[t];
    patches.known[static_cast<std::size_t>(patch)] += 1;
  }
  return patches;
}

/// Where the edge of a raster pixel lies on the model's canvas, along x (axis 0) or y (axis 1).
[[nodiscard]] inline double canvas_coordinate(const Preprocessing& way, int pixel, int pixels,
                                              int axis) {
  const int source = axis == 0 ? way.source_width() : way.source_height();
  const double at = static_cast<double>(pixel) * source / pixels;
  const Point p = way.to_canvas({at, at});
  return axis == 0 ? p.x : p.y;
}

/// What each of `pixels` raster pixels along one axis takes from the grid's columns or rows.
[[nodiscard]] inline std::vector<PixelTake> takes(const Preprocessing& way, const PatchGrid& grid,
                                                  HeatKind kind, Interpolation between, int pixels,
                                                  int axis) {
  const Index patches = axis == 0 ? grid.columns : grid.rows;
  const double begin = axis == 0 ? grid.area.x0 : grid.area.y0;
  const double end = axis == 0 ? grid.area.x1 : grid.area.y1;
  const double patch = (end - begin) / static_cast<double>(patches);
  std::vector<PixelTake> takes;
  for (int i = 0; i < pixels; ++i) {
    const PixelInterval pixel{(canvas_coordinate(way, i, pixels, axis) - begin) / patch,
                              (canvas_coordinate(way, i + 1, pixels, axis) - begin) / patch};
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

/// picture += Y · patches · Xᵀ; the axes are independent.
inline void add_grid(HostMatrix& picture, const float* patches, const PatchGrid& grid,
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

/// A grid of a layout; its patches are counted from `first` on.
struct CountedGrid {
  const PatchGrid* grid;
  Index first;

  [[nodiscard]] double patch_area() const {
    return grid->area.width() * grid->area.height() / static_cast<double>(grid->size());
  }
};

/// All grids of a layout; where the finest counts, those with larger patches before finer ones.
[[nodiscard]] inline std::vector<CountedGrid> counted_grids(const ImageLayout& layout) {
  std::vector<CountedGrid> grids;
  Index first = 0;
  for (const PatchGrid& grid : layout.grids()) {
    const CountedGrid counted{&grid, first};
    auto at = grids.end();
    if (layout.overlap() == Overlap::finest) {
      at = std::find_if(grids.begin(), grids.end(), [&](const CountedGrid& other) {
        return other.patch_area() < counted.patch_area();
      });
    }
    grids.insert(at, counted);
    first += grid.size();
  }
  return grids;
}

/// What was painted on each pixel, and with which weight.
struct PaintedPixels {
  HostMatrix values;
  HostMatrix known;

  PaintedPixels(int width, int height)
      : values(HostMatrix::Zero(height, width)), known(HostMatrix::Zero(height, width)) {}

  /// Another painting laid over this one: it hides what is below wherever it knows anything.
  void cover_with(const PaintedPixels& other) {
    for (Index i = 0; i < values.size(); ++i) {
      if (!(other.known.data()[i] > 0)) continue;
      values.data()[i] = other.values.data()[i];
      known.data()[i] = other.known.data()[i];
    }
  }
};

[[nodiscard]] inline RowMatrix<bool> seen_pixels(const Preprocessing& way, int width, int height) {
  const Rect seen = way.seen();
  RowMatrix<bool> mask(height, width);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      mask(y, x) = seen.contains(
          {(x + 0.5) * way.source_width() / width, (y + 0.5) * way.source_height() / height});
    }
  }
  return mask;
}

}  // namespace detail

/// Heat per token painted on a raster of `width` × `height` over the source picture.
///
/// Laws: mass is conserved, `values.sum() + without_place + outside == heat.sum()`; intensity stays
/// within the range of the placed tokens' heat; nearest intensity under Overlap::finest is that of the
/// smallest patch with a token under the pixel's centre.
/// \param heat  [layout.token_count()]
/// \throws Error if `heat` has another length
[[nodiscard]] inline PixelHeat paint(const ImageLayout& layout, const HostVector& heat,
                                     HeatKind kind, Interpolation between, int width, int height) {
  detail::require_one_value_each(layout, heat, "paint");
  const Preprocessing& way = layout.preprocessing();
  const detail::PatchHeat patches = detail::patch_heat(layout, heat, kind);
  const auto add = [&](detail::PaintedPixels& to, const detail::CountedGrid& counted) {
    const PatchGrid& grid = *counted.grid;
    const std::vector<PixelTake> x = detail::takes(way, grid, kind, between, width, 0);
    const std::vector<PixelTake> y = detail::takes(way, grid, kind, between, height, 1);
    detail::add_grid(to.values, patches.values.data() + counted.first, grid, x, y);
    detail::add_grid(to.known, patches.known.data() + counted.first, grid, x, y);
  };
  detail::PaintedPixels painted(width, height);
  const bool finest = kind == HeatKind::intensity && layout.overlap() == Overlap::finest;
  for (const detail::CountedGrid& grid : detail::counted_grids(layout)) {
    if (finest) {
      detail::PaintedPixels alone(width, height);
      add(alone, grid);
      painted.cover_with(alone);
    } else {
      add(painted, grid);
    }
  }
  PixelHeat picture{std::move(painted.values), detail::seen_pixels(way, width, height)};
  picture.without_place = patches.without_place;
  if (kind == HeatKind::mass) {
    picture.outside = heat.sum() - patches.without_place - picture.values.sum();
    return picture;
  }
  for (Index i = 0; i < picture.values.size(); ++i) {
    if (painted.known.data()[i] > 0) picture.values.data()[i] /= painted.known.data()[i];
  }
  return picture;
}

/// Heat per token as the matrix of the tokens' grid, for tools that draw matrices.
/// \returns [rows, columns]
/// \throws Error if the tokens are no single grid (tiles, separators, mixtures of patches), or
///         `heat` has another length
[[nodiscard]] inline HostMatrix as_grid(const ImageLayout& layout, const HostVector& heat) {
  detail::require_one_value_each(layout, heat, "as_grid");
  if (layout.is_soft()) {
    throw Error("these tokens are mixtures of patches and have no place in a grid", "as_grid",
                "paint() puts their heat where they look");
  }
  const std::span<const Index> patches = layout.patch_of_token();
  bool one_grid = layout.grids().size() == 1 && layout.patch_count() == layout.token_count();
  for (std::size_t t = 0; one_grid && t < patches.size(); ++t) {
    one_grid = patches[t] == static_cast<Index>(t);
  }
  if (!one_grid) {
    throw Error("these tokens are not the patches of one grid", "as_grid",
                "paint() puts the heat of tiles and of tokens without a place where it belongs");
  }
  HostMatrix grid(layout.grids().front().rows, layout.grids().front().columns);
  std::copy(heat.data(), heat.data() + heat.size(), grid.data());
  return grid;
}

}  // namespace infoflow
