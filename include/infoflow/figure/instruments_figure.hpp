// SPDX-License-Identifier: MIT
/// \file All instruments over one axis of layers: what cutting costs, and what attention and CAM
/// say.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <infoflow/cliff/instruments.hpp>
#include <infoflow/figure/layer_panels.hpp>

namespace infoflow {

namespace detail {

/// How an instrument is told to a reader.
struct InstrumentWords {
  std::string_view name;
  std::string_view title;
  std::string_view line;
  AxisUnit unit = AxisUnit::plain;
};

inline constexpr std::array<InstrumentWords, 6> instrument_words{
    {{"disagreement", "disagreement", "another answer than untouched", AxisUnit::share},
     {"kl", "KL(untouched || cut)", "nats, mean over the answer", AxisUnit::plain},
     {"attention", "image share", "of the answer's attention, per layer", AxisUnit::share},
     {"attention to even", "image share to even", "1: as much as its part of tokens",
      AxisUnit::plain},
     {"attention left", "image attention left", "part still to come, per layer", AxisUnit::share},
     {"cam", "CAM mass of the image", "part of the prompt's, per layer", AxisUnit::share}}};

[[nodiscard]] inline InstrumentWords words_of(const Instrument& instrument) {
  const auto* const known =
      std::find_if(instrument_words.begin(), instrument_words.end(),
                   [&](const InstrumentWords& w) { return w.name == instrument.name; });
  return known != instrument_words.end() ? *known
                                         : InstrumentWords{instrument.name, instrument.name, ""};
}

[[nodiscard]] inline LayerPanel panel_of(const Instrument& instrument, int layers, Rgb colour) {
  const InstrumentWords words = words_of(instrument);
  LayerPanel panel{std::string(words.title), {std::string(words.line)}, words.unit, {}, colour};
  for (std::size_t i = 0; i < std::min(instrument.layers.size(), instrument.mean.size()); ++i) {
    PlotPoint point{static_cast<double>(instrument.layers[i]), instrument.mean[i]};
    point.tip = panel.name + ", layer " + std::to_string(instrument.layers[i]) + ": " +
                in_unit(point.y, words.unit);
    panel.curve.push_back(std::move(point));
  }
  panel.level = instrument.limit;
  panel.lines.push_back("thin line: limit " + in_unit(instrument.limit, words.unit));
  if (instrument.cliff && *instrument.cliff < layers) {
    panel.cliff = CliffMarks{};
    panel.cliff->layer = instrument.cliff;
    panel.cliff->lower = panel.cliff->upper = *instrument.cliff;
  } else {
    panel.lines.emplace_back("never stays within it");
  }
  return panel;
}

/// How much worse than the untouched model each cut is, whichever direction is better.
[[nodiscard]] inline LayerPanel loss_panel(const SweepView& sweep, double baseline) {
  const std::vector<CurvePoint> curve = main_curve(sweep);
  const AxisUnit unit = unit_of(sweep);
  const double sign = sweep.direction == Direction::higher_is_better ? 1 : -1;
  LayerPanel panel{"loss of " + curve[0].values[0].name,
                   {"how much worse than untouched", cliff_text(sweep.cliff)},
                   unit,
                   {}};
  for (const CurvePoint& p : curve) {
    PlotPoint point{static_cast<double>(p.cut_layer), sign * (baseline - main_value(p))};
    point.tip = "loss, cut " + std::to_string(p.cut_layer) + ": " + in_unit(point.y, unit);
    panel.curve.push_back(std::move(point));
  }
  panel.level = 0;
  panel.cliff = sweep.cliff;
  return panel;
}

}  // namespace detail

/// A panel for the metric's loss and for each instrument that was measured (but not the instrument
/// "loss": the metric's own is of the corpus). Loss, disagreement and KL are per cut, the others
/// per layer. \throws Error if the main policy has no point, or nothing was measured
[[nodiscard]] inline Drawing instruments_figure(const SweepView& sweep,
                                                std::span<const Instrument> instruments) {
  std::vector<LayerPanel> panels;
  if (const CurvePoint* const baseline = untouched(sweep)) {
    panels.push_back(detail::loss_panel(sweep, main_value(*baseline)));
  }
  std::size_t colour = 0;
  for (const Instrument& instrument : instruments) {
    if (instrument.name == "loss" || !instrument.cliff) continue;  // No cliff: not measured.
    panels.push_back(
        detail::panel_of(instrument, sweep.layers, ink::others[colour++ % ink::others.size()]));
  }
  return layer_panels("What each instrument says about the layers",
                      subject_lines(sweep, main_curve(sweep).back().n), panels, sweep.layers,
                      "cut layer (loss, disagreement, KL) or layer (attention, CAM)");
}

}  // namespace infoflow
