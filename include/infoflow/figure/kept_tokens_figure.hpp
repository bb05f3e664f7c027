// SPDX-License-Identifier: MIT
/// \file A metric against the number of image tokens that a cut keeps, one line per layer (an
/// extension of the paper's appendix A.2).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <infoflow/core/error.hpp>
#include <infoflow/figure/figure_key.hpp>
#include <infoflow/figure/plot_axes.hpp>
#include <infoflow/figure/plot_curves.hpp>
#include <infoflow/figure/sweep_plot.hpp>

namespace infoflow {

namespace detail {

/// By layer, by number of image tokens kept: the points of top-k, and of drop-all as 0, below L.
using KeptCurves = std::map<int, std::map<double, const CurvePoint*>>;

[[nodiscard]] inline KeptCurves kept_curves(const SweepView& sweep) {
  KeptCurves curves;
  for (const CurvePoint& p : sweep.points) {
    const bool keeps_best = p.policy == "drop-all" || p.policy.starts_with("top-k:");
    if (keeps_best && p.cut_layer < sweep.layers && !p.values.empty() && p.image_tokens >= 0) {
      curves[p.cut_layer][p.image_tokens] = &p;
    }
  }
  std::erase_if(curves, [](const auto& curve) { return curve.second.size() < 2; });
  return curves;
}

/// Even steps for doublings, and a place for 0.
[[nodiscard]] inline double place_of(double kept) {
  return std::log2(1 + kept);
}

/// From dark for the first layer to light for the last.
[[nodiscard]] inline Rgb layer_colour(std::size_t i, std::size_t count) {
  const double t = count > 1 ? static_cast<double>(i) / static_cast<double>(count - 1) : 0;
  const auto mix = [t](int from, int to) {
    return static_cast<std::uint8_t>(std::lround(from + t * (to - from)));
  };
  return {mix(72, 240), mix(20, 150), mix(110, 30)};
}

/// The numbers of tokens that were measured, as far as they have room.
inline void draw_kept_axis(Drawing& drawing, const PlotAxes& axes, const KeptCurves& curves) {
  std::set<double> counts;
  for (const auto& [layer, curve] : curves) {
    for (const auto& [kept, point] : curve) counts.insert(kept);
  }
  std::vector<AxisTick> ticks;
  double free = 0;
  for (const double kept : counts) {
    const double x = axes.at(place_of(kept), axes.y.low).x;
    ticks.push_back({x, x < free ? "" : grouped(std::llround(kept))});
    if (x >= free) free = x + 44;
  }
  draw_lower_axis(drawing, axes.area, ticks,
                  "image tokens kept from the cut on (those with most attention; logarithmic)");
}

}  // namespace detail

/// One line per layer for which two or more numbers of tokens were measured.
/// \throws Error if there is none
[[nodiscard]] inline Drawing kept_tokens_figure(const SweepView& sweep) {
  const detail::KeptCurves curves = detail::kept_curves(sweep);
  if (curves.empty()) {
    throw Error("no layer with two numbers of kept tokens", "kept_tokens_figure",
                "sweep the policies top-k:K for several K over the same layers");
  }
  const AxisUnit unit = unit_of(sweep);
  PlotRange range;
  PlotRange places;
  for (const auto& [layer, curve] : curves) {
    for (const auto& [kept, p] : curve) {
      range.hold(main_value(*p)), range.hold(p->interval.low), range.hold(p->interval.high);
      places.hold(detail::place_of(kept));
    }
  }
  const CurvePoint* const baseline = untouched(sweep);
  if (baseline != nullptr) range.hold(main_value(*baseline));

  const CurvePoint& any = *curves.begin()->second.begin()->second;
  Drawing drawing{figure_width, 740};
  std::vector<std::string> words = subject_lines(sweep, any.n);
  words.back() += band_words;
  const double below =
      draw_heading(drawing, "How many image tokens are enough: " + metric_title(sweep, any), words);
  const PlotAxes axes{{plot_left, below + 24, plot_right, plot_bottom}, places, range.padded(unit)};
  draw_value_axis(drawing, axes, unit, any.values[0].name);
  detail::draw_kept_axis(drawing, axes, curves);

  std::vector<KeyEntry> key;
  if (baseline != nullptr && std::isfinite(main_value(*baseline))) {
    const shapes::Stroke level = baseline_pen;
    draw_levels(drawing, axes, {{main_value(*baseline), level, "", ""}});
    key.push_back({level, false, 0, "untouched model", value_text(*baseline, unit)});
  }
  std::size_t i = 0;
  const double pitch = std::min(30.0, 500.0 / static_cast<double>(curves.size()));
  std::vector<KeyEntry> lines;
  for (const auto& [layer, curve] : curves) {
    const shapes::Stroke pen{{}, detail::layer_colour(i++, curves.size()), 2.5};
    std::vector<PlotPoint> points;
    for (const auto& [kept, p] : curve) {
      points.push_back({detail::place_of(kept), main_value(*p), p->interval.low, p->interval.high,
                        point_tip(*p, sweep.layers, unit)});
    }
    draw_band(drawing, axes, points, pen.colour, 0.08);
    draw_curve(drawing, axes, points, pen, 4);
    lines.push_back({pen, true, 0, "cut at layer " + std::to_string(layer)});
  }
  const double y = draw_key(drawing, {896, axes.area.y0 + 10}, 290, key);
  draw_key(drawing, {896, y}, 290, lines, pitch);
  return drawing;
}

}  // namespace infoflow
