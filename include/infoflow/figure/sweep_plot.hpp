// SPDX-License-Identifier: MIT
/// \file What the figures of a sweep share: units, texts of a point, the cliff's mark.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <infoflow/cliff/sweep_view.hpp>
#include <infoflow/figure/figure_key.hpp>
#include <infoflow/figure/plot_axes.hpp>
#include <infoflow/figure/plot_curves.hpp>

namespace infoflow {

/// Where the plot stands in a figure of one curve; its top depends on the heading.
inline constexpr double plot_left = 104;
inline constexpr double plot_right = 870;
inline constexpr double plot_bottom = 668;

inline constexpr std::string_view cut_axis =
    "cut layer: from here on the image's tokens are gone; at L nothing is cut";

/// Shares where all values are, so that axes and texts say percent.
[[nodiscard]] inline AxisUnit unit_of(const SweepView& sweep) {
  const bool shares =
      std::all_of(sweep.points.begin(), sweep.points.end(), [](const CurvePoint& p) {
        return p.values.empty() || !(main_value(p) > 1 || main_value(p) < -1);
      });
  return shares ? AxisUnit::share : AxisUnit::plain;
}

/// A value with its interval, in the axis' unit.
[[nodiscard]] inline std::string value_text(const CurvePoint& p, AxisUnit unit) {
  if (unit == AxisUnit::share) return with_interval(main_value(p), p.interval);
  return short_number(main_value(p)) + " [" + short_number(p.interval.low) + ", " +
         short_number(p.interval.high) + "]";
}

/// All that is known about one cut, for whoever points at it.
[[nodiscard]] inline std::string point_tip(const CurvePoint& p, int layers, AxisUnit unit) {
  std::string tip = p.policy + ", cut " + std::to_string(p.cut_layer) +
                    (p.cut_layer == layers ? " (untouched)" : "") + ": " + p.values[0].name + ' ' +
                    value_text(p, unit) + ", n = " + grouped(p.n);
  for (std::size_t i = 1; i < p.values.size(); ++i) {
    tip += "\n" + p.values[i].name + ' ' + short_number(p.values[i].value) +
           (p.values[i].defined ? "" : " (nothing to count)");
  }
  return tip + "\nagreement " + percent(p.agreement) + ", KL " + short_number(p.kl) + " nats";
}

[[nodiscard]] inline std::vector<PlotPoint> plotted(const std::vector<CurvePoint>& curve,
                                                    int layers, AxisUnit unit) {
  std::vector<PlotPoint> points;
  for (const CurvePoint& p : curve) {
    points.push_back({static_cast<double>(p.cut_layer), main_value(p), p.interval.low,
                      p.interval.high, point_tip(p, layers, unit)});
  }
  return points;
}

/// The cliff as a line with its bounds as a stripe, which is never too narrow to be seen.
inline void draw_cliff(Drawing& drawing, const PlotAxes& axes, const CliffMarks& cliff,
                       double size = 15) {
  const double least = cliff.upper > cliff.lower ? 0 : 0.25;
  const double x0 = std::max(axes.area.x0, axes.at(cliff.lower - least, axes.y.low).x);
  const double x1 = std::min(axes.area.x1, axes.at(cliff.upper + least, axes.y.low).x);
  drawing.add(shapes::Area{corners_of({x0, axes.area.y0, x1, axes.area.y1}), ink::cliff, 0.1});
  if (!cliff.layer) return;
  const double x = axes.at(*cliff.layer, axes.y.low).x;
  drawing.add(shapes::Stroke{{{x, axes.area.y0 - 4}, {x, axes.area.y1}}, ink::cliff, 2, {7, 4}});
  drawing.add(shapes::Words{
      {x, axes.area.y0 - 9}, cliff_name(cliff), size, ink::cliff, shapes::Anchor::middle, true});
}

inline constexpr std::string_view band_words = " · bands: 95 %, pictures being the units";

/// Whose numbers these are; of how many items, and how much worse counts as the same. Two lines, so
/// that a long name pushes no number out.
[[nodiscard]] inline std::vector<std::string> subject_lines(const SweepView& sweep, Index n) {
  return {sweep.model + " · " + sweep.task,
          count_text(n, sweep.images) + " · margin " + points_text(sweep.cliff.margin)};
}

[[nodiscard]] inline std::string metric_title(const SweepView& sweep, const CurvePoint& point) {
  const bool higher = sweep.direction == Direction::higher_is_better;
  return point.values[0].name + (higher ? " (more is better)" : " (less is better)");
}

[[nodiscard]] inline PlotRange value_range(const std::vector<CurvePoint>& curve,
                                           PlotRange range = {}) {
  for (const CurvePoint& p : curve) {
    range.hold(main_value(p)), range.hold(p.interval.low), range.hold(p.interval.high);
  }
  return range;
}

inline const shapes::Stroke baseline_pen{{}, ink::text, 1.5};

/// A level over the whole width: what does not depend on the cut, or bounds it.
struct PlotLevel {
  double value;
  shapes::Stroke pen;
  std::string name;
  std::string detail;
};

inline void draw_levels(Drawing& drawing, const PlotAxes& axes,
                        const std::vector<PlotLevel>& levels) {
  for (const PlotLevel& level : levels) {
    shapes::Stroke line = level.pen;
    line.points = {axes.at(axes.x.low, level.value), axes.at(axes.x.high, level.value)};
    drawing.add(std::move(line));
  }
}

}  // namespace infoflow
