// SPDX-License-Identifier: MIT
/// \file A figure of how much attention each role gets, layer by layer (the paper's Fig. 2A).
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include <infoflow/core/error.hpp>
#include <infoflow/core/tensor_ops.hpp>
#include <infoflow/io/figure_parts.hpp>

namespace infoflow {

/// One line per role over the layers.
/// \param shares  [layers, 4 roles], from layer 0; each row sums to 1 (LayerAttention::mean_shares)
/// \throws Error if there are no layers, not four columns, or a share is not a number in [0, 1]
[[nodiscard]] inline Svg shares_figure(const HostMatrix& shares, const FigureCaption& caption) {
  const bool four = shares.cols() == static_cast<Index>(role_count) && shares.rows() > 0;
  if (!four || !(shares.array() >= -1e-4F && shares.array() <= 1.0001F).all()) {
    throw Error("shares that are not [layers, 4] numbers in [0, 1]", "shares_figure",
                "give one row per layer and one column per role");
  }
  constexpr double left = 64;
  constexpr double right = 720;
  constexpr double top = detail::caption_height + 14;
  constexpr double bottom = 430;
  Svg svg(860, 484);
  detail::draw_caption(svg, caption, "Where the answer's attention goes, by role");

  const Index layers = shares.rows();
  const double last = static_cast<double>(std::max<Index>(layers - 1, 1));
  const auto at = [&](double layer, double share) {
    return Point{left + (right - left) * layer / last, bottom - (bottom - top) * share};
  };
  for (int tenth = 0; tenth <= 10; tenth += 2) {
    const Point p = at(0, tenth / 10.0);
    svg.line(p, {right, p.y}, {.stroke = tenth == 0 ? "#444444" : "#dddddd"});
    svg.text({left - 8, p.y + 4}, std::to_string(10 * tenth) + " %", {.anchor = "end"});
  }
  const double step = std::max(1.0, detail::round_step(last, 16));
  for (double layer = 0; layer <= static_cast<double>(layers - 1); layer += step) {
    const Point p = at(layer, 0);
    svg.line(p, {p.x, p.y + 5}, {.stroke = "#444444"});
    svg.text({p.x, p.y + 20}, std::to_string(std::lround(layer)), {.anchor = "middle"});
  }
  svg.text({(left + right) / 2, bottom + 42}, "layer (counted from 0)", {.anchor = "middle"});
  svg.text({16, (top + bottom) / 2}, "share of attention", {.anchor = "middle", .turn = -90});

  std::array<std::size_t, role_count> by_height{0, 1, 2, 3};
  const auto end_of = [&](std::size_t role) {
    return shares(layers - 1, static_cast<Index>(role));
  };
  std::stable_sort(by_height.begin(), by_height.end(),
                   [&](std::size_t a, std::size_t b) { return end_of(a) > end_of(b); });
  std::vector<double> labels;
  for (const std::size_t role : by_height) labels.push_back(at(last, end_of(role)).y);
  labels = detail::spread_labels(std::move(labels), 32, bottom - 8);

  for (std::size_t i = 0; i < role_count; ++i) {
    const std::size_t role = by_height[i];
    const std::string colour = svg_colour(role_colour(static_cast<Role>(role)));
    std::vector<Point> points;
    for (Index l = 0; l < layers; ++l) {
      points.push_back(at(static_cast<double>(l), shares(l, static_cast<Index>(role))));
    }
    svg.polyline(points, {.stroke = colour, .width = 2.5});
    for (Index l = 0; l < layers; ++l) {
      const Point p = points[static_cast<std::size_t>(l)];
      svg.rect({p.x - 2.5, p.y - 2.5, p.x + 2.5, p.y + 2.5}, {.fill = colour},
               std::string(role_names[role]) + ", layer " + std::to_string(l) + ": " +
                   percent(shares(l, static_cast<Index>(role))));
    }
    const Point end = points.back();
    svg.line({end.x + 5, end.y}, {right + 16, labels[i]}, {.stroke = colour, .opacity = 0.5});
    svg.text({right + 20, labels[i] + 1}, role_names[role],
             {.size = 13, .fill = colour, .bold = true});
    svg.text({right + 20, labels[i] + 14},
             "mean " + percent(shares.col(static_cast<Index>(role)).mean()),
             {.size = 11, .fill = colour});
  }
  return svg;
}

}  // namespace infoflow
