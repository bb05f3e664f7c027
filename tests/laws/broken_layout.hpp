// SPDX-License-Identifier: MIT
/// \file Ways of painting that break one law each.
#pragma once

#include "layout.laws.hpp"

namespace infoflow::laws {

/// Upsamples attention like a CAM: values at places, whose sum means nothing.
struct MassAsIntensity {
  PixelHeat operator()(const ImageLayout& layout, const HostVector& heat, HeatKind,
                       Interpolation between, int width, int height) const {
    return paint(layout, heat, HeatKind::intensity, between, width, height);
  }
};

/// Stretches the grid over the picture as if nothing had been cropped or padded.
struct ForgetsTheCanvas {
  PixelHeat operator()(const ImageLayout& layout, const HostVector& heat, HeatKind kind,
                       Interpolation between, int width, int height) const {
    const Preprocessing& way = layout.preprocessing();
    const PatchGrid& grid = layout.grids().front();
    const auto whole =
        ImageLayout::grid({way.source_width(), way.source_height()}, grid.rows, grid.columns);
    return paint(whole, heat, kind, between, width, height);
  }
};

/// Draws separators nowhere and does not say so.
struct LosesSeparators {
  PixelHeat operator()(const ImageLayout& layout, const HostVector& heat, HeatKind kind,
                       Interpolation between, int width, int height) const {
    PixelHeat picture = paint(layout, heat, kind, between, width, height);
    picture.without_place = 0;
    return picture;
  }
};

/// Adds where tiles overlap instead of averaging.
struct AddsOverlaps {
  PixelHeat operator()(const ImageLayout& layout, const HostVector& heat, HeatKind kind,
                       Interpolation between, int width, int height) const {
    PixelHeat picture = paint(layout, heat, kind, between, width, height);
    picture.values *= static_cast<float>(layout.grids().size());
    return picture;
  }
};

/// Lets the last of several grids hide the others, whatever their patches.
struct LastHidesOthers {
  PixelHeat operator()(const ImageLayout& layout, const HostVector& heat, HeatKind kind,
                       Interpolation between, int width, int height) const {
    PixelHeat picture = paint(layout, heat, kind, between, width, height);
    for (Index t = 0; t < heat.size(); ++t) {
      const auto place = layout.place(t);
      if (!place) continue;
      for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
          const Point centre = raster_pixel(layout, x, y, width, height).centre();
          if (place->contains(centre)) picture.values(y, x) = heat[t];
        }
      }
    }
    return picture;
  }
};

}  // namespace infoflow::laws
