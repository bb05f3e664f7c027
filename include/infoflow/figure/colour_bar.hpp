// SPDX-License-Identifier: MIT
/// \file The bar beside painted heat: which colour is how much, in words that have a unit.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <infoflow/core/image_layout.hpp>
#include <infoflow/core/painted_heat.hpp>
#include <infoflow/figure/drawing.hpp>
#include <infoflow/figure/overlay.hpp>
#include <infoflow/figure/picture_caption.hpp>
#include <infoflow/text/short_text.hpp>

namespace infoflow {

/// What a value of a painted raster is in units that mean something to a reader.
///
/// Painted mass is an amount per pixel of the raster. It is given per patch of the layout's first
/// grid, which is a token's share where each token is one patch. Intensity is as it is.
/// \param width, height  of the raster, in pixels
[[nodiscard]] inline double readable_heat(float value, HeatKind kind, const ImageLayout& layout,
                                          int width, int height) {
  if (kind == HeatKind::intensity) return value;
  const Preprocessing& way = layout.preprocessing();
  const Rect patch = way.to_source(layout.grids().front().patch(0));
  return value * (patch.width() * width / way.source_width()) *
         (patch.height() * height / way.source_height());
}

/// The unit of `readable_heat`.
[[nodiscard]] constexpr std::string_view heat_unit(HeatKind kind) {
  return kind == HeatKind::intensity ? "heat" : "share per patch";
}

/// The colours from 0 to the maximum, from left to right; what the style does not show stays white.
/// \param corner  the upper left one of a line of `picture_line` pixels
/// \param high    what stands at the right end
template <ColourMap Map>
void draw_colour_bar(Drawing& drawing, Point corner, const OverlayStyle<Map>& style,
                     const std::string& high) {
  constexpr int width = 240;
  constexpr int height = 16;
  const double left = corner.x + 18;
  const double top = corner.y + (picture_line - height) / 2;
  RgbImage colours(width, 1, 255);
  for (int x = 0; x < width; ++x) {
    const float value = static_cast<float>(x) / static_cast<float>(width - 1);
    if (value < style.threshold) continue;
    const Rgb colour = style.colours(value);
    std::uint8_t* pixel = colours.pixel(x, 0);
    pixel[0] = colour.r;
    pixel[1] = colour.g;
    pixel[2] = colour.b;
  }
  drawing.add(shapes::Area{corners_of({left - 1, top - 1, left + width + 1, top + height + 1}),
                           {120, 120, 120}});
  drawing.add(shapes::Picture{{left, top, left + width, top + height}, std::move(colours)});
  draw_picture_line(drawing, corner, "0");
  draw_picture_line(drawing, {left + width + 8, corner.y}, high);
}

}  // namespace infoflow
