// SPDX-License-Identifier: MIT
/// \file Curves with bands in a plot.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <infoflow/figure/drawing.hpp>
#include <infoflow/figure/plot_axes.hpp>

namespace infoflow {

/// One point of a curve. What is not a number leaves a gap; equal bounds that are none have no
/// band.
struct PlotPoint {
  double x = 0;
  double y = 0;
  double low = std::numeric_limits<double>::quiet_NaN();
  double high = std::numeric_limits<double>::quiet_NaN();
  std::string tip{};
};

namespace detail {

/// The stretches of points without a gap.
template <class Has>
[[nodiscard]] std::vector<std::vector<PlotPoint>> stretches(std::span<const PlotPoint> curve,
                                                            Has has) {
  std::vector<std::vector<PlotPoint>> all(1);
  for (const PlotPoint& p : curve) {
    if (has(p)) {
      all.back().push_back(p);
    } else if (!all.back().empty()) {
      all.emplace_back();
    }
  }
  if (all.back().empty()) all.pop_back();
  return all;
}

}  // namespace detail

/// From each point's low to its high; a lone point has a bar. Law: it holds the curve wherever the
/// intervals hold their values.
inline void draw_band(Drawing& drawing, const PlotAxes& axes, std::span<const PlotPoint> curve,
                      Rgb colour, double opacity = 0.16) {
  const auto bounded = [](const PlotPoint& p) {
    return std::isfinite(p.low) && std::isfinite(p.high);
  };
  for (const auto& part : detail::stretches(curve, bounded)) {
    if (part.size() == 1) {
      const PlotPoint& p = part.front();
      drawing.add(shapes::Stroke{{axes.at(p.x, p.low), axes.at(p.x, p.high)}, colour, 6, {}, 0.3});
      continue;
    }
    std::vector<Point> corners;
    for (const PlotPoint& p : part) corners.push_back(axes.at(p.x, p.high));
    for (auto p = part.rbegin(); p != part.rend(); ++p) corners.push_back(axes.at(p->x, p->low));
    drawing.add(shapes::Area{std::move(corners), colour, opacity});
  }
}

/// A line through the points and, unless `radius` is 0, a dot on each.
inline void draw_curve(Drawing& drawing, const PlotAxes& axes, std::span<const PlotPoint> curve,
                       const shapes::Stroke& pen, double radius) {
  const auto has = [](const PlotPoint& p) { return std::isfinite(p.y); };
  for (const auto& part : detail::stretches(curve, has)) {
    shapes::Stroke line = pen;
    line.points.clear();
    for (const PlotPoint& p : part) line.points.push_back(axes.at(p.x, p.y));
    if (line.points.size() > 1) drawing.add(std::move(line));
    if (radius <= 0 && part.size() > 1) continue;
    for (const PlotPoint& p : part) {
      drawing.add(shapes::Dot{axes.at(p.x, p.y), std::max(radius, 2.0), pen.colour, p.tip});
    }
  }
}

}  // namespace infoflow
