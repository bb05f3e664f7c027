// SPDX-License-Identifier: MIT
/// \file Several tasks of one model over one axis of layers: at which cut does each settle?
#pragma once

#include <cmath>
#include <span>
#include <string>
#include <vector>

#include <infoflow/cliff/cliff_text.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/figure/layer_panels.hpp>
#include <infoflow/figure/sweep_plot.hpp>

namespace infoflow {

/// One panel per task: metric against cut layer with its band, the untouched model, the cliff.
/// \throws Error if there is no task, or the models differ in their number of layers
[[nodiscard]] inline Drawing tasks_figure(std::span<const SweepView> tasks) {
  std::vector<LayerPanel> panels;
  for (const SweepView& sweep : tasks) {
    if (sweep.layers != tasks.front().layers) {
      throw Error("tasks of models with " + std::to_string(tasks.front().layers) + " and " +
                      std::to_string(sweep.layers) + " layers",
                  "tasks_figure", "draw one figure per model");
    }
    const std::vector<CurvePoint> curve = main_curve(sweep);
    const AxisUnit unit = unit_of(sweep);
    LayerPanel panel{sweep.task, {}, unit, plotted(curve, sweep.layers, unit)};
    panel.cliff = sweep.cliff;
    panel.lines = {metric_title(sweep, curve[0]), count_text(curve.back().n, sweep.images)};
    const CurvePoint* const baseline = untouched(sweep);
    if (baseline != nullptr && std::isfinite(main_value(*baseline))) {
      panel.level = main_value(*baseline);
      panel.lines.push_back("untouched " + value_text(*baseline, unit));
    }
    panel.lines.push_back(cliff_text(sweep.cliff));
    panel.lines.push_back("margin " + points_text(sweep.cliff.margin));
    panels.push_back(std::move(panel));
  }
  const std::string model = tasks.empty() ? "" : tasks.front().model;
  return layer_panels("At which cut each task settles",
                      std::vector<std::string>{model + std::string(band_words) +
                                               " · thin line: the untouched model"},
                      panels, tasks.empty() ? 0 : tasks.front().layers);
}

}  // namespace infoflow
