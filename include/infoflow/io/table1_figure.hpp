// SPDX-License-Identifier: MIT
/// \file Table 1 as a picture: per model and data set, untouched above, cut at the cliff below.
#pragma once

#include <cmath>
#include <span>
#include <string>
#include <vector>

#include <infoflow/core/error.hpp>
#include <infoflow/io/figure_key.hpp>
#include <infoflow/io/plot_axes.hpp>
#include <infoflow/io/table1.hpp>

namespace infoflow {

namespace detail {

inline void draw_estimate(Drawing& drawing, const PlotAxes& axes, double y, const Estimate& e,
                          Rgb colour, const std::string& name) {
  const auto x = [&](double value) { return axes.at(value, 0).x; };
  drawing.add(Stroke{{{x(e.interval.low), y}, {x(e.interval.high), y}}, colour, 3, {}, 0.45});
  drawing.add(Dot{{x(e.value), y}, 5, colour, name + " " + with_interval(e.value, e.interval)});
}

inline void draw_share_axis(Drawing& drawing, const PlotAxes& axes) {
  const double step = round_step(axes.x.high - axes.x.low, 8);
  for (double i = std::ceil(axes.x.low / step - 1e-9); i * step <= axes.x.high + 1e-9 * step; ++i) {
    const double x = axes.at(i * step, 0).x;
    drawing.add(Stroke{{{x, axes.area.y0}, {x, axes.area.y1}}, ink::grid});
    drawing.add(Words{{x, axes.area.y1 + 22},
                      percent(i * step, step < 0.01 ? 1 : 0),
                      14,
                      ink::muted,
                      Anchor::middle});
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
          "95 % intervals, pictures resampled"});
  const double top = below + 16;
  const double bottom = top + pitch * static_cast<double>(rows.size());
  const PlotAxes axes{{360, top, 815, bottom}, range.padded(Unit::share), {0, 1}};
  detail::draw_share_axis(drawing, axes);
  double y = top + pitch / 2;
  for (const Table1Row& row : rows) {
    drawing.add(Words{{24, y - 4},
                      shortened(row.model, characters_in(310, 15)),
                      15,
                      ink::text,
                      Anchor::start,
                      true});
    drawing.add(Words{{24, y + 15},
                      shortened(row.data + ", " + row.metric, characters_in(310, 13)),
                      13,
                      ink::muted});
    detail::draw_estimate(drawing, axes, y - 8, row.baseline, ink::text, "untouched");
    if (row.cut) {
      detail::draw_estimate(drawing, axes, y + 8, row.at_cliff, ink::cliff, "at the cliff");
    }
    drawing.add(Words{{845, y - 4},
                      row.cut ? "cut " + row.cut_text() + ": " + detail::signed_points(row.gain)
                              : row.cut_text(),
                      14,
                      ink::cliff,
                      Anchor::start,
                      true});
    drawing.add(Words{{845, y + 15},
                      count_text(row.n, row.images) + ", margin " + points_text(row.margin),
                      13,
                      ink::muted});
    y += pitch;
  }
  drawing.add(Dot{{370, bottom + 46}, 5, ink::text});
  drawing.add(Words{{384, bottom + 51}, "untouched", 14});
  drawing.add(Dot{{510, bottom + 46}, 5, ink::cliff});
  drawing.add(Words{{524, bottom + 51}, "cut at the cliff; gains in points", 14});
  drawing.height = bottom + 70;
  return drawing;
}

}  // namespace infoflow
