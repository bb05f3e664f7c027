// SPDX-License-Identifier: MIT
/// \file One layer's heat on the picture in large, with a colour bar and a caption.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include <infoflow/figure/heat_head.hpp>
#include <infoflow/figure/layer_strip.hpp>
#include <infoflow/figure/outline.hpp>
#include <infoflow/figure/overlay.hpp>
#include <infoflow/picture/fitted_picture.hpp>
#include <infoflow/text/short_text.hpp>

namespace infoflow {

struct HeatPictureSettings {
  int longest_side = 640;
  HeatKind kind = HeatKind::intensity;
  /// The heat that has the last colour, as of all layers; none: this layer's own maximum.
  std::optional<float> maximum{};
  std::vector<Rect> boxes{};  ///< Outlined on the picture, in its pixels.
};

/// The heat over the picture under a caption, which is wrapped to the width. A layer without heat says
/// why, as in layer_strip().
/// \throws Error if the heat has another length than the layout
template <ColourMap Map = Turbo>
[[nodiscard]] Drawing heat_picture(const RgbImage& picture, const ImageLayout& layout,
                                   const LayerHeat& layer, std::span<const std::string> caption,
                                   const HeatPictureSettings& settings = {},
                                   const OverlayStyle<Map>& style = {}) {
  const RgbImage shown = fitted(picture, settings.longest_side);
  const PixelHeat painted =
      paint(layout, layer.heat, settings.kind, style.between, shown.width, shown.height);
  const float most = settings.maximum.value_or(painted.values.maxCoeff());
  const std::string amount =
      short_number(readable_heat(most, settings.kind, layout, shown.width, shown.height));
  const std::string high = amount + " " + std::string(heat_unit(settings.kind)) + ", " +
                           (settings.maximum ? "of all layers" : "this layer's maximum");

  Drawing drawing{static_cast<double>(settings.longest_side) + 2 * picture_gap, 0};
  const double top =
      draw_heat_head(drawing, caption_lines(caption, settings.longest_side), style, high);
  const Rect place{picture_gap, top, picture_gap + static_cast<double>(shown.width),
                   top + shown.height};
  drawing.height = place.y1 + picture_gap;
  drawing.add(shapes::Picture{place, overlay(shown, painted, most, style)});
  for (const Rect& box : settings.boxes) draw_outline(drawing, place, picture, box);
  if (layer.status != HeatStatus::flowing) {
    draw_picture_label(drawing, place, to_string(layer.status));
  }
  return drawing;
}

}  // namespace infoflow
