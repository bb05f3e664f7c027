// SPDX-License-Identifier: MIT
/// \file A report of one prompt as figures: shares, flow, and attention maps.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <infoflow/figure/attention_map_figure.hpp>
#include <infoflow/figure/flow_figure.hpp>
#include <infoflow/figure/shares_figure.hpp>
#include <infoflow/figure/write_figure.hpp>
#include <infoflow/output/output_folder.hpp>
#include <infoflow/page/flow_report.hpp>
#include <infoflow/text/printable.hpp>

namespace infoflow {

namespace detail {

[[nodiscard]] inline FigureCaption caption_of(const FlowReport& report) {
  return {.title = {}, .model = report.model, .question = report.question};
}

[[nodiscard]] inline Drawing draw_shares(const FlowReport& report) {
  const std::vector<LayerAttention>& attention = report.trace.attention;
  HostMatrix shares(static_cast<Index>(attention.size()), static_cast<Index>(role_count));
  for (std::size_t l = 0; l < attention.size(); ++l) {
    const RoleShares mean = attention[l].mean_shares();
    std::copy(mean.begin(), mean.end(), shares.row(static_cast<Index>(l)).begin());
  }
  return shares_figure(shares, caption_of(report));
}

/// Shallow beside deep: up to four layers, evenly spaced from the first to the last.
[[nodiscard]] inline Drawing draw_flow(const FlowReport& report) {
  const Trace& trace = report.trace;
  const std::size_t layers = trace.attention.size();
  const std::size_t count = std::min<std::size_t>(4, layers);
  std::vector<FlowPanel> panels;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t l = count == 1 ? 0 : i * (layers - 1) / (count - 1);
    panels.push_back({trace.attention[l].layer, trace.attention[l].shares});
  }
  std::vector<std::string> tokens;
  for (const std::string& piece :
       std::span(trace.pieces).subspan(static_cast<std::size_t>(trace.partition.prompt_length()))) {
    tokens.push_back(printable(piece));
  }
  return flow_figure(panels, trace.partition, tokens, caption_of(report));
}

/// A figure as its two files, which show the same.
template <class Draw>
void add_figure(std::vector<OutputFile>& files, const std::string& stem, Draw draw) {
  files.push_back({stem + ".svg", [=] { return svg_of(draw()).str(); }});
  files.push_back({stem + ".png", [=] { return output::png_text(with_missing_note(draw()), 2); }});
}

}  // namespace detail

/// shares (Fig. 2A), flow (Fig. 1) and attention/layer_NN (Fig. 2B), each .svg and .png. None if the
/// answer is empty. The files refer to `report`.
[[nodiscard]] inline std::vector<OutputFile> flow_figures(const FlowReport& report) {
  using namespace detail;
  if (report.trace.attention.empty()) return {};
  std::vector<OutputFile> files;
  add_figure(files, "shares", [&report] { return draw_shares(report); });
  add_figure(files, "flow", [&report] { return draw_flow(report); });
  for (const AttentionMap& map : report.trace.maps) {
    add_figure(files, "attention/layer_" + output::two_digits(map.layer),
               [&report, &map] { return attention_map_figure(map, caption_of(report)); });
  }
  return files;
}

}  // namespace infoflow
