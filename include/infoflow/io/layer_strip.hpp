// SPDX-License-Identifier: MIT
/// \file One picture that shows the heat of all layers, with a colour bar and a caption.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include <infoflow/cam/heat_average.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/io/canvas.hpp>
#include <infoflow/io/fitted_picture.hpp>
#include <infoflow/io/overlay.hpp>
#include <infoflow/io/short_text.hpp>

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

namespace detail {

/// The colours from 0 to `high` from left to right, as they look over white or in full.
template <ColourMap Map>
void draw_colour_bar(Canvas& canvas, int left, int top, int width, const Map& colours,
                     const std::string& high) {
  constexpr int height = 16;
  canvas.fill(left - 1, top - 1, width + 2, height + 2, {120, 120, 120});
  for (int x = 0; x < width; ++x) {
    const float value = static_cast<float>(x) / static_cast<float>(std::max(width - 1, 1));
    canvas.fill(left + x, top, 1, height, colours(value));
  }
  canvas.text(left - Canvas::text_width("0 "), top - 1, "0");
  canvas.text(left + width + 8, top - 1, high);
}

/// A word in the lower left corner of a tile that ends above `bottom`.
inline void draw_label(Canvas& canvas, int left, int bottom, const std::string& word) {
  if (word.empty()) return;
  canvas.fill(left, bottom - 20, Canvas::text_width(word) + 4, 20, {255, 255, 255});
  canvas.text(left + 3, bottom - 17, word);
}

}  // namespace detail

/// All layers' heat over the picture, tile by tile, under a caption.
///
/// The caption's lines are cut to the width; characters beyond ASCII show as boxes. Layers without
/// heat say why: "no flow" (the gradient is exactly zero) or "clipped" (negative everywhere).
/// \throws Error if there is no layer, the picture has no pixels, or a heat has another length than
///         the layout
template <ColourMap Map = Turbo>
[[nodiscard]] RgbImage layer_strip(const RgbImage& picture, const ImageLayout& layout,
                                   std::span<const LayerHeat> layers,
                                   std::span<const std::string> caption,
                                   const StripSettings& settings = {},
                                   const OverlayStyle<Map>& style = {}) {
  if (layers.empty() || picture.width <= 0 || picture.height <= 0) {
    throw Error("a strip without layers or without a picture", "layer_strip",
                "give at least one layer's heat and a picture");
  }
  constexpr int gap = 10;
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
        layout.paint(layer.heat, settings.kind, style.between, tile.width, tile.height));
    most = std::max(most, painted.back().values.maxCoeff());
  }

  const int line = Canvas::line_height();
  const int head = gap + line * (static_cast<int>(caption.size()) + 1) + 2 * gap;
  const int step_x = longest + gap;
  const int step_y = tile.height + line + gap;
  Canvas canvas(settings.width, head + rows * step_y);
  const auto characters =
      static_cast<std::size_t>((settings.width - 2 * gap) / Canvas::text_width("x"));
  for (std::size_t i = 0; i < caption.size(); ++i) {
    canvas.text(gap, gap + static_cast<int>(i) * line, shortened(caption[i], characters));
  }
  const int bar_top = gap + static_cast<int>(caption.size()) * line + 6;
  detail::draw_colour_bar(
      canvas, gap + Canvas::text_width("0 "), bar_top, 240, style.colours,
      settings.common_scale ? short_number(most) + ", the maximum of all layers"
                            : std::string("each layer's own maximum"));
  for (int i = 0; i < count; ++i) {
    const LayerHeat& layer = layers[static_cast<std::size_t>(i)];
    const PixelHeat& heat = painted[static_cast<std::size_t>(i)];
    const float own = heat.values.maxCoeff();
    const int left = gap + i % columns * step_x;
    const int top = head + i / columns * step_y;
    canvas.text(left, top, layer.title);
    const float maximum = settings.common_scale ? most : own;
    canvas.paste(overlay(tile, heat, maximum, style), left, top + line - 1);
    std::string label;
    if (layer.status != HeatStatus::flowing) {
      label = to_string(layer.status);
    } else if (!settings.common_scale) {
      label = short_number(own);
    }
    detail::draw_label(canvas, left, top + line - 1 + tile.height, label);
  }
  return canvas.image();
}

}  // namespace infoflow
