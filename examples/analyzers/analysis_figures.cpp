// SPDX-License-Identifier: MIT
#include <algorithm>

#include <fmt/format.h>

#include <infoflow/io/attention_map_figure.hpp>
#include <infoflow/io/flow_figure.hpp>
#include <infoflow/io/shares_figure.hpp>

#include "analysis_pictures.hpp"
#include "terminal.hpp"

namespace infoflow::analyzers {

namespace {

FigureCaption caption(const Analysis& analysis) {
  return {.title = {}, .model = analysis.model.name, .question = analysis.request.text};
}

std::string draw_shares(const Analysis& analysis) {
  const std::vector<LayerAttention>& attention = analysis.study.attention;
  HostMatrix shares(static_cast<Index>(attention.size()), static_cast<Index>(role_count));
  for (std::size_t l = 0; l < attention.size(); ++l) {
    const std::array<float, role_count> mean = attention[l].mean_shares();
    std::copy(mean.begin(), mean.end(), shares.row(static_cast<Index>(l)).begin());
  }
  return shares_figure(shares, caption(analysis)).str();
}

/// Shallow beside deep: up to four layers, evenly spaced from the first to the last.
std::string draw_flow(const Analysis& analysis) {
  const Study& study = analysis.study;
  const std::size_t layers = study.attention.size();
  const std::size_t count = std::min<std::size_t>(4, layers);
  std::vector<FlowPanel> panels;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t l = count == 1 ? 0 : i * (layers - 1) / (count - 1);
    panels.push_back({study.attention[l].layer, study.attention[l].shares});
  }
  std::vector<std::string> tokens;
  for (const std::string& piece :
       std::span(study.pieces).subspan(static_cast<std::size_t>(study.partition.prompt_length()))) {
    tokens.push_back(printable(piece));
  }
  return flow_figure(panels, study.partition, tokens, caption(analysis)).str();
}

}  // namespace

std::vector<AnalysisFile> figures(const Analysis& analysis) {
  if (analysis.study.attention.empty()) return {};
  std::vector<AnalysisFile> files{{"shares.svg", [&] { return draw_shares(analysis); }},
                                  {"flow.svg", [&] { return draw_flow(analysis); }}};
  for (const AttentionMap& map : analysis.study.maps) {
    files.push_back({fmt::format("attention/layer_{:02}.svg", map.layer),
                     [&] { return attention_map_figure(map, caption(analysis)).str(); }});
  }
  return files;
}

}  // namespace infoflow::analyzers
