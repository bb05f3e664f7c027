// SPDX-License-Identifier: MIT
/// \file The paper's Fig. 9: items that are answered right without the image, and the curve without
/// them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include <infoflow/figure/sweep_plot.hpp>

namespace infoflow {

/// Two curves with bands: all items, and those that text alone does not answer.
/// \param all      with the untouched model at L
/// \param without  the same policy over the items that need the image
/// \throws Error as curve_of, for either curve
[[nodiscard]] inline Drawing text_alone_figure(const SweepView& all, const SweepView& without) {
  const std::vector<CurvePoint> both = main_curve(all);
  const std::vector<CurvePoint> rest = main_curve(without);
  const AxisUnit unit = unit_of(all);
  const Index n = both.back().n;
  const Index by_text = n - rest.back().n;

  Drawing drawing{figure_width, 740};
  std::vector<std::string> lines = subject_lines(all, n);
  lines.back() += band_words;
  lines.push_back(grouped(by_text) + " of " + grouped(n) +
                  " items are answered right by the prompt without the image");
  const double below =
      draw_heading(drawing, "What text alone answers, and the curve without it", lines);
  const PlotAxes axes{{plot_left, below + 24, plot_right, plot_bottom},
                      {0, static_cast<double>(std::max(1, all.layers))},
                      value_range(rest, value_range(both)).padded(unit)};
  draw_value_axis(drawing, axes, unit, both[0].values[0].name);
  draw_layer_axis(drawing, axes, all.layers, cut_axis);

  std::vector<KeyEntry> key;
  const auto add = [&](const SweepView& sweep, const std::vector<CurvePoint>& curve, Rgb colour,
                       const std::string& name) {
    const std::vector<PlotPoint> points = plotted(curve, sweep.layers, unit);
    const shapes::Stroke pen{{}, colour, 3};
    draw_band(drawing, axes, points, colour);
    draw_curve(drawing, axes, points, pen, 4);
    key.push_back({pen, true, 0.16, name, count_text(curve.back().n, sweep.images)});
    shapes::Stroke mark{{}, colour, 0};
    if (sweep.cliff.layer) {
      const double x = axes.at(*sweep.cliff.layer, axes.y.low).x;
      mark = {{{x, axes.area.y0}, {x, axes.area.y1}}, colour, 2, {7, 4}};
      drawing.add(mark);
    }
    key.push_back({mark, false, 0, cliff_name(sweep.cliff), bounds_text(sweep.cliff)});
  };
  add(all, both, ink::curve, "all items");
  add(without, rest, ink::cliff, "items that need the image");
  draw_key(drawing, {896, axes.area.y0 + 10}, 290, key);
  return drawing;
}

}  // namespace infoflow
