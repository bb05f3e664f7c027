// SPDX-License-Identifier: MIT
/// \file A report of one prompt as heat on its pictures: strips of all layers, and each layer in large.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <infoflow/cam/normalise.hpp>
#include <infoflow/figure/heat_picture.hpp>
#include <infoflow/figure/layer_strip.hpp>
#include <infoflow/figure/measured_rate.hpp>
#include <infoflow/figure/overlay.hpp>
#include <infoflow/output/output_folder.hpp>
#include <infoflow/page/flow_report.hpp>
#include <infoflow/page/report_heat.hpp>

namespace infoflow {

namespace detail {

/// One kind of map over one picture, at all layers.
struct MapSeries {
  std::string name;       ///< Of its strip's file.
  std::string title;      ///< "LLaVA-CAM (eq. 3, weighting mean)"
  std::string map;        ///< As hit rates call it.
  std::string weighting;  ///< Empty for attention.
  HeatKind kind = HeatKind::intensity;
  std::vector<LayerHeat> layers = {};
};

[[nodiscard]] inline std::string title_of(const Trace& trace, std::size_t layer) {
  return "layer " + std::to_string(trace.attention[layer].layer);
}

/// The first target's heat of a weighting, of the picture's tokens.
[[nodiscard]] inline MapSeries cam_series(const FlowReport& report, const ReportHeat& heat,
                                          std::size_t picture) {
  const std::string& weighting = heat.weighting;
  MapSeries series{weighting == "mean" ? "cam" : weighting,
                   weighting == "mean"    ? "LLaVA-CAM (eq. 3, weighting mean)"
                   : weighting == "hires" ? "HiResCAM (weighting hires)"
                                          : "CAM (weighting " + weighting + ")",
                   site_name(report.trace), weighting};
  Index first = 0;
  for (std::size_t i = 0; i < picture; ++i) first += report.pictures[i].layout.token_count();
  const Index count = report.pictures[picture].layout.token_count();
  for (std::size_t l = 0; l < heat.layers.size(); ++l) {
    series.layers.push_back(
        {title_of(report.trace, l), heat.layers[l].segment(first, count), heat.status[l]});
  }
  return series;
}

[[nodiscard]] inline MapSeries attention_series(const FlowReport& report, std::size_t picture) {
  MapSeries series{"attention", "Attention of the answer's rows, mean over heads", "attention", "",
                   HeatKind::mass};
  const Span image = report.trace.partition.images()[picture];
  for (std::size_t l = 0; l < report.trace.attention.size(); ++l) {
    const LayerAttention& layer = report.trace.attention[l];
    series.layers.push_back({title_of(report.trace, l), layer.mean_at(image)});
  }
  return series;
}

/// What was measured of the layer that points best.
[[nodiscard]] inline std::string best_rate(const FlowReport& report, const MapSeries& series) {
  const MeasuredRate* best = nullptr;
  for (const MeasuredRate& rate : report.rates) {
    if (rate.map != series.map || rate.weighting != series.weighting) continue;
    if (best == nullptr || rate.rate > best->rate) best = &rate;
  }
  if (best == nullptr) return {};
  return "best layer " + std::to_string(best->layer) + ": " +
         rate_text(report.rates, best->map, best->weighting, best->layer) + " (pointing game, " +
         best->model + ")";
}

[[nodiscard]] inline std::string layer_rate(const FlowReport& report, const MapSeries& series,
                                            int layer) {
  const std::string text = rate_text(report.rates, series.map, series.weighting, layer);
  return text.empty() ? text : text + " (pointing game, " + report.rates.front().model + ")";
}

[[nodiscard]] inline std::vector<std::string> caption_of(const FlowReport& report,
                                                         const MapSeries& series,
                                                         const std::string& head,
                                                         const std::string& rate) {
  std::vector<std::string> lines{
      head, report.model + ": " + report.question + " → " + report.trace.answer};
  const bool averaged = series.kind == HeatKind::intensity && !report.smoothing.empty();
  if (averaged) lines.push_back(report.smoothing);
  if (!rate.empty()) lines.push_back(rate);
  return lines;
}

/// Calls `draw` with the style that was asked for; its type depends on the colour map.
template <class Draw>
[[nodiscard]] Drawing with_style(const FlowReport& report, Draw draw) {
  if (report.as_in_paper) {
    OverlayStyle<Jet> style = paper_style();
    style.between = report.between;
    return draw(style);
  }
  return draw(OverlayStyle<Turbo>{.colours = {}, .between = report.between});
}

[[nodiscard]] inline Drawing draw_strip(const FlowReport& report, const MapSeries& series,
                                        std::size_t picture) {
  const std::vector<std::string> caption =
      caption_of(report, series, series.title + ", layer by layer", best_rate(report, series));
  const StripSettings settings{.kind = series.kind, .common_scale = !report.as_in_paper};
  return with_style(report, [&](const auto& style) {
    return layer_strip(report.pictures[picture].pixels, report.pictures[picture].layout,
                       series.layers, caption, settings, style);
  });
}

/// On the paper's scale each layer has its own maximum; else `maximum` is that of all layers.
[[nodiscard]] inline Drawing draw_layer(const FlowReport& report, const MapSeries& series,
                                        std::size_t layer, float maximum, std::size_t picture) {
  const LayerHeat& heat = series.layers[layer];
  const std::vector<std::string> caption =
      caption_of(report, series, series.title + ", " + heat.title,
                 layer_rate(report, series, report.trace.attention[layer].layer));
  HeatPictureSettings settings{.kind = series.kind};
  if (!report.as_in_paper) settings.maximum = maximum;
  if (report.trace.answer_boxes) settings.boxes = *report.trace.answer_boxes;
  return with_style(report, [&](const auto& style) {
    return heat_picture(report.pictures[picture].pixels, report.pictures[picture].layout, heat,
                        caption, settings, style);
  });
}

[[nodiscard]] inline float maximum_of(const MapSeries& series) {
  std::vector<HostVector> maps;
  for (const LayerHeat& layer : series.layers) maps.push_back(layer.heat);
  return common_maximum(maps);
}

/// How many heats the first target has: one for each weighting.
[[nodiscard]] inline std::size_t first_weightings(const Trace& trace) {
  if (trace.heat.empty()) return 0;
  const std::vector<const SiteHeat*> sites = sites_per_layer(trace.heat.front());
  return sites.empty() ? 0 : sites.front()->maps.size();
}

}  // namespace detail

/// Per picture of the prompt: a strip of all layers for each weighting of the first target
/// (cam_strip.png is eq. 3, weighting mean; else by the weighting's name) and for attention, and
/// cam/layer_NN.png of the first weighting, on one scale for all layers. None if the answer is empty.
/// The files refer to `report`. \throws Error if there is heat of another number of layers than attention
[[nodiscard]] inline std::vector<OutputFile> flow_pictures(const FlowReport& report) {
  using namespace detail;
  std::vector<OutputFile> files;
  if (report.trace.attention.empty()) return files;
  std::vector<ReportHeat> heats = report_heats(report.trace);
  require_same_layers(report.trace, heats);
  heats.resize(first_weightings(report.trace));
  for (std::size_t i = 0; i < report.pictures.size(); ++i) {
    const std::string which =
        report.pictures.size() > 1 ? "image_" + std::to_string(i + 1) + "_" : "";
    std::vector<MapSeries> all;
    for (const ReportHeat& heat : heats) all.push_back(cam_series(report, heat, i));
    all.push_back(attention_series(report, i));
    for (const MapSeries& series : all) {
      files.push_back({which + series.name + "_strip.png",
                       [=, &report] { return output::png_text(draw_strip(report, series, i)); }});
    }
    if (heats.empty()) continue;
    const auto first = std::make_shared<const MapSeries>(std::move(all.front()));
    const float maximum = maximum_of(*first);
    for (std::size_t l = 0; l < first->layers.size(); ++l) {
      files.push_back(
          {"cam/" + which + "layer_" + output::two_digits(static_cast<int>(l)) + ".png",
           [=, &report] { return output::png_text(draw_layer(report, *first, l, maximum, i)); }});
    }
  }
  return files;
}

}  // namespace infoflow
