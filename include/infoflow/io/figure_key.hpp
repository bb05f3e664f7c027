// SPDX-License-Identifier: MIT
/// \file What stands around a plot: colours, heading, and the key of what its lines mean.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <infoflow/io/drawing.hpp>
#include <infoflow/io/short_text.hpp>

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
inline constexpr std::array<Rgb, 6> others{{{27, 138, 104},
                                            {117, 90, 179},
                                            {190, 50, 120},
                                            {140, 105, 20},
                                            {0, 130, 160},
                                            {120, 120, 120}}};
}  // namespace ink

/// About how many characters have room; the pixel font, the wider of the two, sets the measure.
[[nodiscard]] inline std::size_t characters_in(double width, double size) {
  return static_cast<std::size_t>(std::max(1.0, width / (0.63 * size)));
}

/// The text on lines of at most `most` characters, broken at spaces where there are some; what does
/// not fit on two lines is cut.
[[nodiscard]] inline std::vector<std::string> on_two_lines(std::string_view text,
                                                           std::size_t most) {
  const std::string first = shortened(text, most);
  if (first == shortened(text, text.size() + 1)) return {first};
  const std::size_t space = first.rfind(' ');
  const std::size_t end = space != std::string::npos && space > first.size() / 2
                              ? space
                              : first.size() - std::string_view("…").size();
  return {first.substr(0, end), shortened(text.substr(end + (text[end] == ' ' ? 1 : 0)), most)};
}

/// What stands above a figure; returns the y below it.
inline double draw_heading(Drawing& drawing, std::string_view title,
                           std::span<const std::string> lines) {
  const double room = drawing.width - 48;
  drawing.add(Words{
      {24, 36}, shortened(title, characters_in(room, 21)), 21, ink::text, Anchor::start, true});
  double y = 62;
  for (const std::string& line : lines) {
    for (std::string& part : on_two_lines(line, characters_in(room, 15))) {
      drawing.add(Words{{24, y}, std::move(part), 15, ink::muted});
      y += 23;
    }
  }
  return y - 15;
}

/// One entry of a key: how a thing is drawn, its name, and a number to it.
struct KeyEntry {
  Stroke pen;  ///< Its points are not used.
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
      drawing.add(
          Area{corners_of({corner.x, y - 11, corner.x + 34, y + 3}), entry.pen.colour, entry.band});
    }
    Stroke sample = entry.pen;
    sample.points = {{corner.x, y - 4}, {corner.x + 34, y - 4}};
    if (sample.width > 0) drawing.add(std::move(sample));
    if (entry.dots) drawing.add(Dot{{corner.x + 17, y - 4}, 4, entry.pen.colour});
    const double left = corner.x + 44;
    const double room = width - 44;
    drawing.add(Words{{left, y + 1},
                      shortened(entry.name, characters_in(room, 14)),
                      14,
                      ink::text,
                      Anchor::start,
                      true});
    drawing.add(
        Words{{left, y + 18}, shortened(entry.detail, characters_in(room, 13)), 13, ink::muted});
    y += pitch;
  }
  return y;
}

}  // namespace infoflow
