// SPDX-License-Identifier: MIT
/// \file What the figures of a sweep share: units, texts of a point, the cliff's mark.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <infoflow/io/figure_key.hpp>
#include <infoflow/io/plot_axes.hpp>
#include <infoflow/io/sweep_view.hpp>

namespace infoflow {

/// Where the plot stands in a figure of one curve; its top depends on the heading.
inline constexpr double plot_left = 104;
inline constexpr double plot_right = 870;
inline constexpr double plot_bottom = 668;

inline constexpr std::string_view cut_axis =
    "cut layer: from here on the image's tokens are gone; at L nothing is cut";

/// Shares where all values are, so that axes and texts say percent.
[[nodiscard]] inline Unit unit_of(const SweepView& sweep) {
  const bool shares =
      std::all_of(sweep.points.begin(), sweep.points.end(), [](const CurvePoint& p) {
        return p.values.empty() || !(main_value(p) > 1 || main_value(p) < -1);
      });
  return shares ? Unit::share : Unit::plain;
}

/// A value with its interval, in the axis' unit.
[[nodiscard]] inline std::string value_text(const CurvePoint& p, Unit unit) {
  if (unit == Unit::share) return with_interval(main_value(p), p.interval);
  return short_number(main_value(p)) + " [" + short_number(p.interval.low) + ", " +
         short_number(p.interval.high) + "]";
}

/// All that is known about one cut, for whoever points at it.
[[nodiscard]] inline std::string point_tip(const CurvePoint& p, int layers, Unit unit) {
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
                                                    int layers, Unit unit) {
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
  drawing.add(Area{corners_of({x0, axes.area.y0, x1, axes.area.y1}), ink::cliff, 0.1});
  if (!cliff.layer) return;
  const double x = axes.at(*cliff.layer, axes.y.low).x;
  drawing.add(Stroke{{{x, axes.area.y0 - 4}, {x, axes.area.y1}}, ink::cliff, 2, {7, 4}});
  drawing.add(Words{{x, axes.area.y0 - 9},
                    "cliff " + std::to_string(*cliff.layer),
                    size,
                    ink::cliff,
                    Anchor::middle,
                    true});
}

[[nodiscard]] inline std::string bounds_text(const CliffMarks& cliff) {
  return "bounds [" + std::to_string(cliff.lower) + ", " + std::to_string(cliff.upper) + "]";
}

namespace detail {

inline constexpr std::string_view band_words = " · bands: 95 %, pictures resampled";

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

[[nodiscard]] inline PlotRange range_of(const std::vector<CurvePoint>& curve,
                                        PlotRange range = {}) {
  for (const CurvePoint& p : curve) {
    range.hold(main_value(p)), range.hold(p.interval.low), range.hold(p.interval.high);
  }
  return range;
}

}  // namespace detail
}  // namespace infoflow
