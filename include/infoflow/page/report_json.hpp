// SPDX-License-Identifier: MIT
/// \file The data that a report page carries for its script.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include <nlohmann/json.hpp>

#include <infoflow/cam/normalise.hpp>
#include <infoflow/figure/colour_map.hpp>
#include <infoflow/files/base64_halves.hpp>
#include <infoflow/page/flow_report.hpp>
#include <infoflow/page/report_heat.hpp>
#include <infoflow/picture/embedded_picture.hpp>

namespace infoflow {

/// Bytes that the parts of a page may take, so that the whole stays below 5 MB.
struct ReportBudget {
  std::size_t attention = 2'200'000;
  std::size_t heat = 1'300'000;
  std::size_t heads = 300'000;
  int picture_side = 768;
};

namespace detail {

/// Attention times this fills the range of half floats: 1 is just below the largest, and what is
/// below 2e-9 loses digits.
inline constexpr float attention_scale = 32768;

inline float rounded(double x) {
  return static_cast<float>(std::round(x * 1e5) / 1e5);
}

/// The map's 256 colours, so that page and pictures cannot disagree.
[[nodiscard]] inline std::string colour_table(bool jet) {
  std::vector<std::uint8_t> bytes;
  for (int i = 0; i < 256; ++i) {
    const float x = static_cast<float>(i) / 255.0F;
    const Rgb c = jet ? Jet{}(x) : Turbo{}(x);
    bytes.insert(bytes.end(), {c.r, c.g, c.b});
  }
  return base64(bytes);
}

/// Text positions one by one; a picture's tokens as one entry.
[[nodiscard]] inline nlohmann::json tokens_json(const FlowReport& report) {
  nlohmann::json tokens = nlohmann::json::array();
  int image = 0;
  for (Index p = 0; p < report.trace.partition.size(); ++p) {
    const auto role = static_cast<int>(report.trace.partition.role(p));
    if (report.trace.partition.role(p) == Role::image) {
      const Span span = report.trace.partition.images()[static_cast<std::size_t>(image)];
      tokens.push_back({{"image", image++}, {"role", role}, {"begin", p}, {"end", span.end}});
      p = span.end - 1;
    } else {
      tokens.push_back({{"text", report.trace.pieces[static_cast<std::size_t>(p)]},
                        {"role", role},
                        {"begin", p},
                        {"end", p + 1}});
    }
  }
  return tokens;
}

/// Shares by role: first those averaged over the answer, then each answer token's; per layer.
[[nodiscard]] inline nlohmann::json shares_json(const FlowReport& report) {
  nlohmann::json all = nlohmann::json::array();
  for (Index row = -1; row < report.trace.partition.answer_length(); ++row) {
    nlohmann::json layers = nlohmann::json::array();
    for (const LayerAttention& layer : report.trace.attention) {
      nlohmann::json shares = nlohmann::json::array();
      for (const float share : row < 0 ? layer.mean_shares() : layer.shares_of(row)) {
        shares.push_back(rounded(share));
      }
      layers.push_back(std::move(shares));
    }
    all.push_back(std::move(layers));
  }
  return all;
}

/// Shares by role of each head, [answer's mean and tokens][layers][heads][roles]: the mean, then as
/// many tokens as the budget allows.
[[nodiscard]] inline nlohmann::json heads_json(const FlowReport& report, std::size_t budget) {
  const std::size_t heads = heads_of(report);
  const std::size_t row_bytes = report.trace.attention.size() * heads * role_count * 8 / 3;
  if (row_bytes == 0 || row_bytes > budget) return {{"count", 0}};
  const Index rows = std::min<Index>(report.trace.partition.answer_length(),
                                     static_cast<Index>(budget / row_bytes) - 1);
  std::vector<float> values;
  for (Index row = -1; row < rows; ++row) {
    for (const LayerAttention& layer : report.trace.attention) {
      for (const HostMatrix& shares : layer.head_shares) {
        for (Index role = 0; role < static_cast<Index>(role_count); ++role) {
          values.push_back(row < 0 ? shares.col(role).mean() : shares(row, role));
        }
      }
    }
  }
  return {{"count", heads}, {"tokens", rows}, {"values", base64_halves(values, 1)}};
}

/// Whole rows: the answer's mean, then as many of its tokens as the budget allows.
[[nodiscard]] inline nlohmann::json attention_json(const FlowReport& report, std::size_t budget) {
  const auto layers = static_cast<Index>(report.trace.attention.size());
  const Index positions = report.trace.partition.size();
  const Index row_bytes = std::max<Index>(1, layers * positions * 8 / 3);
  const Index rows = std::min<Index>(report.trace.partition.answer_length(),
                                     static_cast<Index>(budget) / row_bytes - 1);
  HostMatrix values(std::max<Index>(0, rows + 1) * layers, positions);
  for (Index row = -1; row < rows; ++row) {
    for (Index l = 0; l < layers; ++l) {
      const HostMatrix& all = report.trace.attention[static_cast<std::size_t>(l)].rows;
      if (row < 0) {
        values.row(l) = all.colwise().mean();
      } else {
        values.row((row + 1) * layers + l) = all.row(row);
      }
    }
  }
  return {{"tokens", std::max<Index>(0, rows)},
          {"positions", positions},
          {"scale", attention_scale},
          {"values", base64_halves({values.data(), static_cast<std::size_t>(values.size())},
                                   attention_scale)}};
}

/// Each layer's map divided by its maximum, which stands beside it: gradients have no common range.
[[nodiscard]] inline nlohmann::json heat_json(const ReportHeat& heat) {
  std::vector<float> values;
  std::vector<float> maxima;
  std::vector<std::string> status;
  std::vector<float> concentrations;
  for (std::size_t l = 0; l < heat.layers.size(); ++l) {
    const HostVector& map = heat.layers[l];
    maxima.push_back(map.size() == 0 ? 0.0F : map.maxCoeff());
    const HostVector relative = normalise(map, maxima.back());
    values.insert(values.end(), relative.begin(), relative.end());
    status.emplace_back(to_string(heat.status[l]));
    concentrations.push_back(rounded(concentration(map)));
  }
  return {{"token", heat.token ? nlohmann::json(*heat.token) : nlohmann::json()},
          {"weighting", heat.weighting},
          {"maxima", maxima},
          {"status", status},
          {"concentration", concentrations},
          {"values", base64_halves(values, 1)}};
}

/// As many targets as fit; the first always does.
[[nodiscard]] inline nlohmann::json heats_json(std::span<const ReportHeat> heats,
                                               std::size_t budget) {
  nlohmann::json all = nlohmann::json::array();
  std::size_t bytes = 0;
  for (const ReportHeat& heat : heats) {
    for (const HostVector& map : heat.layers) bytes += static_cast<std::size_t>(map.size()) * 8 / 3;
    if (!all.empty() && bytes > budget) break;
    all.push_back(heat_json(heat));
  }
  return all;
}

[[nodiscard]] inline std::array<double, 4> corners(const Rect& r) {
  return {r.x0, r.y0, r.x1, r.y1};
}

/// The token of each patch of a grid, -1 for none.
/// \param first  the grid's first patch, counted through all grids
[[nodiscard]] inline std::vector<Index> tokens_of(const ImageLayout& layout, Index first,
                                                  const PatchGrid& grid) {
  std::vector<Index> tokens(static_cast<std::size_t>(grid.size()), -1);
  Index token = 0;
  for (const Index patch : layout.patch_of_token()) {
    if (first <= patch && patch < first + grid.size()) {
      tokens[static_cast<std::size_t>(patch - first)] = token;
    }
    ++token;
  }
  return tokens;
}

/// Where each token of a soft layout lies, [tokens, rows · columns] over the whole picture.
[[nodiscard]] inline HostMatrix mixture(const ImageLayout& layout, const PatchGrid& grid) {
  HostMatrix mix(layout.token_count(), grid.size());
  for (Index t = 0; t < mix.rows(); ++t) {
    const HostVector one = HostVector::Unit(mix.rows(), t);
    const PixelHeat place = paint(layout, one, HeatKind::mass, Interpolation::nearest,
                                  static_cast<int>(grid.columns), static_cast<int>(grid.rows));
    mix.row(t) = Eigen::Map<const Eigen::RowVectorXf>(place.values.data(), grid.size());
  }
  return mix;
}

/// The picture's grids in source pixels. Where tokens have no place of their own (a soft layout) a
/// grid carries their mixture instead of a token per patch.
[[nodiscard]] inline nlohmann::json grids_json(const ImageLayout& layout) {
  const Preprocessing& way = layout.preprocessing();
  nlohmann::json grids = nlohmann::json::array();
  Index first = 0;
  for (const PatchGrid& grid : layout.grids()) {
    nlohmann::json json{{"rows", grid.rows}, {"columns", grid.columns}};
    if (layout.is_soft()) {
      const HostMatrix mix = mixture(layout, grid);
      json["area"] = {0, 0, way.source_width(), way.source_height()};
      json["mixture"] = base64_halves({mix.data(), static_cast<std::size_t>(mix.size())}, 1);
    } else {
      json["area"] = corners(way.to_source(grid.area));
      json["tokens"] = tokens_of(layout, first, grid);
    }
    first += grid.size();
    grids.push_back(std::move(json));
  }
  return grids;
}

/// CAM mass per layer, of the first target.
[[nodiscard]] inline nlohmann::json mass_json(const Trace& trace) {
  nlohmann::json mass = nlohmann::json::array();
  if (trace.heat.empty()) return mass;
  for (const SiteHeat* site : sites_per_layer(trace.heat.front())) mass.push_back(site->mass());
  return mass;
}

/// The boxes that the answer names; only answers about one picture have some.
[[nodiscard]] inline nlohmann::json boxes_json(const Trace& trace) {
  nlohmann::json boxes = nlohmann::json::array();
  if (!trace.answer_boxes) return boxes;
  for (const Rect& box : *trace.answer_boxes) boxes.push_back(corners(box));
  return boxes;
}

[[nodiscard]] inline nlohmann::json pictures_json(const FlowReport& report, int side) {
  nlohmann::json pictures = nlohmann::json::array();
  Index first = 0;
  for (std::size_t i = 0; i < report.pictures.size(); ++i) {
    const ReportPicture& picture = report.pictures[i];
    pictures.push_back({{"name", picture.name},
                        {"width", picture.pixels.width},
                        {"height", picture.pixels.height},
                        {"url", jpeg_data_url(picture.pixels, side)},
                        {"seen", corners(picture.layout.preprocessing().seen())},
                        {"first", first},
                        {"position", report.trace.partition.images()[i].begin},
                        {"count", picture.layout.token_count()},
                        {"finest", picture.layout.overlap() == Overlap::finest},
                        {"boxes", boxes_json(report.trace)},
                        {"grids", grids_json(picture.layout)}});
    first += picture.layout.token_count();
  }
  return pictures;
}

/// What captions say, once per map and layer that was measured.
[[nodiscard]] inline nlohmann::json rates_json(const FlowReport& report) {
  nlohmann::json rates = nlohmann::json::array();
  std::set<std::tuple<std::string, std::string, int>> seen;
  for (const MeasuredRate& rate : report.rates) {
    if (!seen.insert({rate.map, rate.weighting, rate.layer}).second) continue;
    rates.push_back({{"map", rate.map},
                     {"weighting", rate.weighting},
                     {"layer", rate.layer},
                     {"text", rate_text(report.rates, rate.map, rate.weighting, rate.layer)},
                     {"model", rate.model}});
  }
  return rates;
}

}  // namespace detail

/// Everything that the page's script draws. Texts stand here as they came; `script_json` escapes.
/// \param heats  report_heats() of the trace
[[nodiscard]] inline nlohmann::json report_json(const FlowReport& report,
                                                std::span<const ReportHeat> heats,
                                                const ReportBudget& budget = {}) {
  nlohmann::json answer = nlohmann::json::array();
  const Index prompt = report.trace.partition.prompt_length();
  for (Index i = 0; i < report.trace.partition.answer_length(); ++i) {
    answer.push_back({{"text", report.trace.pieces[static_cast<std::size_t>(prompt + i)]},
                      {"probability", report.trace.probabilities[static_cast<std::size_t>(i)]}});
  }
  return {{"layers", report.trace.attention.size()},
          {"site", site_name(report.trace)},
          {"paper", report.as_in_paper},
          {"smooth", report.between == Interpolation::bilinear},
          {"colours", detail::colour_table(report.as_in_paper)},
          {"tokens", detail::tokens_json(report)},
          {"answer", answer},
          {"shares", detail::shares_json(report)},
          {"heads", detail::heads_json(report, budget.heads)},
          {"attention", detail::attention_json(report, budget.attention)},
          {"heat", detail::heats_json(heats, budget.heat)},
          {"mass", detail::mass_json(report.trace)},
          {"pictures", detail::pictures_json(report, budget.picture_side)},
          {"rates", detail::rates_json(report)}};
}

}  // namespace infoflow
