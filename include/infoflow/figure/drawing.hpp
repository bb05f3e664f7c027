// SPDX-License-Identifier: MIT
/// \file A drawing as a value: a list of shapes from which an SVG file or pixels are made, so that
/// both show the same.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <infoflow/core/image.hpp>
#include <infoflow/core/preprocessing.hpp>
#include <infoflow/figure/colour_map.hpp>
#include <infoflow/figure/svg.hpp>
#include <infoflow/files/base64.hpp>
#include <infoflow/picture/write_png.hpp>

namespace infoflow {

/// What a drawing is made of.
namespace shapes {

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

/// A ribbon of one height from a place at the left to one at the right, level at both ends.
struct Ribbon {
  Point from;  ///< Its upper corner at the left.
  Point to;    ///< Its upper corner at the right.
  double height = 1;
  Rgb colour{34, 34, 34};
  double opacity = 1;
  std::string tip{};
};

/// A picture stretched over a rectangle, its pixels with sharp edges.
struct Picture {
  Rect area;
  RgbImage pixels;
};

using Shape = std::variant<Stroke, Area, Dot, Words, Ribbon, Picture>;

}  // namespace shapes

/// Shapes on white, later ones on top.
struct Drawing {
  double width = 0;
  double height = 0;
  std::vector<shapes::Shape> shapes{};

  void add(shapes::Shape shape) { shapes.push_back(std::move(shape)); }
};

[[nodiscard]] inline std::vector<Point> corners_of(const Rect& r) {
  return {{r.x0, r.y0}, {r.x1, r.y0}, {r.x1, r.y1}, {r.x0, r.y1}};
}

/// The texts of a drawing, in the order of its shapes.
[[nodiscard]] inline std::vector<std::string_view> words_of(const Drawing& drawing) {
  std::vector<std::string_view> texts;
  for (const shapes::Shape& shape : drawing.shapes) {
    if (const auto* words = std::get_if<shapes::Words>(&shape)) texts.push_back(words->text);
  }
  return texts;
}

namespace detail {

inline void draw(Svg& svg, const shapes::Stroke& stroke) {
  std::string dash;
  for (const double length : stroke.dash) dash += (dash.empty() ? "" : " ") + svg_number(length);
  svg.polyline(stroke.points, {.stroke = svg_colour(stroke.colour),
                               .width = stroke.width,
                               .opacity = stroke.opacity,
                               .dash = dash});
}

inline void draw(Svg& svg, const shapes::Area& area) {
  std::string data;
  for (const Point p : area.corners) {
    data += (data.empty() ? "M" : " L") + svg_number(p.x) + ',' + svg_number(p.y);
  }
  svg.path(data + " Z", {.fill = svg_colour(area.colour), .opacity = area.opacity}, area.tip);
}

inline void draw(Svg& svg, const shapes::Dot& dot) {
  const std::string r = svg_number(dot.radius);
  const std::string half = "a" + r + ',' + r + " 0 1 0 ";
  const std::string across = svg_number(2 * dot.radius);
  svg.path("M" + svg_number(dot.centre.x - dot.radius) + ',' + svg_number(dot.centre.y) + half +
               across + ",0" + half + '-' + across + ",0 Z",
           {.fill = svg_colour(dot.colour)}, dot.tip);
}

inline void draw(Svg& svg, const shapes::Words& words) {
  const char* const anchor = words.anchor == shapes::Anchor::start    ? "start"
                             : words.anchor == shapes::Anchor::middle ? "middle"
                                                                      : "end";
  svg.text(words.at, words.text,
           {.size = words.size,
            .fill = svg_colour(words.colour),
            .anchor = anchor,
            .bold = words.bold,
            .turn = words.turn});
}

inline void draw(Svg& svg, const shapes::Ribbon& r) {
  const auto n = [](double v) { return svg_number(v) + ' '; };
  const double middle = (r.from.x + r.to.x) / 2;
  const double left = r.from.y + r.height;
  const double right = r.to.y + r.height;
  svg.path("M" + n(r.from.x) + n(r.from.y) + "C" + n(middle) + n(r.from.y) + n(middle) + n(r.to.y) +
               n(r.to.x) + n(r.to.y) + "L" + n(r.to.x) + n(right) + "C" + n(middle) + n(right) +
               n(middle) + n(left) + n(r.from.x) + n(left) + "Z",
           {.fill = svg_colour(r.colour), .opacity = r.opacity}, r.tip);
}

inline void draw(Svg& svg, const shapes::Picture& picture) {
  svg.picture(picture.area, "data:image/png;base64," + base64(encode_png(picture.pixels)));
}

}  // namespace detail

/// The drawing as SVG; texts and tips are escaped.
/// \throws Error if a coordinate is not a number, or a picture has no pixels
[[nodiscard]] inline Svg svg_of(const Drawing& drawing) {
  Svg svg(drawing.width, drawing.height);
  for (const shapes::Shape& shape : drawing.shapes) {
    std::visit([&](const auto& s) { detail::draw(svg, s); }, shape);
  }
  return svg;
}

}  // namespace infoflow
