// SPDX-License-Identifier: MIT
/// \file A drawing of lines, shapes and text as an SVG file.
#pragma once

#include <array>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <infoflow/core/error.hpp>
#include <infoflow/core/preprocessing.hpp>
#include <infoflow/figure/colour_map.hpp>
#include <infoflow/files/atomic_file.hpp>
#include <infoflow/text/escape.hpp>

namespace infoflow {

/// A coordinate: at most two decimals, no trailing zeros, independent of locale.
/// \throws Error if it is infinite or not a number, which would spoil the whole drawing
[[nodiscard]] inline std::string svg_number(double x) {
  if (!std::isfinite(x)) {
    throw Error("a drawing with a coordinate that is not a number", "svg", "check the data drawn");
  }
  std::array<char, 400> buffer{};
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), x, std::chars_format::fixed, 2);
  std::string_view text(buffer.data(), static_cast<std::size_t>(end.ptr - buffer.data()));
  while (text.back() == '0') text.remove_suffix(1);
  if (text.back() == '.') text.remove_suffix(1);
  return text == "-0" ? "0" : std::string(text);
}

/// "#rrggbb"
[[nodiscard]] inline std::string svg_colour(Rgb c) {
  constexpr std::string_view digit = "0123456789abcdef";
  std::string text = "#";
  for (const std::uint8_t v : {c.r, c.g, c.b}) {
    text += digit[v >> 4];
    text += digit[v & 15];
  }
  return text;
}

/// How a shape looks.
struct SvgStyle {
  std::string fill = "none";
  std::string stroke = "none";
  double width = 1;  ///< Of the stroke, in pixels.
  double opacity = 1;
  std::string dash{};  ///< Lengths of dashes and gaps: "4 2".
};

/// How a text looks.
struct SvgText {
  double size = 12;
  std::string fill = "#222222";
  std::string anchor = "start";  ///< "start", "middle" or "end" of the text stands at the point.
  bool bold = false;
  double turn = 0;  ///< Degrees, clockwise about the point.
};

/// Elements are drawn in the order in which they are added, later ones on top. Coordinates are
/// pixels, y downwards. Text, titles and attributes are escaped.
class Svg {
 public:
  Svg(double width, double height) : width_(width), height_(height) {
    rect({0, 0, width, height}, {.fill = "#ffffff"});
  }

  [[nodiscard]] double width() const { return width_; }
  [[nodiscard]] double height() const { return height_; }

  void line(Point from, Point to, const SvgStyle& style) {
    body_ += "<line" + at("x1", from.x) + at("y1", from.y) + at("x2", to.x) + at("y2", to.y) +
             look(style) + "/>\n";
  }

  /// \param tip  shown by browsers when the pointer rests on the shape; may be empty
  void rect(const Rect& r, const SvgStyle& style, std::string_view tip = {}) {
    body_ += "<rect" + at("x", r.x0) + at("y", r.y0) + at("width", r.width()) +
             at("height", r.height()) + look(style) + close("rect", tip);
  }

  void polyline(std::span<const Point> points, const SvgStyle& style) {
    body_ += "<polyline points=\"";
    for (std::size_t i = 0; i < points.size(); ++i) {
      if (i > 0) body_ += ' ';
      body_ += svg_number(points[i].x) + ',' + svg_number(points[i].y);
    }
    body_ += '"' + look(style) + "/>\n";
  }

  /// \param data  SVG path commands, of the caller's own making: "M0,0 L10,10 Z"
  void path(std::string_view data, const SvgStyle& style, std::string_view tip = {}) {
    body_ += "<path d=\"" + escape_markup(data) + '"' + look(style) + close("path", tip);
  }

  void text(Point p, std::string_view words, const SvgText& style = {}) {
    body_ += "<text" + at("x", p.x) + at("y", p.y) + at("font-size", style.size) +
             word("fill", style.fill);
    if (style.anchor != "start") body_ += word("text-anchor", style.anchor);
    if (style.bold) body_ += word("font-weight", "bold");
    if (style.turn != 0) {
      body_ += word("transform", "rotate(" + svg_number(style.turn) + ' ' + svg_number(p.x) + ' ' +
                                     svg_number(p.y) + ')');
    }
    body_ += " xml:space=\"preserve\">" + escape_markup(words) + "</text>\n";
  }

  /// A picture stretched over `r`, its pixels with sharp edges.
  /// \param url  such as a data: URL
  void picture(const Rect& r, std::string_view url) {
    body_ += "<image" + at("x", r.x0) + at("y", r.y0) + at("width", r.width()) +
             at("height", r.height()) +
             " preserveAspectRatio=\"none\" style=\"image-rendering:pixelated\"" +
             word("href", url) + "/>\n";
  }

  /// Everything that `draw` adds, moved by `offset`.
  template <class Draw>
  void group(Point offset, Draw&& draw) {
    body_ +=
        "<g transform=\"translate(" + svg_number(offset.x) + ' ' + svg_number(offset.y) + ")\">\n";
    std::forward<Draw>(draw)(*this);
    body_ += "</g>\n";
  }

  /// The whole document; it may also stand inside an HTML page.
  [[nodiscard]] std::string str() const {
    const std::string w = svg_number(width_);
    const std::string h = svg_number(height_);
    return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + w + "\" height=\"" + h +
           "\" viewBox=\"0 0 " + w + ' ' + h + "\" font-family=\"DejaVu Sans, sans-serif\">\n" +
           body_ + "</svg>\n";
  }

  /// \throws Error if the file cannot be written
  void write(const std::filesystem::path& path) const { write_file(path, str()); }

 private:
  static std::string word(std::string_view name, std::string_view value) {
    return ' ' + std::string(name) + "=\"" + escape_markup(value) + '"';
  }
  static std::string at(std::string_view name, double x) { return word(name, svg_number(x)); }

  static std::string look(const SvgStyle& style) {
    std::string text = word("fill", style.fill);
    if (style.stroke != "none") {
      text += word("stroke", style.stroke) + at("stroke-width", style.width);
    }
    if (style.opacity != 1) text += at("opacity", style.opacity);
    if (!style.dash.empty()) text += word("stroke-dasharray", style.dash);
    return text;
  }

  static std::string close(std::string_view element, std::string_view tip) {
    if (tip.empty()) return "/>\n";
    return "><title>" + escape_markup(tip) + "</title></" + std::string(element) + ">\n";
  }

  double width_;
  double height_;
  std::string body_;
};

}  // namespace infoflow
