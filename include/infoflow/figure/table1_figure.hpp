// SPDX-License-Identifier: MIT
/// \file Table 1 as a picture: per model and data set, untouched above, cut at the cliff below.
#pragma once

#include <span>
#include <string>
#include <vector>

#include <infoflow/cliff/cliff_text.hpp>
#include <infoflow/cliff/table1.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/figure/figure_key.hpp>
#include <infoflow/figure/plot_axes.hpp>

namespace infoflow {

namespace detail {

inline void draw_estimate(Drawing& drawing, const PlotAxes& axes, double y, const Estimate& e,
                          Rgb colour, const std::string& name) {
  const auto x = [&](double value) { return axes.at(value, 0).x; };
  drawing.add(
      shapes::Stroke{{{x(e.interval.low), y}, {x(e.interval.high), y}}, colour, 3, {}, 0.45});
  drawing.add(
      shapes::Dot{{x(e.value), y}, 5, colour, name + " " + with_interval(e.value, e.interval)});
}

inline void draw_share_axis(Drawing& drawing, const PlotAxes& axes) {
  for (const AxisNumber& number : round_numbers(axes.x, AxisUnit::share, 8)) {
    const double x = axes.at(number.value, 0).x;
    drawing.add(shapes::Stroke{{{x, axes.area.y0}, {x, axes.area.y1}}, ink::grid});
    drawing.add(
        shapes::Words{{x, axes.area.y1 + 22}, number.text, 14, ink::muted, shapes::Anchor::middle});
  }
}

}  // namespace detail

/// \throws Error if there is no row
[[nodiscard]] inline Drawing table1_figure(std::span<const Table1Row> rows) {
  if (rows.empty()) throw Error("no row to draw", "table1_figure", "give at least one");
  constexpr double pitch = 58;
  PlotRange range;
  for (const Table1Row& row : rows) {
    for (const Estimate& e : {row.baseline, row.cut ? row.at_cliff : row.baseline}) {
      range.hold(e.value), range.hold(e.interval.low), range.hold(e.interval.high);
    }
  }
  Drawing drawing{figure_width, 0};
  const double below = draw_heading(
      drawing, "Untouched, and cut at the cliff",
      std::vector<std::string>{
          "The cut was chosen on one half of the pictures; n and values are of the other half",
          "95 % intervals, pictures being the units"});
  const double top = below + 16;
  const double bottom = top + pitch * static_cast<double>(rows.size());
  const PlotAxes axes{{360, top, 815, bottom}, range.padded(AxisUnit::share), {0, 1}};
  detail::draw_share_axis(drawing, axes);
  double y = top + pitch / 2;
  for (const Table1Row& row : rows) {
    drawing.add(shapes::Words{
        {24, y - 4}, cut_to(310, row.model, 15, true), 15, ink::text, shapes::Anchor::start, true});
    drawing.add(
        shapes::Words{{24, y + 15}, cut_to(310, row.data + ", " + row.metric, 13), 13, ink::muted});
    detail::draw_estimate(drawing, axes, y - 8, row.baseline, ink::text, "untouched");
    if (row.cut) {
      detail::draw_estimate(drawing, axes, y + 8, row.at_cliff, ink::cliff, "at the cliff");
    }
    drawing.add(shapes::Words{
        {845, y - 4},
        row.cut ? "cut " + row.cut_text() + ": " + signed_points(row.gain) : row.cut_text(),
        14,
        ink::cliff,
        shapes::Anchor::start,
        true});
    drawing.add(shapes::Words{{845, y + 15},
                              count_text(row.n, row.images) + ", margin " + points_text(row.margin),
                              13,
                              ink::muted});
    y += pitch;
  }
  drawing.add(shapes::Dot{{370, bottom + 46}, 5, ink::text});
  drawing.add(shapes::Words{{384, bottom + 51}, "untouched", 14});
  drawing.add(shapes::Dot{{510, bottom + 46}, 5, ink::cliff});
  drawing.add(shapes::Words{{524, bottom + 51}, "cut at the cliff; gains in points", 14});
  drawing.height = bottom + 70;
  return drawing;
}

}  // namespace infoflow
