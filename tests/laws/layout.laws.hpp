// SPDX-License-Identifier: MIT
/// \file Laws of painting heat on the picture. `paint(layout, heat, kind, between, width, height)`.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <infoflow/core/image_layout.hpp>
#include <infoflow/core/painted_heat.hpp>

#include "law.hpp"

namespace infoflow::laws {

struct LibraryPaint {
  PixelHeat operator()(const ImageLayout& layout, const HostVector& heat, HeatKind kind,
                       Interpolation between, int width, int height) const {
    return paint(layout, heat, kind, between, width, height);
  }
};

/// The source pixels under raster pixel (x, y).
[[nodiscard]] inline Rect raster_pixel(const ImageLayout& layout, int x, int y, int width,
                                       int height) {
  const double w = static_cast<double>(layout.preprocessing().source_width()) / width;
  const double h = static_cast<double>(layout.preprocessing().source_height()) / height;
  return {x * w, y * h, (x + 1) * w, (y + 1) * h};
}

/// Mass is conserved, and what each pixel gets is heat × the covered part of the token's place. The
/// reference goes over all pairs of pixels and tokens; soft layouts only need the sum.
template <class Paint>
[[nodiscard]] Violation check_mass(const Paint& paint, const ImageLayout& layout,
                                   const HostVector& heat, int width, int height) {
  const auto picture = paint(layout, heat, HeatKind::mass, Interpolation::nearest, width, height);
  const double total =
      picture.values.template cast<double>().sum() + picture.without_place + picture.outside;
  const double scale = std::max(1.0, static_cast<double>(heat.cwiseAbs().sum()));
  if (std::abs(total - heat.cast<double>().sum()) > 1e-5 * scale) return "mass is not conserved";
  if (picture.values.minCoeff() < 0 || picture.outside < -1e-5 * scale) return "mass is negative";
  if (layout.is_soft()) return "";

  float without_place = 0;
  HostMatrix expected = HostMatrix::Zero(height, width);
  for (Index t = 0; t < heat.size(); ++t) {
    const auto place = layout.place(t);
    if (!place) {
      without_place += heat[t];
      continue;
    }
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const Rect shared = intersection(*place, raster_pixel(layout, x, y, width, height));
        if (shared.empty()) continue;
        expected(y, x) += heat[t] * static_cast<float>(shared.width() * shared.height() /
                                                       (place->width() * place->height()));
      }
    }
  }
  if (std::abs(without_place - picture.without_place) > 1e-5 * scale) {
    return "the mass of tokens without a place is wrong";
  }
  if ((picture.values - expected).cwiseAbs().maxCoeff() > 1e-4 * scale) {
    return "a pixel does not get its part of the mass";
  }
  return "";
}

/// Intensity stays within the placed tokens' range wherever any token's patch is, and is 0
/// elsewhere.
template <class Paint>
[[nodiscard]] Violation check_intensity(const Paint& paint, const ImageLayout& layout,
                                        const HostVector& heat, Interpolation between, int width,
                                        int height) {
  const auto picture = paint(layout, heat, HeatKind::intensity, between, width, height);
  float low = heat.maxCoeff();
  float high = heat.minCoeff();
  for (Index t = 0; t < heat.size(); ++t) {
    if (!layout.is_soft() && !layout.place(t)) continue;
    low = std::min(low, heat[t]);
    high = std::max(high, heat[t]);
  }
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const float value = picture.values(y, x);
      if (value == 0) continue;
      if (value < low - 1e-4F || value > high + 1e-4F) return "intensity leaves the tokens' range";
    }
  }
  return "";
}

/// Nearest intensity where the finest of several grids counts: that of a token whose patch is under the
/// pixel's centre, and none that is there has a smaller patch.
template <class Paint>
[[nodiscard]] Violation check_finest(const Paint& paint, const ImageLayout& layout,
                                     const HostVector& heat, int width, int height) {
  const auto picture =
      paint(layout, heat, HeatKind::intensity, Interpolation::nearest, width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const Point centre = raster_pixel(layout, x, y, width, height).centre();
      double smallest = std::numeric_limits<double>::infinity();
      double shown = std::numeric_limits<double>::infinity();
      bool at_border = false;  // Of two patches either may be said to be there, by rounding.
      for (Index t = 0; t < heat.size(); ++t) {
        const auto place = layout.place(t);
        if (!place) continue;
        const double area = place->width() * place->height();
        const double slack = 1e-9 * (place->width() + place->height() + centre.x + centre.y);
        const Rect inner{place->x0 + slack, place->y0 + slack, place->x1 - slack,
                         place->y1 - slack};
        const Rect outer{place->x0 - slack, place->y0 - slack, place->x1 + slack,
                         place->y1 + slack};
        at_border = at_border || outer.contains(centre) != inner.contains(centre);
        if (!inner.contains(centre)) continue;
        smallest = std::min(smallest, area);
        if (picture.values(y, x) == heat[t]) shown = std::min(shown, area);
      }
      if (at_border) continue;
      if (shown > smallest * (1 + 1e-9)) return "a pixel does not show the finest token there";
      if (std::isinf(smallest) && picture.values(y, x) != 0) return "heat where no token is";
    }
  }
  return "";
}

/// A pixel is seen iff its centre is inside what the model sees; under a grid over the whole canvas
/// a pixel has intensity iff it is seen.
template <class Paint>
[[nodiscard]] Violation check_seen(const Paint& paint, const ImageLayout& layout, int width,
                                   int height) {
  const HostVector ones = HostVector::Ones(layout.token_count());
  const auto picture =
      paint(layout, ones, HeatKind::intensity, Interpolation::bilinear, width, height);
  const bool covered = layout.grids().front().area == layout.preprocessing().canvas();
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const Point centre = raster_pixel(layout, x, y, width, height).centre();
      const Point on_canvas = layout.preprocessing().to_canvas(centre);
      // A centre on the border itself lies on either side, by the rounding of whoever asks.
      const Rect canvas = layout.preprocessing().canvas();
      const auto at_border = [](double at, double end) {
        return std::min(std::abs(at), std::abs(at - end)) < 1e-9 * end;
      };
      if (at_border(on_canvas.x, canvas.x1) || at_border(on_canvas.y, canvas.y1)) continue;
      const bool seen = canvas.contains(on_canvas);
      if (picture.seen(y, x) != seen)
        return "a pixel is seen that was cropped away, or the reverse";
      if (covered && (picture.values(y, x) != 0) != seen) return "a seen pixel has no intensity";
    }
  }
  return "";
}

}  // namespace infoflow::laws
