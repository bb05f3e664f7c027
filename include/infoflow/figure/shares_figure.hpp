// SPDX-License-Identifier: MIT
/// \file A figure of how much attention each role gets, layer by layer (the paper's Fig. 2A).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <infoflow/core/error.hpp>
#include <infoflow/core/sort_stably.hpp>
#include <infoflow/core/tensor_ops.hpp>
#include <infoflow/figure/drawing.hpp>
#include <infoflow/figure/figure_caption.hpp>
#include <infoflow/figure/plot_axes.hpp>
#include <infoflow/figure/plot_curves.hpp>
#include <infoflow/figure/role_colour.hpp>
#include <infoflow/text/short_text.hpp>

namespace infoflow {

namespace detail {

/// Positions of labels that want to stand at `wanted` (ascending), pushed apart to `distance` and
/// kept above `lowest`.
[[nodiscard]] inline std::vector<double> spread_labels(std::vector<double> wanted, double distance,
                                                       double lowest) {
  for (std::size_t i = 1; i < wanted.size(); ++i) {
    wanted[i] = std::max(wanted[i], wanted[i - 1] + distance);
  }
  double limit = lowest;
  for (std::size_t i = wanted.size(); i-- > 0; limit -= distance) {
    wanted[i] = std::min(wanted[i], limit);
  }
  return wanted;
}

}  // namespace detail

/// One line per role over the layers.
/// \param shares  [layers, 4 roles], from layer 0; each row sums to 1 (LayerAttention::mean_shares)
/// \throws Error if there are no layers, not four columns, or a share is not a number in [0, 1]
[[nodiscard]] inline Drawing shares_figure(const HostMatrix& shares, const FigureCaption& caption) {
  const bool four = shares.cols() == static_cast<Index>(role_count) && shares.rows() > 0;
  if (!four || !(shares.array() >= -1e-4F && shares.array() <= 1.0001F).all()) {
    throw Error("shares that are not [layers, 4] numbers in [0, 1]", "shares_figure",
                "give one row per layer and one column per role");
  }
  const Index layers = shares.rows();
  const double last = static_cast<double>(std::max<Index>(layers - 1, 1));
  const PlotAxes axes{{96, figure_caption_height + 14, 720, 430}, {0, last}, {0, 1}};
  Drawing drawing{860, 500};
  draw_caption(drawing, caption, "Where the answer's attention goes, by role");
  draw_value_axis(drawing, axes, AxisUnit::share, "share of attention");
  draw_number_axis(drawing, axes, static_cast<int>(layers - 1), "layer (counted from 0)");

  std::array<std::size_t, role_count> by_height{0, 1, 2, 3};
  const auto end_of = [&](std::size_t role) {
    return shares(layers - 1, static_cast<Index>(role));
  };
  sort_stably(std::span<std::size_t>(by_height),
              [&](std::size_t a, std::size_t b) { return end_of(a) > end_of(b); });
  std::vector<double> labels;
  for (const std::size_t role : by_height) labels.push_back(axes.at(last, end_of(role)).y);
  labels = detail::spread_labels(std::move(labels), 32, axes.area.y1 - 8);

  for (std::size_t i = 0; i < role_count; ++i) {
    const std::size_t role = by_height[i];
    const auto column = static_cast<Index>(role);
    const Rgb colour = role_colour(static_cast<Role>(role));
    const std::string name(role_names[role]);
    std::vector<PlotPoint> curve;
    for (Index l = 0; l < layers; ++l) {
      PlotPoint p{static_cast<double>(l), shares(l, column)};
      p.tip = name + ", layer " + std::to_string(l) + ": " + percent(p.y);
      curve.push_back(std::move(p));
    }
    draw_curve(drawing, axes, curve, shapes::Stroke{{}, colour, 2.5}, 3);
    const Point end = axes.at(curve.back().x, curve.back().y);
    const double x = axes.area.x1 + 16;
    drawing.add(shapes::Stroke{{{end.x + 5, end.y}, {x, labels[i]}}, colour, 1, {}, 0.5});
    drawing.add(
        shapes::Words{{x + 4, labels[i] + 1}, name, 13, colour, shapes::Anchor::start, true});
    drawing.add(shapes::Words{
        {x + 4, labels[i] + 14}, "mean " + percent(shares.col(column).mean()), 11, colour});
  }
  return drawing;
}

}  // namespace infoflow
