// SPDX-License-Identifier: MIT
/// \file The bar beside painted heat: which colour is how much, in words that have a unit.
#pragma once

#include <string>
#include <string_view>

#include <infoflow/core/image_layout.hpp>
#include <infoflow/io/canvas.hpp>
#include <infoflow/io/overlay.hpp>
#include <infoflow/io/short_text.hpp>

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
/// \param high  what stands at the right end
template <ColourMap Map>
void draw_colour_bar(Canvas& canvas, int left, int top, const OverlayStyle<Map>& style,
                     const std::string& high) {
  constexpr int width = 240;
  constexpr int height = 16;
  const int begin = left + Canvas::text_width("0 ");
  canvas.fill(begin - 1, top - 1, width + 2, height + 2, {120, 120, 120});
  for (int x = 0; x < width; ++x) {
    const float value = static_cast<float>(x) / static_cast<float>(width - 1);
    const bool shown = value >= style.threshold;
    canvas.fill(begin + x, top, 1, height, shown ? style.colours(value) : Rgb{255, 255, 255});
  }
  canvas.text(left, top - 1, "0");
  canvas.text(begin + width + 8, top - 1, high);
}

}  // namespace infoflow
