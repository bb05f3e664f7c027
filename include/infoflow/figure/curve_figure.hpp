// SPDX-License-Identifier: MIT
/// \file The paper's Fig. 5: a metric against the layer from which on the image is cut, with what
/// bounds it from above and below and where the cliff lies.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <infoflow/cliff/sweep_view.hpp>
#include <infoflow/core/sort_stably.hpp>
#include <infoflow/figure/figure_key.hpp>
#include <infoflow/figure/plot_axes.hpp>
#include <infoflow/figure/plot_curves.hpp>
#include <infoflow/figure/sweep_plot.hpp>

namespace infoflow {

/// The value that is worse than `value` by the margin: below it, or above where less is better.
[[nodiscard]] inline double worse_by_margin(const SweepView& sweep, double value) {
  return sweep.direction == Direction::higher_is_better ? value - sweep.cliff.margin
                                                        : value + sweep.cliff.margin;
}

namespace detail {

inline const shapes::Stroke curve_pen{{}, ink::curve, 3};
inline const shapes::Stroke margin_pen{{}, ink::text, 1.2, {2, 4}};
inline const shapes::Stroke gap_pen{{}, ink::muted, 1.6, {10, 4}};
inline const shapes::Stroke no_image_pen{{}, ink::muted, 1.6, {6, 3, 2, 3}};
inline const shapes::Stroke other_image_pen{{}, {200, 60, 60}, 1.6, {12, 3, 3, 3}};
inline constexpr std::size_t most_controls = 5;  // More lines are not told apart.

/// The untouched model, the margin below it, both floors and the other picture, as far as measured.
[[nodiscard]] inline std::vector<PlotLevel> levels_of(const SweepView& sweep, AxisUnit unit) {
  std::vector<PlotLevel> levels;
  const auto level = [&](const CurvePoint* p, const shapes::Stroke& pen, std::string name) {
    if (p == nullptr || !std::isfinite(main_value(*p))) return;
    levels.push_back({main_value(*p), pen, std::move(name), value_text(*p, unit)});
  };
  const CurvePoint* const baseline = untouched(sweep);
  level(baseline, baseline_pen, "untouched model");
  if (!levels.empty()) {
    const double bound = worse_by_margin(sweep, main_value(*baseline));
    levels.push_back({bound, margin_pen,
                      unit == AxisUnit::share ? "margin of " + points_text(sweep.cliff.margin)
                                              : "margin of " + short_number(sweep.cliff.margin),
                      "ends at " + in_unit(bound, unit)});
  }
  level(point_of(sweep, sweep.policy, 0), gap_pen, "text, image's gap kept");
  level(point_of(sweep, "no-image", sweep.layers), no_image_pen, "prompt without the image");
  level(point_of(sweep, "other-image", sweep.layers), other_image_pen, "another item's image");
  return levels;
}

/// The controls that are curves, random and inverse first. (controls.csv has all.)
[[nodiscard]] inline std::vector<std::vector<CurvePoint>> control_curves(const SweepView& sweep) {
  std::vector<std::string> policies = policies_of(sweep);
  const auto blind = [](const std::string& policy) {
    return policy.starts_with("random") || policy.starts_with("inverse");
  };
  sort_stably(std::span(policies),
              [&](const auto& a, const auto& b) { return blind(a) && !blind(b); });
  std::vector<std::vector<CurvePoint>> curves;
  for (const std::string& policy : policies) {
    const bool level = policy == "no-image" || policy == "other-image";
    if (level || policy == sweep.policy || curves.size() == most_controls) continue;
    curves.push_back(curve_of(sweep, policy));
  }
  return curves;
}

/// From the untouched model to what is worse by the margin.
inline void draw_margin(Drawing& drawing, const PlotAxes& axes, const SweepView& sweep) {
  const CurvePoint* const baseline = untouched(sweep);
  if (baseline == nullptr || !std::isfinite(main_value(*baseline))) return;
  const double value = main_value(*baseline);
  const Point a = axes.at(axes.x.low, value);
  const Point b = axes.at(axes.x.high, worse_by_margin(sweep, value));
  drawing.add(shapes::Area{corners_of({a.x, a.y, b.x, b.y}), ink::text, 0.07});
}

[[nodiscard]] inline std::vector<KeyEntry> curve_key(const SweepView& sweep,
                                                     const std::vector<PlotLevel>& levels) {
  const CliffMarks& cliff = sweep.cliff;
  const shapes::Stroke line{{}, ink::cliff, cliff.layer ? 2.0 : 0.0, {7, 4}};
  std::vector<KeyEntry> key{{curve_pen, true, 0.16, sweep.policy, "with its 95 % band"},
                            {line, false, 0.15, cliff_name(cliff), bounds_text(cliff)}};
  for (const PlotLevel& level : levels) {
    key.push_back({level.pen, false, 0, level.name, level.detail});
  }
  return key;
}

}  // namespace detail

/// Metric against cut layer: the main policy with its 95 % band, the untouched model and the
/// margin, both floors, the controls as thinner lines, the cliff with its bounds. \throws Error if
/// the main policy has no point, or a policy's cut stands there twice
[[nodiscard]] inline Drawing curve_figure(const SweepView& sweep) {
  const std::vector<CurvePoint> main = main_curve(sweep);
  const AxisUnit unit = unit_of(sweep);
  const std::vector<PlotLevel> levels = detail::levels_of(sweep, unit);
  const auto controls = detail::control_curves(sweep);

  PlotRange range = value_range(main);
  for (const PlotLevel& level : levels) range.hold(level.value);
  for (const auto& curve : controls) {
    for (const CurvePoint& p : curve) range.hold(main_value(p));
  }
  Drawing drawing{figure_width, 740};
  std::vector<std::string> lines = subject_lines(sweep, main.back().n);
  lines.back() += band_words;
  lines.push_back(sweep.cliff.sentence.empty() ? cliff_text(sweep.cliff) : sweep.cliff.sentence);
  const double below =
      draw_heading(drawing, "Where the image can be cut: " + metric_title(sweep, main[0]), lines);
  const PlotAxes axes{{plot_left, below + 34, plot_right, plot_bottom},
                      {0, static_cast<double>(std::max(1, sweep.layers))},
                      range.padded(unit)};
  detail::draw_margin(drawing, axes, sweep);
  draw_cliff(drawing, axes, sweep.cliff);
  draw_value_axis(drawing, axes, unit, main[0].values[0].name);
  draw_layer_axis(drawing, axes, sweep.layers, cut_axis);
  draw_levels(drawing, axes, levels);

  const std::vector<PlotPoint> curve = plotted(main, sweep.layers, unit);
  std::vector<KeyEntry> key = detail::curve_key(sweep, levels);
  draw_band(drawing, axes, curve, ink::curve);
  for (std::size_t i = 0; i < controls.size(); ++i) {
    const shapes::Stroke pen{{}, ink::others[i], 1.6};
    draw_curve(drawing, axes, plotted(controls[i], sweep.layers, unit), pen, 2.5);
    key.push_back({pen, true, 0, controls[i].front().policy, "control, keeps some tokens"});
  }
  draw_curve(drawing, axes, curve, detail::curve_pen, sweep.layers > 40 ? 3 : 4.5);
  draw_key(drawing, {896, axes.area.y0 + 10}, 290, key);
  return drawing;
}

}  // namespace infoflow
