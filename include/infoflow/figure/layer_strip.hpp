// SPDX-License-Identifier: MIT
/// \file One picture that shows the heat of all layers, with a colour bar and a caption.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include <infoflow/cam/heat_average.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/figure/drawing.hpp>
#include <infoflow/figure/fitted_text.hpp>
#include <infoflow/figure/heat_head.hpp>
#include <infoflow/figure/overlay.hpp>
#include <infoflow/figure/picture_caption.hpp>
#include <infoflow/picture/fitted_picture.hpp>
#include <infoflow/text/short_text.hpp>

namespace infoflow {

/// One tile of the strip.
struct LayerHeat {
  std::string title;  ///< "layer 12"
  HostVector heat;    ///< [image tokens], not normalised, not negative
  HeatStatus status = HeatStatus::flowing;
};

struct StripSettings {
  int width = 1200;
  HeatKind kind = HeatKind::intensity;
  /// One scale for all layers shows where most heat is; each layer's own scale shows where it lies
  /// in layers that have little.
  bool common_scale = true;
};

/// All layers' heat over the picture, tile by tile, under a caption.
///
/// The caption is wrapped to the width. Layers without heat
/// say why: "no flow" (the gradient is exactly zero), "clipped" (negative everywhere) or "cancels out".
/// \throws Error if there is no layer, the picture has no pixels, or a heat has another length than
///         the layout
template <ColourMap Map = Turbo>
[[nodiscard]] Drawing layer_strip(const RgbImage& picture, const ImageLayout& layout,
                                  std::span<const LayerHeat> layers,
                                  std::span<const std::string> caption,
                                  const StripSettings& settings = {},
                                  const OverlayStyle<Map>& style = {},
                                  const Typeface& face = typeface()) {
  if (layers.empty() || picture.width <= 0 || picture.height <= 0) {
    throw Error("a strip without layers or without a picture", "layer_strip",
                "give at least one layer's heat and a picture");
  }
  constexpr int gap = picture_gap;
  constexpr int most_columns = 8;
  constexpr int largest_tile = 280;
  const int count = static_cast<int>(layers.size());
  const int rows = (count + most_columns - 1) / most_columns;
  const int columns = (count + rows - 1) / rows;  // Rows of equal length: 10 are 5 + 5, not 8 + 2.
  const int longest = std::clamp((settings.width - gap) / columns - gap, 16, largest_tile);
  const RgbImage tile = fitted(picture, longest);

  std::vector<PixelHeat> painted;
  float most = 0;
  for (const LayerHeat& layer : layers) {
    painted.push_back(
        paint(layout, layer.heat, settings.kind, style.between, tile.width, tile.height));
    most = std::max(most, painted.back().values.maxCoeff());
  }

  const std::vector<std::string> words = caption_lines(caption, settings.width - 2 * gap, face);
  const auto amount = [&](float value) {
    return short_number(readable_heat(value, settings.kind, layout, tile.width, tile.height));
  };
  const std::string unit(heat_unit(settings.kind));
  Drawing drawing{static_cast<double>(settings.width), 0};
  const double head = draw_heat_head(drawing, words, style,
                                     settings.common_scale
                                         ? amount(most) + " " + unit + ", the maximum of all layers"
                                         : "each layer's own maximum, on its picture, as " + unit);
  const double step_x = longest + gap;
  const double step_y = tile.height + picture_line + gap;
  drawing.height = head + rows * step_y;
  for (int i = 0; i < count; ++i) {
    const LayerHeat& layer = layers[static_cast<std::size_t>(i)];
    const PixelHeat& heat = painted[static_cast<std::size_t>(i)];
    const float own = heat.values.maxCoeff();
    const double left = gap + i % columns * step_x;
    const double top = head + i / columns * step_y + picture_line;
    const Rect place{left, top, left + tile.width, top + tile.height};
    draw_picture_line(drawing, {left, top - picture_line},
                      cut_to(longest, layer.title, picture_text, false, face));
    const float maximum = settings.common_scale ? most : own;
    drawing.add(shapes::Picture{place, overlay(tile, heat, maximum, style)});
    if (layer.status != HeatStatus::flowing) {
      draw_picture_label(drawing, place, to_string(layer.status), face);
    } else if (!settings.common_scale) {
      draw_picture_label(drawing, place, amount(own), face);
    }
  }
  return drawing;
}

}  // namespace infoflow
