// SPDX-License-Identifier: MIT
/// \file What stands around a plot: colours, heading, and the key of what its lines mean.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <infoflow/figure/drawing.hpp>
#include <infoflow/figure/fitted_text.hpp>

namespace infoflow {

inline constexpr double figure_width = 1200;  ///< Of the figures of a sweep.

/// Colours that are told apart with any colour vision, from strongest to faintest use.
namespace ink {
inline constexpr Rgb text{34, 34, 34};
inline constexpr Rgb muted{89, 99, 110};
inline constexpr Rgb axis{68, 68, 68};
inline constexpr Rgb grid{222, 226, 230};
inline constexpr Rgb curve{31, 95, 168};
inline constexpr Rgb cliff{200, 80, 0};
// Names are written in them, too: each has 4.5 : 1 on white.
inline constexpr std::array<Rgb, 6> others{{{24, 130, 98},
                                            {117, 90, 179},
                                            {190, 50, 120},
                                            {140, 105, 20},
                                            {0, 126, 155},
                                            {116, 116, 116}}};
}  // namespace ink

/// What stands above a figure; returns the y below it.
inline double draw_heading(Drawing& drawing, std::string_view title,
                           std::span<const std::string> lines) {
  const double room = drawing.width - 48;
  drawing.add(shapes::Words{
      {24, 36}, cut_to(room, title, 21, true), 21, ink::text, shapes::Anchor::start, true});
  double y = 62;
  for (const std::string& line : lines) {
    for (std::string& part : lines_within(room, {&line, 1}, 15, 2)) {
      drawing.add(shapes::Words{{24, y}, std::move(part), 15, ink::muted});
      y += 23;
    }
  }
  return y - 15;
}

/// One entry of a key: how a thing is drawn, its name, and a number to it.
struct KeyEntry {
  shapes::Stroke pen;  ///< Its points are not used.
  bool dots = false;
  double band = 0;  ///< Opacity of the band around the line.
  std::string name;
  std::string detail{};
};

/// Entries below each other from `corner` on; returns the y below the last.
inline double draw_key(Drawing& drawing, Point corner, double width,
                       std::span<const KeyEntry> entries, double pitch = 43) {
  double y = corner.y;
  for (const KeyEntry& entry : entries) {
    if (entry.band > 0) {
      drawing.add(shapes::Area{corners_of({corner.x, y - 11, corner.x + 34, y + 3}),
                               entry.pen.colour, entry.band});
    }
    shapes::Stroke sample = entry.pen;
    sample.points = {{corner.x, y - 4}, {corner.x + 34, y - 4}};
    if (sample.width > 0) drawing.add(std::move(sample));
    if (entry.dots) drawing.add(shapes::Dot{{corner.x + 17, y - 4}, 4, entry.pen.colour});
    const double left = corner.x + 44;
    const double room = width - 44;
    drawing.add(shapes::Words{{left, y + 1},
                              cut_to(room, entry.name, 14, true),
                              14,
                              ink::text,
                              shapes::Anchor::start,
                              true});
    drawing.add(shapes::Words{{left, y + 18}, cut_to(room, entry.detail, 13), 13, ink::muted});
    y += pitch;
  }
  return y;
}

}  // namespace infoflow
