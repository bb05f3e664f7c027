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
#include <infoflow/io/colour_bar.hpp>
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

/// A word in the lower left corner of a tile that ends above `bottom`.
inline void draw_label(Canvas& canvas, int left, int bottom, const std::string& word) {
  if (word.empty()) return;
  canvas.fill(left, bottom - 20, Canvas::text_width(word) + 4, 20, {255, 255, 255});
  canvas.text(left + 3, bottom - 17, word);
}

}  // namespace detail

/// All layers' heat over the picture, tile by tile, under a caption.
///
/// The caption is wrapped to the width; characters beyond ASCII show as boxes. Layers without heat
/// say why: "no flow" (the gradient is exactly zero) or "clipped" (negative everywhere).
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

  const auto characters =
      static_cast<std::size_t>((settings.width - 2 * gap) / Canvas::text_width("x"));
  const std::vector<std::string> words = wrapped(caption, characters);
  const int line = Canvas::line_height();
  const int head = gap + line * (static_cast<int>(words.size()) + 1) + 2 * gap;
  const int step_x = longest + gap;
  const int step_y = tile.height + line + gap;
  Canvas canvas(settings.width, head + rows * step_y);
  for (std::size_t i = 0; i < words.size(); ++i) {
    canvas.text(gap, gap + static_cast<int>(i) * line, words[i]);
  }
  const auto amount = [&](float value) {
    return short_number(readable_heat(value, settings.kind, layout, tile.width, tile.height));
  };
  const std::string unit(heat_unit(settings.kind));
  draw_colour_bar(canvas, gap, gap + static_cast<int>(words.size()) * line + 6, style,
                  settings.common_scale ? amount(most) + " " + unit + ", the maximum of all layers"
                                        : "each layer's own maximum, on its picture, as " + unit);
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
      label = amount(own);
    }
    detail::draw_label(canvas, left, top + line - 1 + tile.height, label);
  }
  return canvas.image();
}

}  // namespace infoflow
