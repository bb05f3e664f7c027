// SPDX-License-Identifier: MIT
/// \file Several curves below each other over one axis of layers, so that what happens at one layer
/// stands in one column.
#pragma once

#include <cmath>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <infoflow/core/error.hpp>
#include <infoflow/figure/sweep_plot.hpp>

namespace infoflow {

/// One curve with its own axis of values.
struct LayerPanel {
  std::string name;
  std::vector<std::string> lines;  ///< Said beside it.
  AxisUnit unit = AxisUnit::share;
  std::vector<PlotPoint> curve;
  Rgb colour = ink::curve;
  std::optional<double> level{};      ///< A thin line to compare with: the untouched model, zero.
  std::optional<CliffMarks> cliff{};  ///< Marked if there is one.
};

namespace detail {

inline void draw_layer_panel(Drawing& drawing, const LayerPanel& panel, const Rect& area,
                             int layers) {
  PlotRange range;
  for (const PlotPoint& p : panel.curve) range.hold(p.y), range.hold(p.low), range.hold(p.high);
  if (panel.level) range.hold(*panel.level);
  const PlotAxes axes{area, {0, static_cast<double>(layers)}, range.padded(panel.unit)};
  if (panel.cliff) draw_cliff(drawing, axes, *panel.cliff, 14);
  draw_value_axis(drawing, axes, panel.unit, "", 5);
  if (panel.level && std::isfinite(*panel.level)) {
    drawing.add(
        shapes::Stroke{{axes.at(0, *panel.level), axes.at(layers, *panel.level)}, ink::text, 1.2});
  }
  draw_band(drawing, axes, panel.curve, panel.colour);
  draw_curve(drawing, axes, panel.curve, shapes::Stroke{{}, panel.colour, 2.5},
             layers > 40 ? 2.5 : 3.5);
  drawing.add(shapes::Stroke{{{area.x0, area.y1}, {area.x1, area.y1}}, ink::axis});

  const double left = area.x1 + 30;
  const double room = drawing.width - left - 12;
  drawing.add(shapes::Words{{left, area.y0 + 12},
                            cut_to(room, panel.name, 15, true),
                            15,
                            panel.colour,
                            shapes::Anchor::start,
                            true});
  double y = area.y0 + 33;
  for (const std::string& line : panel.lines) {
    drawing.add(shapes::Words{{left, y}, cut_to(room, line, 13), 13, ink::muted});
    y += 18;
  }
}

}  // namespace detail

/// \throws Error if there is no panel or no layer
[[nodiscard]] inline Drawing layer_panels(std::string_view title,
                                          std::span<const std::string> lines,
                                          std::span<const LayerPanel> panels, int layers,
                                          std::string_view axis = cut_axis) {
  if (panels.empty() || layers < 1) {
    throw Error("no curve to draw, or no layers", "layer_panels", "give at least one of each");
  }
  const double height = panels.size() < 3 ? 210 : 118;
  Drawing drawing{figure_width, 0};
  const double below = draw_heading(drawing, title, lines);
  double top = below + 34;
  for (const LayerPanel& panel : panels) {
    const Rect area{plot_left, top, 850, top + height};
    detail::draw_layer_panel(drawing, panel, area, layers);
    top += height + 34;
  }
  const PlotAxes last{{plot_left, below, 850, top - 34}, {0, static_cast<double>(layers)}, {0, 1}};
  draw_layer_axis(drawing, last, layers, axis);
  drawing.height = top + 34;
  return drawing;
}

}  // namespace infoflow
