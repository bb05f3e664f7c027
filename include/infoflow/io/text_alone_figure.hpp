// SPDX-License-Identifier: MIT
/// \file The paper's Fig. 9: items that are answered right without the image, and the curve without
/// them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include <infoflow/io/curve_parts.hpp>

namespace infoflow {

/// Whether the prompt without the image earned the item half or more of what can be earned; false
/// without that control. For metrics of which 1 is best.
[[nodiscard]] inline bool right_without_image(const ItemOutcome& item, const MetricSummary& metric,
                                              int layers) {
  const RunOutcome* const run = item.run("no-image", layers);
  return run != nullptr && metric.value(run->statistics) >= 0.5;
}

/// Two curves with bands: all items, and those that text alone does not answer.
/// \param all      with the untouched model at L
/// \param without  the same policy over the items that need the image
/// \throws Error as curve_of, for either curve
[[nodiscard]] inline Drawing text_alone_figure(const SweepView& all, const SweepView& without) {
  const std::vector<CurvePoint> both = main_curve(all);
  const std::vector<CurvePoint> rest = main_curve(without);
  const Unit unit = unit_of(all);
  const Index n = both.back().n;
  const Index by_text = n - rest.back().n;

  Drawing drawing{figure_width, 740};
  std::vector<std::string> lines = detail::subject_lines(all, n);
  lines.back() += detail::band_words;
  lines.push_back(grouped(by_text) + " of " + grouped(n) +
                  " items are answered right by the prompt without the image");
  const double below =
      draw_heading(drawing, "What text alone answers, and the curve without it", lines);
  const PlotAxes axes{{plot_left, below + 24, plot_right, plot_bottom},
                      {0, static_cast<double>(std::max(1, all.layers))},
                      detail::range_of(rest, detail::range_of(both)).padded(unit)};
  draw_value_axis(drawing, axes, unit, both[0].values[0].name);
  draw_layer_axis(drawing, axes, all.layers, cut_axis);

  std::vector<KeyEntry> key;
  const auto add = [&](const SweepView& sweep, const std::vector<CurvePoint>& curve, Rgb colour,
                       const std::string& name) {
    const std::vector<PlotPoint> points = plotted(curve, sweep.layers, unit);
    const Stroke pen{{}, colour, 3};
    draw_band(drawing, axes, points, colour);
    draw_curve(drawing, axes, points, pen, 4);
    key.push_back({pen, true, 0.16, name, count_text(curve.back().n, sweep.images)});
    if (!sweep.cliff.layer) {
      key.push_back({Stroke{{}, colour, 0}, false, 0, "no cliff found", bounds_text(sweep.cliff)});
      return;
    }
    const double x = axes.at(*sweep.cliff.layer, axes.y.low).x;
    const Stroke mark{{{x, axes.area.y0}, {x, axes.area.y1}}, colour, 2, {7, 4}};
    drawing.add(mark);
    key.push_back(
        {mark, false, 0, "cliff " + std::to_string(*sweep.cliff.layer), bounds_text(sweep.cliff)});
  };
  add(all, both, ink::curve, "all items");
  add(without, rest, ink::cliff, "items that need the image");
  draw_key(drawing, {896, axes.area.y0 + 10}, 290, key);
  return drawing;
}

}  // namespace infoflow
