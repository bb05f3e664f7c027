// SPDX-License-Identifier: MIT
/// \file A drawing as pixels, with smooth edges.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <infoflow/core/error.hpp>
#include <infoflow/core/image.hpp>
#include <infoflow/figure/coverage.hpp>
#include <infoflow/figure/drawing.hpp>
#include <infoflow/figure/pixel_text.hpp>

namespace infoflow {

namespace detail {

/// The points of a line cut into its dashes.
[[nodiscard]] inline std::vector<std::pair<Point, Point>> dashes(const shapes::Stroke& stroke) {
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

inline void draw(RgbImage& picture, double scale, const shapes::Stroke& stroke) {
  if (stroke.points.empty()) return;
  shapes::Stroke large = stroke;
  for (Point& p : large.points) p = {p.x * scale, p.y * scale};
  for (double& length : large.dash) length *= scale;
  const double width = stroke.width * scale;
  Coverage coverage(picture, reach_of({&large.points, 1}, width));
  for (const auto& [a, b] : dashes(large)) coverage.segment(a, b, width);
  coverage.paint(picture, stroke.colour, stroke.opacity);
}

inline void draw(RgbImage& picture, double scale, const shapes::Area& area) {
  if (area.corners.empty() || area.opacity <= 0) return;
  std::vector<Point> corners = area.corners;
  for (Point& p : corners) p = {p.x * scale, p.y * scale};
  Coverage coverage(picture, reach_of({&corners, 1}, 1));
  coverage.fill({&corners, 1});
  coverage.paint(picture, area.colour, area.opacity);
}

inline void draw(RgbImage& picture, double scale, const shapes::Dot& dot) {
  const Point centre{dot.centre.x * scale, dot.centre.y * scale};
  const double width = 2 * dot.radius * scale;
  const std::vector<Point> point{centre};
  Coverage coverage(picture, reach_of({&point, 1}, width));
  coverage.segment(centre, centre, width);
  coverage.paint(picture, dot.colour, 1);
}

inline void draw(RgbImage& picture, double scale, const shapes::Ribbon& ribbon) {
  constexpr int steps = 32;
  const double height = ribbon.height * scale;
  std::vector<Point> upper;
  for (int i = 0; i <= steps; ++i) {
    const double t = static_cast<double>(i) / steps;
    const double rise = t * t * (3 - 2 * t);  // y of the curve that leaves and arrives level
    const double way = t * ((1 - t) * (1 - t) * 1.5 + (1 - t) * t * 1.5 + t * t);
    upper.push_back({scale * (ribbon.from.x + way * (ribbon.to.x - ribbon.from.x)),
                     scale * (ribbon.from.y + rise * (ribbon.to.y - ribbon.from.y))});
  }
  shapes::Area area{upper, ribbon.colour, ribbon.opacity};
  for (auto p = upper.rbegin(); p != upper.rend(); ++p)
    area.corners.push_back({p->x, p->y + height});
  draw(picture, 1, area);
}

inline void draw(RgbImage& picture, double scale, const shapes::Picture& shown) {
  if (shown.pixels.width <= 0 || shown.pixels.height <= 0) return;
  const Rect area{shown.area.x0 * scale, shown.area.y0 * scale, shown.area.x1 * scale,
                  shown.area.y1 * scale};
  const auto pixel = [](double at, int most) {
    return static_cast<int>(std::clamp(std::round(at), 0.0, static_cast<double>(most)));
  };
  const auto source = [](double part, int count) {
    return std::clamp(static_cast<int>(part * count), 0, count - 1);
  };
  for (int y = pixel(area.y0, picture.height); y < pixel(area.y1, picture.height); ++y) {
    const int row = source((y + 0.5 - area.y0) / area.height(), shown.pixels.height);
    for (int x = pixel(area.x0, picture.width); x < pixel(area.x1, picture.width); ++x) {
      const int column = source((x + 0.5 - area.x0) / area.width(), shown.pixels.width);
      std::copy_n(shown.pixels.pixel(column, row), 3, picture.pixel(x, y));
    }
  }
}

}  // namespace detail

/// The drawing in pixels, `scale` of them for each of its units, with text as the typeface draws it.
/// \throws Error if a coordinate is not a number, or the picture has no pixels or over 100
/// megapixels
[[nodiscard]] inline RgbImage raster_of(const Drawing& drawing, double scale = 2,
                                        const Typeface& face = typeface()) {
  const double width = std::round(drawing.width * scale);
  const double height = std::round(drawing.height * scale);
  if (!(width >= 1 && height >= 1 && width * height <= 1e8)) {
    throw Error("a drawing of " + svg_number(width) + " x " + svg_number(height) + " pixels",
                "raster_of", "choose a scale that gives 1 to 100 million pixels");
  }
  RgbImage picture(static_cast<int>(width), static_cast<int>(height), 255);
  for (const shapes::Shape& shape : drawing.shapes) {
    std::visit(
        [&](const auto& s) {
          if constexpr (std::is_same_v<decltype(s), const shapes::Words&>) {
            draw_words(picture, s, scale, face);
          } else {
            detail::draw(picture, scale, s);
          }
        },
        shape);
  }
  return picture;
}

}  // namespace infoflow
