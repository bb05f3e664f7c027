// SPDX-License-Identifier: MIT
/// \file A figure of one layer's pooled attention with the roles' borders (the paper's Fig. 2B).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <infoflow/attention/attention_map.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/figure/drawing.hpp>
#include <infoflow/figure/figure_caption.hpp>
#include <infoflow/figure/figure_key.hpp>
#include <infoflow/figure/overlay.hpp>
#include <infoflow/figure/role_colour.hpp>
#include <infoflow/picture/fitted_picture.hpp>
#include <infoflow/text/short_text.hpp>

namespace infoflow {

namespace detail {

/// The map as one pixel per cell. Cells without attention (the future, cut tokens) are light grey.
template <ColourMap Map>
[[nodiscard]] RgbImage map_pixels(const HostMatrix& values, double low, double high,
                                  const Map& colours) {
  RgbImage pixels(static_cast<int>(values.cols()), static_cast<int>(values.rows()), 236);
  for (Index y = 0; y < values.rows(); ++y) {
    for (Index x = 0; x < values.cols(); ++x) {
      if (!(values(y, x) > 0)) continue;
      const double position = (std::log10(values(y, x)) - low) / (high - low);
      const Rgb c = colours(static_cast<float>(position));
      std::uint8_t* pixel = pixels.pixel(static_cast<int>(x), static_cast<int>(y));
      pixel[0] = c.r;
      pixel[1] = c.g;
      pixel[2] = c.b;
    }
  }
  return pixels;
}

/// The colours of 0 … 1 from the lower end to the upper.
template <ColourMap Map>
[[nodiscard]] RgbImage colour_column(const Map& colours) {
  RgbImage column(1, 100);
  for (int i = 0; i < column.height; ++i) {
    const Rgb c = colours((static_cast<float>(99 - i) + 0.5F) / 100);
    std::uint8_t* pixel = column.pixel(0, i);
    pixel[0] = c.r;
    pixel[1] = c.g;
    pixel[2] = c.b;
  }
  return column;
}

/// Runs of neighbouring bins of one role: [first bin, behind the last bin).
[[nodiscard]] inline std::vector<Span> role_runs(const std::vector<PositionBin>& bins) {
  std::vector<Span> runs;
  for (Index i = 0; i < static_cast<Index>(bins.size()); ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (i == 0 || bins[at].role != bins[at - 1].role) runs.push_back({i, i});
    runs.back().end = i + 1;
  }
  return runs;
}

}  // namespace detail

/// Queries downwards, keys to the right, pooled bins as equal cells; lines where the role changes.
/// Colours are logarithmic over at most four powers of ten, because a few sinks take most.
/// \throws Error if the map is empty or its bins do not fit its values
template <ColourMap Map = Turbo>
[[nodiscard]] Drawing attention_map_figure(const AttentionMap& map, const FigureCaption& caption,
                                           const Map& colours = {}) {
  const auto bins = static_cast<Index>(map.bins.size());
  if (bins == 0 || map.values.rows() != bins || map.values.cols() != bins) {
    throw Error("an attention map without bins, or with other bins than values",
                "attention_map_figure", "give a map from pool_attention");
  }
  constexpr double side = 560;
  constexpr double left = 110;
  constexpr double top = figure_caption_height + 44;
  constexpr Rgb dark{68, 68, 68};
  Drawing drawing{800, top + side + 58};
  draw_caption(drawing, caption, "Attention of layer " + std::to_string(map.layer));

  const float most = map.values.maxCoeff();
  const double high = most > 0 ? std::log10(most) : 0;
  double low = high - 1;
  for (const float value : map.values.reshaped()) {
    if (value > 0) low = std::min(low, static_cast<double>(std::log10(value)));
  }
  low = std::max(low, high - 4);
  const RgbImage pixels = detail::map_pixels(map.values, low, high, colours);
  drawing.add(shapes::Picture{{left, top, left + side, top + side}, fitted(pixels, 1120)});
  std::vector<Point> frame = corners_of({left, top, left + side, top + side});
  frame.push_back(frame.front());
  drawing.add(shapes::Stroke{std::move(frame), dark});

  const double cell = side / static_cast<double>(bins);
  double label_end_x = 0;
  double label_end_y = 0;
  for (const Span& run : detail::role_runs(map.bins)) {
    const double begin = cell * static_cast<double>(run.begin);
    const double end = cell * static_cast<double>(run.end);
    const PositionBin& first = map.bins[static_cast<std::size_t>(run.begin)];
    const PositionBin& last = map.bins[static_cast<std::size_t>(run.end - 1)];
    const Index tokens = last.span.end - first.span.begin;
    const Rgb colour = role_colour(first.role);
    if (run.begin > 0) {
      constexpr Rgb white{255, 255, 255};
      drawing.add(shapes::Stroke{{{left + begin, top}, {left + begin, top + side}}, white, 1.5});
      drawing.add(shapes::Stroke{{{left, top + begin}, {left + side, top + begin}}, white, 1.5});
    }
    drawing.add(shapes::Area{corners_of({left + begin, top - 8, left + end, top - 2}), colour});
    drawing.add(shapes::Area{corners_of({left - 8, top + begin, left - 2, top + end}), colour});
    const std::string name(to_string(first.role));
    const double half_width = typeface().width(name, 12, true) / 2;
    const double x = std::max((begin + end) / 2, label_end_x + half_width);
    const double y = std::max((begin + end) / 2, label_end_y);
    drawing.add(
        shapes::Words{{left + x, top - 14}, name, 12, colour, shapes::Anchor::middle, true});
    drawing.add(
        shapes::Words{{left - 14, top + y + 1}, name, 12, colour, shapes::Anchor::end, true});
    drawing.add(shapes::Words{{left - 14, top + y + 14},
                              std::to_string(tokens) + (tokens == 1 ? " token" : " tokens"),
                              10,
                              colour,
                              shapes::Anchor::end});
    label_end_x = x + half_width + 6;
    label_end_y = y + 28;
  }
  drawing.add(shapes::Words{{left + side / 2, top + side + 22},
                            "keys: tokens that are read",
                            12,
                            ink::text,
                            shapes::Anchor::middle});
  drawing.add(shapes::Words{{18, top + side / 2},
                            "queries: tokens that read",
                            12,
                            ink::text,
                            shapes::Anchor::middle,
                            false,
                            -90});

  const double bar = left + side + 24;
  drawing.add(shapes::Picture{{bar, top, bar + 16, top + side}, detail::colour_column(colours)});
  for (double power = std::ceil(low); power <= high + 1e-6; power += 1) {
    const double y = top + side * (1 - (power - low) / (high - low));
    drawing.add(shapes::Stroke{{{bar + 16, y}, {bar + 21, y}}, dark});
    const int decimals = std::max(0, static_cast<int>(-2 - power));
    drawing.add(shapes::Words{{bar + 24, y + 4}, percent(std::pow(10.0, power), decimals), 11});
  }
  drawing.add(shapes::Words{{bar - 4, top + side + 22}, "share, log scale", 11});
  return drawing;
}

}  // namespace infoflow
