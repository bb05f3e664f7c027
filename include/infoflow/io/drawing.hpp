// SPDX-License-Identifier: MIT
/// \file A drawing as a value: a list of shapes from which an SVG file or pixels are made, so that
/// both show the same.
#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <infoflow/core/preprocessing.hpp>
#include <infoflow/io/colour_map.hpp>
#include <infoflow/io/svg.hpp>

namespace infoflow {

/// A line through points. Coordinates and widths are pixels, y downwards.
struct Stroke {
  std::vector<Point> points;
  Rgb colour{34, 34, 34};
  double width = 1;
  std::vector<double> dash{};  ///< Lengths of dash, gap, dash …; empty: a whole line.
  double opacity = 1;
};

/// A filled polygon. With opacity 0 it shows nothing but its tip.
struct Area {
  std::vector<Point> corners;
  Rgb colour{34, 34, 34};
  double opacity = 1;
  std::string tip{};  ///< Shown by browsers when the pointer rests on the shape; may be empty.
};

/// A filled circle.
struct Dot {
  Point centre;
  double radius = 4;
  Rgb colour{34, 34, 34};
  std::string tip{};
};

enum class Anchor { start, middle, end };

/// One line of text; its start, middle or end stands on the baseline at `at`.
struct Words {
  Point at;
  std::string text;
  double size = 14;
  Rgb colour{34, 34, 34};
  Anchor anchor = Anchor::start;
  bool bold = false;
  double turn = 0;  ///< Degrees, clockwise about `at`.
};

using Shape = std::variant<Stroke, Area, Dot, Words>;

/// Shapes on white, later ones on top.
struct Drawing {
  double width = 0;
  double height = 0;
  std::vector<Shape> shapes{};

  void add(Shape shape) { shapes.push_back(std::move(shape)); }
};

[[nodiscard]] inline std::vector<Point> corners_of(const Rect& r) {
  return {{r.x0, r.y0}, {r.x1, r.y0}, {r.x1, r.y1}, {r.x0, r.y1}};
}

namespace detail {

inline void draw(Svg& svg, const Stroke& stroke) {
  std::string dash;
  for (const double length : stroke.dash) dash += (dash.empty() ? "" : " ") + svg_number(length);
  svg.polyline(stroke.points, {.stroke = svg_colour(stroke.colour),
                               .width = stroke.width,
                               .opacity = stroke.opacity,
                               .dash = dash});
}

inline void draw(Svg& svg, const Area& area) {
  std::string data;
  for (const Point p : area.corners) {
    data += (data.empty() ? "M" : " L") + svg_number(p.x) + ',' + svg_number(p.y);
  }
  svg.path(data + " Z", {.fill = svg_colour(area.colour), .opacity = area.opacity}, area.tip);
}

inline void draw(Svg& svg, const Dot& dot) {
  const std::string r = svg_number(dot.radius);
  const std::string half = "a" + r + ',' + r + " 0 1 0 ";
  const std::string across = svg_number(2 * dot.radius);
  svg.path("M" + svg_number(dot.centre.x - dot.radius) + ',' + svg_number(dot.centre.y) + half +
               across + ",0" + half + '-' + across + ",0 Z",
           {.fill = svg_colour(dot.colour)}, dot.tip);
}

inline void draw(Svg& svg, const Words& words) {
  const char* const anchor = words.anchor == Anchor::start    ? "start"
                             : words.anchor == Anchor::middle ? "middle"
                                                              : "end";
  svg.text(words.at, words.text,
           {.size = words.size,
            .fill = svg_colour(words.colour),
            .anchor = anchor,
            .bold = words.bold,
            .turn = words.turn});
}

}  // namespace detail

/// The drawing as SVG; texts and tips are escaped.
/// \throws Error if a coordinate is not a number
[[nodiscard]] inline Svg svg_of(const Drawing& drawing) {
  Svg svg(drawing.width, drawing.height);
  for (const Shape& shape : drawing.shapes) {
    std::visit([&](const auto& s) { detail::draw(svg, s); }, shape);
  }
  return svg;
}

}  // namespace infoflow
