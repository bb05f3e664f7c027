// SPDX-License-Identifier: MIT
/// \file A drawing as pixels, with smooth edges.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <infoflow/core/error.hpp>
#include <infoflow/core/image.hpp>
#include <infoflow/io/coverage.hpp>
#include <infoflow/io/drawing.hpp>
#include <infoflow/io/pixel_font.hpp>

namespace infoflow {

namespace detail {

/// The figures' own signs that the pixel font lacks, spelt with those that it has.
[[nodiscard]] inline std::string plain_signs(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 8> signs{{{"…", "..."},
                                                                                {"·", "|"},
                                                                                {"−", "-"},
                                                                                {"–", "-"},
                                                                                {"≥", ">="},
                                                                                {"≤", "<="},
                                                                                {"×", "x"},
                                                                                {"→", "->"}}};
  std::string plain;
  for (std::size_t at = 0; at < text.size();) {
    const auto* const sign = std::find_if(signs.begin(), signs.end(), [&](const auto& s) {
      return text.substr(at).starts_with(s.first);
    });
    if (sign != signs.end()) {
      plain += sign->second;
      at += sign->first.size();
    } else {
      plain += text[at++];
    }
  }
  return plain;
}

/// The lines that a glyph's pixels form, in units of its pixels: neighbours are joined, so that it
/// can be drawn smoothly at any size and angle.
[[nodiscard]] inline std::vector<std::pair<Point, Point>> glyph_lines(const Glyph& glyph) {
  const auto set = [&](int column, int row) {
    return column >= 0 && column < 5 && row < 9 &&
           (glyph[static_cast<std::size_t>(row)] >> (4 - column) & 1) != 0;
  };
  std::vector<std::pair<Point, Point>> lines;
  for (int row = 0; row < 9; ++row) {
    for (int column = 0; column < 5; ++column) {
      if (!set(column, row)) continue;
      const auto join = [&](int c, int r) {
        lines.push_back({{column + 0.5, row + 0.5}, {c + 0.5, r + 0.5}});
      };
      const bool below = set(column, row + 1);
      const bool right = set(column + 1, row);
      join(column, row);
      if (below) join(column, row + 1);
      if (right) join(column + 1, row);
      if (!below && !right && set(column + 1, row + 1)) join(column + 1, row + 1);
      if (!below && !set(column - 1, row) && set(column - 1, row + 1)) join(column - 1, row + 1);
    }
  }
  return lines;
}

inline constexpr double glyph_pixel = 0.105;  ///< Of the font's size: capitals are 0.73 high.

[[nodiscard]] inline Rect reach_of(const std::vector<Point>& points, double beyond) {
  Rect reach{points.front().x, points.front().y, points.front().x, points.front().y};
  for (const Point p : points) {
    reach = {std::min(reach.x0, p.x), std::min(reach.y0, p.y), std::max(reach.x1, p.x),
             std::max(reach.y1, p.y)};
  }
  return {reach.x0 - beyond, reach.y0 - beyond, reach.x1 + beyond, reach.y1 + beyond};
}

/// The points of a line cut into its dashes.
[[nodiscard]] inline std::vector<std::pair<Point, Point>> dashes(const Stroke& stroke) {
  std::vector<std::pair<Point, Point>> lines;
  std::size_t part = 0;
  double left = stroke.dash.empty() ? 0 : stroke.dash[0];
  for (std::size_t i = 0; i + 1 < stroke.points.size(); ++i) {
    const Point a = stroke.points[i];
    const Point b = stroke.points[i + 1];
    const double length = std::hypot(b.x - a.x, b.y - a.y);
    const auto at = [&](double way) {
      return Point{a.x + (b.x - a.x) * way / length, a.y + (b.y - a.y) * way / length};
    };
    if (stroke.dash.empty() || !(length > 0)) {
      lines.emplace_back(a, b);
      continue;
    }
    for (double from = 0; from < length;) {
      const double to = std::min(length, from + left);
      if (part % 2 == 0) lines.emplace_back(at(from), at(to));
      left -= to - from;
      from = to;
      if (left <= 0) left = std::max(0.1, stroke.dash[++part % stroke.dash.size()]);
    }
  }
  return lines;
}

inline void draw(RgbImage& picture, double scale, const Stroke& stroke) {
  if (stroke.points.empty()) return;
  Stroke large = stroke;
  for (Point& p : large.points) p = {p.x * scale, p.y * scale};
  for (double& length : large.dash) length *= scale;
  const double width = stroke.width * scale;
  Coverage coverage(picture, reach_of(large.points, width));
  for (const auto& [a, b] : dashes(large)) coverage.segment(a, b, width);
  coverage.paint(picture, stroke.colour, stroke.opacity);
}

inline void draw(RgbImage& picture, double scale, const Area& area) {
  if (area.corners.empty() || area.opacity <= 0) return;
  std::vector<Point> corners = area.corners;
  for (Point& p : corners) p = {p.x * scale, p.y * scale};
  Coverage coverage(picture, reach_of(corners, 1));
  coverage.polygon(corners);
  coverage.paint(picture, area.colour, area.opacity);
}

inline void draw(RgbImage& picture, double scale, const Dot& dot) {
  const Point centre{dot.centre.x * scale, dot.centre.y * scale};
  const double width = 2 * dot.radius * scale;
  Coverage coverage(picture, reach_of({centre}, width));
  coverage.segment(centre, centre, width);
  coverage.paint(picture, dot.colour, 1);
}

inline void draw(RgbImage& picture, double scale, const Words& words) {
  const std::string text = plain_signs(words.text);
  const double pixel = glyph_pixel * words.size * scale;
  const double length = glyph_count(text) * glyph_advance * pixel;
  const double shift = words.anchor == Anchor::start    ? 0
                       : words.anchor == Anchor::middle ? -length / 2
                                                        : -length;
  const double angle = words.turn * std::acos(-1.0) / 180;
  double begin = shift;
  const auto place = [&](Point p) {  // from pixels of the glyph, whose baseline is below row 6
    const Point flat{begin + p.x * pixel, (p.y - 7) * pixel};
    return Point{words.at.x * scale + flat.x * std::cos(angle) - flat.y * std::sin(angle),
                 words.at.y * scale + flat.x * std::sin(angle) + flat.y * std::cos(angle)};
  };
  for (std::size_t at = 0; at < text.size(); begin += glyph_advance * pixel) {
    const Glyph& glyph = next_glyph(text, at);
    Coverage coverage(
        picture, reach_of({place({0, 0}), place({5, 0}), place({0, 9}), place({5, 9})}, pixel));
    for (const auto& [a, b] : glyph_lines(glyph)) {
      coverage.segment(place(a), place(b), pixel * (words.bold ? 1.5 : 1.0));
    }
    coverage.paint(picture, words.colour, 1);
  }
}

}  // namespace detail

/// The drawing in pixels, `scale` of them for each of its units. Characters beyond ASCII are boxes.
/// \throws Error if a coordinate is not a number, or the picture has no pixels or over 100
/// megapixels
[[nodiscard]] inline RgbImage raster_of(const Drawing& drawing, double scale = 2) {
  const double width = std::round(drawing.width * scale);
  const double height = std::round(drawing.height * scale);
  if (!(width >= 1 && height >= 1 && width * height <= 1e8)) {
    throw Error("a drawing of " + svg_number(width) + " x " + svg_number(height) + " pixels",
                "raster_of", "choose a scale that gives 1 to 100 million pixels");
  }
  RgbImage picture(static_cast<int>(width), static_cast<int>(height), 255);
  for (const Shape& shape : drawing.shapes) {
    std::visit([&](const auto& s) { detail::draw(picture, scale, s); }, shape);
  }
  return picture;
}

}  // namespace infoflow
