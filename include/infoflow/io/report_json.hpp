// SPDX-License-Identifier: MIT
/// \file The data that a report page carries for its script.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include <nlohmann/json.hpp>

#include <infoflow/cam/normalise.hpp>
#include <infoflow/io/base64.hpp>
#include <infoflow/io/colour_map.hpp>
#include <infoflow/io/embedded_picture.hpp>
#include <infoflow/io/flow_report.hpp>

namespace infoflow {

/// Bytes that the parts of a page may take, so that the whole stays below 5 MB.
struct ReportBudget {
  std::size_t attention = 2'200'000;
  std::size_t heat = 1'300'000;
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
  for (Index p = 0; p < report.partition.size(); ++p) {
    const auto role = static_cast<int>(report.partition.role(p));
    if (report.partition.role(p) == Role::image) {
      const Span span = report.partition.images()[static_cast<std::size_t>(image)];
      tokens.push_back({{"image", image++}, {"role", role}, {"begin", p}, {"end", span.end}});
      p = span.end - 1;
    } else {
      tokens.push_back({{"text", report.pieces[static_cast<std::size_t>(p)]},
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
  for (Index row = -1; row < report.partition.answer_length(); ++row) {
    nlohmann::json layers = nlohmann::json::array();
    for (const LayerAttention& layer : report.attention) {
      std::array<float, role_count> shares = layer.mean_shares();
      for (std::size_t r = 0; r < role_count; ++r) {
        if (row >= 0) shares[r] = layer.shares(row, static_cast<Index>(r));
        shares[r] = rounded(shares[r]);
      }
      layers.push_back(shares);
    }
    all.push_back(std::move(layers));
  }
  return all;
}

/// Whole rows: the answer's mean, then as many of its tokens as the budget allows.
[[nodiscard]] inline nlohmann::json attention_json(const FlowReport& report, std::size_t budget) {
  const auto layers = static_cast<Index>(report.attention.size());
  const Index positions = report.partition.size();
  const Index row_bytes = std::max<Index>(1, layers * positions * 8 / 3);
  const Index rows =
      std::min<Index>(report.partition.answer_length(), static_cast<Index>(budget) / row_bytes - 1);
  HostMatrix values(std::max<Index>(0, rows + 1) * layers, positions);
  for (Index row = -1; row < rows; ++row) {
    for (Index l = 0; l < layers; ++l) {
      const HostMatrix& all = report.attention[static_cast<std::size_t>(l)].rows;
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
[[nodiscard]] inline nlohmann::json heats_json(const FlowReport& report, std::size_t budget) {
  nlohmann::json all = nlohmann::json::array();
  std::size_t bytes = 0;
  for (const ReportHeat& heat : report.heat) {
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
[[nodiscard]] inline std::vector<Index> tokens_of(const PatchGrid& grid,
                                                  const ImageLayout& layout) {
  const Rect area = layout.preprocessing().to_source(grid.area);
  const double width = area.width() / static_cast<double>(grid.columns);
  const double height = area.height() / static_cast<double>(grid.rows);
  std::vector<Index> tokens(static_cast<std::size_t>(grid.size()), -1);
  for (Index t = 0; t < layout.token_count(); ++t) {
    const std::optional<Rect> place = layout.place(t);
    // Tiles and thumbnail lie over each other: a patch belongs to the grid with patches of its
    // size.
    if (!place || !area.contains(place->centre())) continue;
    if (std::abs(place->width() - width) > 1e-6 * width) continue;
    const auto column = static_cast<Index>((place->centre().x - area.x0) / width);
    const auto row = static_cast<Index>((place->centre().y - area.y0) / height);
    tokens[static_cast<std::size_t>(row * grid.columns + column)] = t;
  }
  return tokens;
}

/// Where each token of a soft layout lies, [tokens, rows · columns] over the whole picture.
[[nodiscard]] inline HostMatrix mixture(const ImageLayout& layout, const PatchGrid& grid) {
  HostMatrix mix(layout.token_count(), grid.size());
  for (Index t = 0; t < mix.rows(); ++t) {
    const HostVector one = HostVector::Unit(mix.rows(), t);
    const PixelHeat place =
        layout.paint(one, HeatKind::mass, Interpolation::nearest, static_cast<int>(grid.columns),
                     static_cast<int>(grid.rows));
    mix.row(t) = Eigen::Map<const Eigen::RowVectorXf>(place.values.data(), grid.size());
  }
  return mix;
}

/// The picture's grids in source pixels. Where tokens have no place of their own (a soft layout) a
/// grid carries their mixture instead of a token per patch.
[[nodiscard]] inline nlohmann::json grids_json(const ImageLayout& layout) {
  const Preprocessing& way = layout.preprocessing();
  nlohmann::json grids = nlohmann::json::array();
  for (const PatchGrid& grid : layout.grids()) {
    nlohmann::json json{{"rows", grid.rows}, {"columns", grid.columns}};
    if (layout.is_soft()) {
      const HostMatrix mix = mixture(layout, grid);
      json["area"] = {0, 0, way.source_width(), way.source_height()};
      json["mixture"] = base64_halves({mix.data(), static_cast<std::size_t>(mix.size())}, 1);
    } else {
      json["area"] = corners(way.to_source(grid.area));
      json["tokens"] = tokens_of(grid, layout);
    }
    grids.push_back(std::move(json));
  }
  return grids;
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
                        {"position", report.partition.images()[i].begin},
                        {"count", picture.layout.token_count()},
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
[[nodiscard]] inline nlohmann::json report_json(const FlowReport& report,
                                                const ReportBudget& budget = {}) {
  nlohmann::json answer = nlohmann::json::array();
  const Index prompt = report.partition.prompt_length();
  for (Index i = 0; i < report.partition.answer_length(); ++i) {
    answer.push_back({{"text", report.pieces[static_cast<std::size_t>(prompt + i)]},
                      {"probability", report.probabilities[static_cast<std::size_t>(i)]}});
  }
  return {{"layers", report.attention.size()},
          {"site", to_string(report.site)},
          {"paper", report.as_in_paper},
          {"smooth", report.between == Interpolation::bilinear},
          {"colours", detail::colour_table(report.as_in_paper)},
          {"tokens", detail::tokens_json(report)},
          {"answer", answer},
          {"shares", detail::shares_json(report)},
          {"attention", detail::attention_json(report, budget.attention)},
          {"heat", detail::heats_json(report, budget.heat)},
          {"mass", report.cam_mass},
          {"pictures", detail::pictures_json(report, budget.picture_side)},
          {"rates", detail::rates_json(report)}};
}

}  // namespace infoflow
