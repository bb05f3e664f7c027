// SPDX-License-Identifier: MIT
/// \file What stands above heat on a picture: a caption and the bar of its colours.
#pragma once

#include <span>
#include <string>

#include <infoflow/figure/colour_bar.hpp>
#include <infoflow/figure/drawing.hpp>
#include <infoflow/figure/overlay.hpp>
#include <infoflow/figure/picture_caption.hpp>

namespace infoflow {

inline constexpr int picture_gap = 10;  ///< Around pictures, and between them.

/// \param lines  of caption_lines(). \param high  what stands at the right end of the bar
/// \return the y below, where pictures begin
template <ColourMap Map>
double draw_heat_head(Drawing& drawing, std::span<const std::string> lines,
                      const OverlayStyle<Map>& style, const std::string& high) {
  draw_picture_lines(drawing, {picture_gap, picture_gap}, lines);
  const double bar = picture_gap + picture_line * static_cast<double>(lines.size()) + 6;
  draw_colour_bar(drawing, {picture_gap, bar}, style, high);
  return bar + picture_line + picture_gap;
}

}  // namespace infoflow
