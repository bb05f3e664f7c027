// SPDX-License-Identifier: MIT
/// \file The outline of a box on a drawn picture.
#pragma once

#include <utility>
#include <vector>

#include <infoflow/core/image.hpp>
#include <infoflow/core/preprocessing.hpp>
#include <infoflow/figure/drawing.hpp>

namespace infoflow {

/// The part of a box, which is in the picture's pixels, that lies on the picture: white on black, so
/// that it is seen on every colour of heat. Nothing if no part does.
/// \param place  where the picture is drawn
inline void draw_outline(Drawing& drawing, const Rect& place, const RgbImage& picture,
                         const Rect& box) {
  const double across = place.width() / picture.width;
  const double down = place.height() / picture.height;
  const Rect line = intersection(place, {place.x0 + box.x0 * across, place.y0 + box.y0 * down,
                                         place.x0 + box.x1 * across, place.y0 + box.y1 * down});
  if (line.empty()) return;
  std::vector<Point> corners = corners_of(line);
  corners.push_back(corners.front());
  drawing.add(shapes::Stroke{corners, Rgb{0, 0, 0}, 4});
  drawing.add(shapes::Stroke{std::move(corners), Rgb{255, 255, 255}, 2});
}

}  // namespace infoflow
