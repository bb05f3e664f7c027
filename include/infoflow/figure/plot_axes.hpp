// SPDX-License-Identifier: MIT
/// \file Axes of a plot.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <infoflow/figure/drawing.hpp>
#include <infoflow/figure/figure_key.hpp>
#include <infoflow/figure/fitted_text.hpp>
#include <infoflow/text/short_text.hpp>

namespace infoflow {

/// How numbers of an axis are written.
enum class AxisUnit { share, plain };

[[nodiscard]] inline std::string in_unit(double value, AxisUnit unit) {
  return unit == AxisUnit::share ? percent(value) : short_number(value);
}

/// A step of 1, 2 or 5 times a power of ten of which `most` steps or fewer reach `range`.
[[nodiscard]] inline double round_step(double range, int most) {
  double step = std::pow(10.0, std::floor(std::log10(range / most)));
  for (const double factor : {2.0, 2.5, 2.0}) {  // 1 → 2 → 5 → 10
    if (range / step <= most) break;
    step *= factor;
  }
  return step;
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
  [[nodiscard]] PlotRange padded(AxisUnit unit) const {
    const PlotRange held = low <= high ? *this : PlotRange{0, 1};
    const double least = unit == AxisUnit::share ? 0.02 : std::max(1e-9, std::abs(held.high) / 10);
    const double pad = std::max(0.06 * (held.high - held.low), least);
    PlotRange wide{held.low - pad, held.high + pad};
    if (unit != AxisUnit::share || held.low < 0 || held.high > 1) return wide;
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

/// A number of an axis, and how it is written.
struct AxisNumber {
  double value = 0;
  std::string text;
};

/// Round numbers in a range, ascending, at most about `most` of them.
[[nodiscard]] inline std::vector<AxisNumber> round_numbers(const PlotRange& range, AxisUnit unit,
                                                           int most) {
  const double step = round_step(range.high - range.low, most);
  const int decimals = step < 0.001 ? 2 : step < 0.01 ? 1 : 0;
  std::vector<AxisNumber> numbers;
  for (double i = std::ceil(range.low / step - 1e-9); i * step <= range.high + 1e-9 * step; ++i) {
    const double value = i == 0 ? 0 : i * step;  // not -0
    numbers.push_back(
        {value, unit == AxisUnit::share ? percent(value, decimals) : short_number(value)});
  }
  return numbers;
}

/// Horizontal grid lines with numbers at their left, and what they count beside them.
inline void draw_value_axis(Drawing& drawing, const PlotAxes& axes, AxisUnit unit,
                            std::string_view title, int most = 7) {
  for (const AxisNumber& number : round_numbers(axes.y, unit, most)) {
    const Point p = axes.at(axes.x.low, number.value);
    drawing.add(shapes::Stroke{{p, {axes.area.x1, p.y}}, ink::grid});
    drawing.add(
        shapes::Words{{p.x - 10, p.y + 5}, number.text, 14, ink::muted, shapes::Anchor::end});
  }
  drawing.add(shapes::Words{{22, axes.area.centre().y},
                            cut_to(axes.area.height(), title, 15),
                            15,
                            ink::text,
                            shapes::Anchor::middle,
                            false,
                            -90});
}

/// A mark on the lower edge of a plot, with what stands below it.
struct AxisTick {
  double x = 0;  ///< Pixels.
  std::string text{};
  bool strong = false;
};

/// The lower edge with its marks, and what they count below.
inline void draw_lower_axis(Drawing& drawing, const Rect& area, std::span<const AxisTick> ticks,
                            std::string_view title) {
  const double y = area.y1;
  drawing.add(shapes::Stroke{{{area.x0, y}, {area.x1, y}}, ink::axis, 1.5});
  for (const AxisTick& tick : ticks) {
    drawing.add(shapes::Stroke{{{tick.x, y}, {tick.x, y + 6}}, ink::axis});
    if (tick.text.empty()) continue;
    drawing.add(shapes::Words{{tick.x, y + 23},
                              tick.text,
                              14,
                              tick.strong ? ink::text : ink::muted,
                              shapes::Anchor::middle,
                              tick.strong});
  }
  drawing.add(shapes::Words{
      {area.centre().x, y + 50}, std::string(title), 15, ink::text, shapes::Anchor::middle});
}

/// The lower edge with the numbers 0 … `last`, as many as have room.
/// \param end  stands at the last place in bold, in the place of the number; may be empty
inline void draw_number_axis(Drawing& drawing, const PlotAxes& axes, int last,
                             std::string_view title, const std::string& end = {}) {
  const double taken = end.empty() ? 0 : 20 + typeface().width(end, 14, true) / 2;
  const int step = static_cast<int>(std::max(1.0, round_step(std::max(last, 1), 16)));
  std::vector<AxisTick> ticks;
  for (int number = 0; number <= last; number += step) {
    ticks.push_back({axes.at(number, axes.y.low).x});
    if (axes.area.x1 - ticks.back().x < taken) break;  // The last number needs the room.
    ticks.back().text = std::to_string(number);
  }
  if (!end.empty()) ticks.push_back({axes.area.x1, end, true});
  draw_lower_axis(drawing, axes.area, ticks, title);
}

/// The lower edge with the layers 0 … L, where L is the untouched model.
inline void draw_layer_axis(Drawing& drawing, const PlotAxes& axes, int layers,
                            std::string_view title) {
  draw_number_axis(drawing, axes, layers, title, "L = " + std::to_string(layers));
}

}  // namespace infoflow
