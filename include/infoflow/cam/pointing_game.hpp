// SPDX-License-Identifier: MIT
/// \file The pointing game: does a map's highest place lie on what the question is about?
#pragma once

#include <algorithm>
#include <optional>
#include <span>

#include <infoflow/core/image_layout.hpp>
#include <infoflow/core/painted_heat.hpp>

namespace infoflow {

/// The centre, in source pixels, of the place with the most heat: the token's patch, or for soft
/// layouts the highest pixel of the painted map. The first place wins ties. None if no placed token
/// has positive heat: an empty map points nowhere, which is a miss.
[[nodiscard]] inline std::optional<Point> heat_peak(const ImageLayout& layout,
                                                    const HostVector& heat, HeatKind kind) {
  if (layout.is_soft()) {
    constexpr int side = 64;  // Finer than any patch grid of a resampler in use.
    const PixelHeat picture = paint(layout, heat, kind, Interpolation::nearest, side, side);
    const float* first = picture.values.data();
    const float* highest = std::max_element(first, first + picture.values.size());
    if (*highest <= 0) return std::nullopt;
    const Index x = (highest - first) % side;
    const Index y = (highest - first) / side;
    const Preprocessing& way = layout.preprocessing();
    return Point{(static_cast<double>(x) + 0.5) * way.source_width() / side,
                 (static_cast<double>(y) + 0.5) * way.source_height() / side};
  }
  std::optional<Point> highest;
  float most = 0;
  for (Index t = 0; t < heat.size(); ++t) {
    const std::optional<Rect> place = layout.place(t);
    if (!place || heat[t] <= most) continue;
    most = heat[t];
    highest = place->centre();
  }
  return highest;
}

/// True if `point` lies in one of `boxes` (source pixels).
[[nodiscard]] inline bool is_hit(std::optional<Point> point, std::span<const Rect> boxes) {
  return point && std::any_of(boxes.begin(), boxes.end(),
                              [&](const Rect& box) { return box.contains(*point); });
}

/// The hit rate of a placed token drawn uniformly: what pointing blindly would score. A token of a
/// soft layout points where its own mixture has its peak.
[[nodiscard]] inline double chance_of_hit(const ImageLayout& layout, std::span<const Rect> boxes) {
  Index placed = 0;
  Index inside = 0;
  for (Index t = 0; t < layout.token_count(); ++t) {
    std::optional<Point> point;
    if (layout.is_soft()) {
      HostVector one = HostVector::Zero(layout.token_count());
      one[t] = 1;
      point = heat_peak(layout, one, HeatKind::mass);
    } else if (const std::optional<Rect> place = layout.place(t)) {
      point = place->centre();
    }
    if (!point) continue;
    ++placed;
    inside += is_hit(point, boxes) ? 1 : 0;
  }
  return placed == 0 ? 0.0 : static_cast<double>(inside) / static_cast<double>(placed);
}

}  // namespace infoflow
