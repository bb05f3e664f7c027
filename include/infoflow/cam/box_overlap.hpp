// SPDX-License-Identifier: MIT
/// \file How well boxes that a model names lie on the boxes asked for, and on the heat.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include <infoflow/cam/pointing_game.hpp>
#include <infoflow/core/image_layout.hpp>
#include <infoflow/core/painted_heat.hpp>

namespace infoflow {

namespace detail {

/// The borders of all boxes along one axis, in order.
[[nodiscard]] inline std::vector<double> borders(std::span<const Rect> some,
                                                 std::span<const Rect> others, double Rect::* low,
                                                 double Rect::* high) {
  std::vector<double> borders;
  for (const std::span<const Rect> boxes : {some, others}) {
    for (const Rect& box : boxes) {
      borders.push_back(box.*low);
      borders.push_back(box.*high);
    }
  }
  std::sort(borders.begin(), borders.end());
  return borders;
}

}  // namespace detail

/// The area that lies in a box of both sides over the area that lies in a box of either: for one box on
/// each side their IoU. 0 if no box has an area.
[[nodiscard]] inline double intersection_over_union(std::span<const Rect> some,
                                                    std::span<const Rect> others) {
  const std::vector<double> xs = detail::borders(some, others, &Rect::x0, &Rect::x1);
  const std::vector<double> ys = detail::borders(some, others, &Rect::y0, &Rect::y1);
  double both = 0;
  double either = 0;
  for (std::size_t i = 1; i < xs.size(); ++i) {
    for (std::size_t j = 1; j < ys.size(); ++j) {
      const Rect cell{xs[i - 1], ys[j - 1], xs[i], ys[j]};
      if (cell.empty()) continue;
      const bool first = is_hit(cell.centre(), some);
      const bool second = is_hit(cell.centre(), others);
      const double area = cell.width() * cell.height();
      both += first && second ? area : 0;
      either += first || second ? area : 0;
    }
  }
  return either > 0 ? both / either : 0;
}

/// The share of a map that lies in the boxes, which are in source pixels: of its painted values, those on a
/// raster of 128 × 128 pixels whose centres a box holds. None for an empty map.
/// \throws Error if `heat` has another length than the layout
[[nodiscard]] inline std::optional<double> share_inside(const ImageLayout& layout,
                                                        const HostVector& heat, HeatKind kind,
                                                        std::span<const Rect> boxes) {
  constexpr int side = 128;
  const PixelHeat picture = paint(layout, heat, kind, Interpolation::nearest, side, side);
  const Preprocessing& way = layout.preprocessing();
  double all = 0;
  double inside = 0;
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      const Point centre{(x + 0.5) * way.source_width() / side,
                         (y + 0.5) * way.source_height() / side};
      all += picture.values(y, x);
      if (is_hit(centre, boxes)) inside += picture.values(y, x);
    }
  }
  if (!(all > 0)) return std::nullopt;
  return inside / all;
}

}  // namespace infoflow
