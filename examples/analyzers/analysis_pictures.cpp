// SPDX-License-Identifier: MIT
#include "analysis_pictures.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <infoflow/cam/normalise.hpp>
#include <infoflow/io/layer_strip.hpp>
#include <infoflow/io/write_png.hpp>

namespace infoflow::analyzers {

namespace {

constexpr int longest_side = 640;

/// One kind of map over one picture, at all layers.
struct MapSeries {
  std::string title;  ///< "LLaVA-CAM (eq. 3, weighting mean)"
  std::string map;    ///< As hit rates call it.
  std::string weighting;
  HeatKind kind = HeatKind::intensity;
  std::vector<LayerHeat> layers;
};

HostVector part_of(const HostVector& heat, const Study& study, std::size_t picture) {
  Index first = 0;
  for (std::size_t i = 0; i < picture; ++i) first += study.layouts[i].token_count();
  return heat.segment(first, study.layouts[picture].token_count());
}

MapSeries cam_series(const Analysis& analysis, std::size_t weighting, std::string title,
                     std::size_t picture) {
  MapSeries series{std::move(title),
                   std::string(to_string(analysis.request.sites.front())),
                   analysis.request.weightings[weighting],
                   HeatKind::intensity,
                   {}};
  for (const SiteHeat& site : analysis.sites()) {
    const HeatAverage& heat = site.heat[weighting];
    series.layers.push_back({fmt::format("layer {}", site.site.layer),
                             part_of(heat.mean(), analysis.study, picture), heat.status()});
  }
  return series;
}

MapSeries attention_series(const Analysis& analysis, std::size_t picture) {
  MapSeries series{
      "Attention of the answer's rows, mean over heads", "attention", "", HeatKind::mass, {}};
  const Span image = analysis.study.partition.images()[picture];
  for (const LayerAttention& layer : analysis.study.attention) {
    series.layers.push_back(
        {fmt::format("layer {}", layer.layer), layer.at(image).colwise().mean().transpose()});
  }
  return series;
}

/// What was measured of the layer that points best.
std::string best_rate(const Analysis& analysis, const MapSeries& series) {
  const MeasuredRate* best = nullptr;
  for (const MeasuredRate& rate : analysis.rates) {
    if (rate.map != series.map || rate.weighting != series.weighting) continue;
    if (best == nullptr || rate.rate > best->rate) best = &rate;
  }
  if (best == nullptr) return {};
  return fmt::format("best layer {}: {} (pointing game, {})", best->layer,
                     rate_text(analysis.rates, best->map, best->weighting, best->layer),
                     best->model);
}

std::string measured_rate(const Analysis& analysis, const MapSeries& series, int layer) {
  const std::string text = rate_text(analysis.rates, series.map, series.weighting, layer);
  return text.empty() ? text
                      : fmt::format("{} (pointing game, {})", text, analysis.rates.front().model);
}

std::vector<std::string> caption(const Analysis& analysis, const MapSeries& series,
                                 const std::string& head, const std::string& rate) {
  std::vector<std::string> lines{
      head, analysis.model.name + ": " + analysis.request.text + " -> " + analysis.study.answer};
  const StudyRequest& request = analysis.request;
  if (series.kind == HeatKind::intensity && request.smoothing.samples > 0) {
    lines.push_back(fmt::format("{} noisy copies, sigma {} in [0,1] pixels, seed {}",
                                request.smoothing.samples, request.noise_sigma,
                                request.smoothing.seed));
  }
  if (!rate.empty()) lines.push_back(rate);
  return lines;
}

/// Calls `draw` with the style that was asked for; its type depends on the colour map.
template <class Draw>
RgbImage with_style(const Analysis& analysis, Draw draw) {
  if (analysis.as_in_paper) {
    OverlayStyle<Jet> style = paper_style();
    style.between = analysis.between;
    return draw(style);
  }
  return draw(OverlayStyle<Turbo>{.colours = {}, .between = analysis.between});
}

RgbImage strip(const Analysis& analysis, const MapSeries& series, std::size_t picture) {
  return with_style(analysis, [&](const auto& style) {
    const auto lines =
        caption(analysis, series, series.title + ", layer by layer", best_rate(analysis, series));
    return layer_strip(analysis.request.images[picture], analysis.study.layouts[picture],
                       series.layers, lines,
                       {.kind = series.kind, .common_scale = !analysis.as_in_paper}, style);
  });
}

/// One layer in large, under a caption. On the paper's scale each layer has its own maximum; else
/// `maximum` is that of all layers.
RgbImage layer_picture(const Analysis& analysis, const MapSeries& series, std::size_t layer,
                       float maximum, std::size_t picture) {
  const LayerHeat& heat = series.layers[layer];
  const RgbImage shown = fitted(analysis.request.images[picture], longest_side);
  const ImageLayout& layout = analysis.study.layouts[picture];
  const PixelHeat painted =
      layout.paint(heat.heat, series.kind, analysis.between, shown.width, shown.height);
  const int number = analysis.study.attention[layer].layer;
  constexpr int gap = 10;
  constexpr int width = longest_side + 2 * gap;
  const auto characters = static_cast<std::size_t>((width - 2 * gap) / Canvas::text_width("x"));
  const std::vector<std::string> lines =
      wrapped(caption(analysis, series, fmt::format("{}, {}", series.title, heat.title),
                      measured_rate(analysis, series, number)),
              characters);
  const float scale = analysis.as_in_paper ? painted.values.maxCoeff() : maximum;
  const int line = Canvas::line_height();
  const int head = gap + static_cast<int>(lines.size() + 1) * line + 2 * gap;
  Canvas canvas(width, head + shown.height + gap);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    canvas.text(gap, gap + static_cast<int>(i) * line, lines[i]);
  }
  const int bar = gap + static_cast<int>(lines.size()) * line + 6;
  return with_style(analysis, [&](const auto& style) {
    draw_colour_bar(
        canvas, gap, bar, style,
        fmt::format(
            "{} {}, {}",
            short_number(readable_heat(scale, series.kind, layout, shown.width, shown.height)),
            heat_unit(series.kind),
            analysis.as_in_paper ? "this layer's maximum" : "of all layers"));
    canvas.paste(overlay(shown, painted, scale, style), gap, head);
    if (heat.status != HeatStatus::flowing) {
      detail::draw_label(canvas, gap, head + shown.height, std::string(to_string(heat.status)));
    }
    return canvas.image();
  });
}

std::string png(const RgbImage& picture) {
  const std::vector<std::uint8_t> bytes = encode_png(picture);
  return {bytes.begin(), bytes.end()};
}

float maximum_of(const MapSeries& series) {
  std::vector<HostVector> maps;
  for (const LayerHeat& layer : series.layers) maps.push_back(layer.heat);
  return common_maximum(maps);
}

}  // namespace

std::vector<AnalysisFile> heat_pictures(const Analysis& analysis) {
  std::vector<AnalysisFile> files;
  if (analysis.study.attention.empty() || analysis.study.heat.empty()) return files;
  for (std::size_t i = 0; i < analysis.study.layouts.size(); ++i) {
    const std::string which =
        analysis.study.layouts.size() > 1 ? fmt::format("image_{}_", i + 1) : "";
    const MapSeries cam = cam_series(analysis, 0, "LLaVA-CAM (eq. 3, weighting mean)", i);
    const MapSeries hires = cam_series(analysis, 1, "HiResCAM (weighting hires)", i);
    const MapSeries attention = attention_series(analysis, i);
    files.push_back(
        {which + "cam_strip.png", [=, &analysis] { return png(strip(analysis, cam, i)); }});
    files.push_back(
        {which + "hires_strip.png", [=, &analysis] { return png(strip(analysis, hires, i)); }});
    files.push_back({which + "attention_strip.png",
                     [=, &analysis] { return png(strip(analysis, attention, i)); }});
    const float maximum = maximum_of(cam);
    for (std::size_t l = 0; l < cam.layers.size(); ++l) {
      files.push_back({fmt::format("cam/{}layer_{:02}.png", which, l), [=, &analysis] {
                         return png(layer_picture(analysis, cam, l, maximum, i));
                       }});
    }
  }
  return files;
}

}  // namespace infoflow::analyzers
