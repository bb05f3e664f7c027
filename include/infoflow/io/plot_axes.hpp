// SPDX-License-Identifier: MIT
/// \file Axes of a plot, and curves with bands.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <infoflow/io/drawing.hpp>
#include <infoflow/io/figure_key.hpp>
#include <infoflow/io/figure_parts.hpp>
#include <infoflow/io/short_text.hpp>

namespace infoflow {

/// How numbers of an axis are written.
enum class Unit { share, plain };

[[nodiscard]] inline std::string in_unit(double value, Unit unit) {
  return unit == Unit::share ? percent(value) : short_number(value);
}

/// A range of numbers that grows by what it must hold; what is not a number is passed over.
struct PlotRange {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void hold(double value) {
    if (!std::isfinite(value)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  }

  /// A little wider, so that nothing lies on the frame. Shares in [0, 1] are given so little beyond
  /// it that no number stands there.
  [[nodiscard]] PlotRange padded(Unit unit) const {
    const PlotRange held = low <= high ? *this : PlotRange{0, 1};
    const double least = unit == Unit::share ? 0.02 : std::max(1e-9, std::abs(held.high) / 10);
    const double pad = std::max(0.06 * (held.high - held.low), least);
    PlotRange wide{held.low - pad, held.high + pad};
    if (unit != Unit::share || held.low < 0 || held.high > 1) return wide;
    const double beyond = 0.04 * (std::min(wide.high, 1.0) - std::max(wide.low, 0.0));
    return {std::max(wide.low, -beyond), std::min(wide.high, 1 + beyond)};
  }
};

/// Where numbers lie in a drawing.
struct PlotAxes {
  Rect area;  ///< Pixels.
  PlotRange x;
  PlotRange y;

  [[nodiscard]] Point at(double px, double py) const {
    return {area.x0 + area.width() * (px - x.low) / (x.high - x.low),
            area.y1 - area.height() * (py - y.low) / (y.high - y.low)};
  }
};

/// One point of a curve. What is not a number leaves a gap; equal bounds that are none have no
/// band.
struct PlotPoint {
  double x = 0;
  double y = 0;
  double low = std::numeric_limits<double>::quiet_NaN();
  double high = std::numeric_limits<double>::quiet_NaN();
  std::string tip{};
};

/// Horizontal grid lines with numbers at their left, and what they count beside them.
inline void draw_value_axis(Drawing& drawing, const PlotAxes& axes, Unit unit,
                            std::string_view title, int most = 7) {
  const double step = detail::round_step(axes.y.high - axes.y.low, most);
  const int decimals = step < 0.001 ? 2 : step < 0.01 ? 1 : 0;
  for (double i = std::ceil(axes.y.low / step - 1e-9); i * step <= axes.y.high + 1e-9 * step; ++i) {
    const double value = i == 0 ? 0 : i * step;  // not -0
    const Point p = axes.at(axes.x.low, value);
    drawing.add(Stroke{{p, {axes.area.x1, p.y}}, ink::grid});
    drawing.add(Words{{p.x - 10, p.y + 5},
                      unit == Unit::share ? percent(value, decimals) : short_number(value),
                      14,
                      ink::muted,
                      Anchor::end});
  }
  drawing.add(Words{{22, axes.area.centre().y},
                    shortened(title, characters_in(axes.area.height(), 15)),
                    15,
                    ink::text,
                    Anchor::middle,
                    false,
                    -90});
}

/// The lower edge with the layers 0 … L, where L is the untouched model.
inline void draw_layer_axis(Drawing& drawing, const PlotAxes& axes, int layers,
                            std::string_view title) {
  const double y = axes.area.y1;
  drawing.add(Stroke{{{axes.area.x0, y}, {axes.area.x1, y}}, ink::axis, 1.5});
  const int step = static_cast<int>(std::max(1.0, detail::round_step(layers, 16)));
  const auto tick = [&](double x) { drawing.add(Stroke{{{x, y}, {x, y + 6}}, ink::axis}); };
  tick(axes.area.x1);
  for (int layer = 0; layer < layers; layer += step) {
    const double x = axes.at(layer, axes.y.low).x;
    tick(x);
    if (axes.area.x1 - x < 46) break;  // The last number needs the room.
    drawing.add(Words{{x, y + 23}, std::to_string(layer), 14, ink::muted, Anchor::middle});
  }
  drawing.add(Words{{axes.area.x1, y + 23},
                    "L = " + std::to_string(layers),
                    14,
                    ink::text,
                    Anchor::middle,
                    true});
  drawing.add(Words{{(axes.area.x0 + axes.area.x1) / 2, y + 50},
                    std::string(title),
                    15,
                    ink::text,
                    Anchor::middle});
}

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
      drawing.add(Stroke{{axes.at(p.x, p.low), axes.at(p.x, p.high)}, colour, 6, {}, 0.3});
      continue;
    }
    std::vector<Point> corners;
    for (const PlotPoint& p : part) corners.push_back(axes.at(p.x, p.high));
    for (auto p = part.rbegin(); p != part.rend(); ++p) corners.push_back(axes.at(p->x, p->low));
    drawing.add(Area{std::move(corners), colour, opacity});
  }
}

/// A line through the points and, unless `radius` is 0, a dot on each.
inline void draw_curve(Drawing& drawing, const PlotAxes& axes, std::span<const PlotPoint> curve,
                       const Stroke& pen, double radius) {
  const auto has = [](const PlotPoint& p) { return std::isfinite(p.y); };
  for (const auto& part : detail::stretches(curve, has)) {
    Stroke line = pen;
    line.points.clear();
    for (const PlotPoint& p : part) line.points.push_back(axes.at(p.x, p.y));
    if (line.points.size() > 1) drawing.add(std::move(line));
    if (radius <= 0 && part.size() > 1) continue;
    for (const PlotPoint& p : part) {
      drawing.add(Dot{axes.at(p.x, p.y), std::max(radius, 2.0), pen.colour, p.tip});
    }
  }
}

}  // namespace infoflow
