// SPDX-License-Identifier: MIT
/// \file A report of one prompt as numbers: flow.json, shares.csv and cam.npy.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <infoflow/cam/normalise.hpp>
#include <infoflow/files/npy.hpp>
#include <infoflow/output/output_folder.hpp>
#include <infoflow/page/flow_report.hpp>
#include <infoflow/page/report_heat.hpp>
#include <infoflow/text/escape.hpp>
#include <infoflow/text/short_text.hpp>

namespace infoflow {

namespace detail {

[[nodiscard]] inline nlohmann::json all_tokens_json(const Trace& trace) {
  nlohmann::json tokens = nlohmann::json::array();
  for (Index p = 0; p < trace.partition.size(); ++p) {
    const auto i = static_cast<std::size_t>(p);
    const Role role = trace.partition.role(p);
    nlohmann::json token{{"position", p}, {"id", trace.ids[i]}, {"role", to_string(role)}};
    if (role != Role::image) token["text"] = trace.pieces[i];
    if (p >= trace.partition.prompt_length()) {
      token["probability"] =
          trace.probabilities[static_cast<std::size_t>(p - trace.partition.prompt_length())];
    }
    tokens.push_back(std::move(token));
  }
  return tokens;
}

[[nodiscard]] inline nlohmann::json named_shares_json(const RoleShares& shares) {
  nlohmann::json named;
  for (const Role role : all_roles) named[std::string(to_string(role))] = shares[role];
  return named;
}

/// What every target and weighting says at a layer.
[[nodiscard]] inline nlohmann::json cam_json(const Trace& trace, std::size_t layer) {
  nlohmann::json maps = nlohmann::json::array();
  for (const TargetHeat& target : trace.heat) {
    const std::vector<const SiteHeat*> sites = sites_per_layer(target);
    if (layer >= sites.size()) continue;
    const SiteHeat& site = *sites[layer];
    for (const auto& [weighting, heat] : site.maps) {
      const HostVector map = heat.mean();
      maps.push_back({{"target", target.target.name()},
                      {"weighting", weighting},
                      {"site", to_string(site.site)},
                      {"status", to_string(heat.status())},
                      {"mass", site.mass()},
                      {"concentration", concentration(map)},
                      {"maximum", map.size() == 0 ? 0.0F : map.maxCoeff()},
                      {"relative_error", heat.relative_error()}});
    }
  }
  return maps;
}

[[nodiscard]] inline nlohmann::json layer_json(const Trace& trace, std::size_t l) {
  const LayerAttention& layer = trace.attention[l];
  nlohmann::json tokens = nlohmann::json::array();
  for (Index i = 0; i < layer.shares.rows(); ++i) {
    tokens.push_back({{"shares", named_shares_json(layer.shares_of(i))},
                      {"first_token", layer.first_token[i]},
                      {"entropy", layer.entropy[i]}});
  }
  return {{"layer", layer.layer},
          {"shares", named_shares_json(layer.mean_shares())},
          {"answer_tokens", std::move(tokens)},
          {"cam", cam_json(trace, l)}};
}

[[nodiscard]] inline std::string share_row(int layer, const std::string& token,
                                           const std::string& text, const RoleShares& shares,
                                           float first_token, float entropy) {
  std::string row = std::to_string(layer) + "," + token + "," + csv_field(valid_utf8(text));
  for (const Role role : all_roles) {
    row += "," + fixed(shares[role], 6);
  }
  return row + "," + fixed(first_token, 6) + "," + fixed(entropy, 6) + "\n";
}

}  // namespace detail

/// Everything by name: what was run, tokens, and per layer shares, entropy and CAM.
[[nodiscard]] inline std::string flow_json(const FlowReport& report) {
  const Trace& trace = report.trace;
  nlohmann::json run;
  nlohmann::json pictures = nlohmann::json::array();
  for (const auto& [name, value] : report.run) {
    if (name == "picture") {
      pictures.push_back(value);
    } else {
      run[name] = value;
    }
  }
  run["pictures"] = std::move(pictures);
  nlohmann::json layers = nlohmann::json::array();
  for (std::size_t l = 0; l < trace.attention.size(); ++l) {
    layers.push_back(detail::layer_json(trace, l));
  }
  nlohmann::json flow{{"run", std::move(run)},       {"answer", trace.answer},
                      {"stopped", trace.stopped},    {"tokens", detail::all_tokens_json(trace)},
                      {"layers", std::move(layers)}, {"notes", report.notes}};
  if (trace.answer_boxes) {
    nlohmann::json& boxes = flow["answer_boxes"] = nlohmann::json::array();
    for (const Rect& box : *trace.answer_boxes) boxes.push_back({box.x0, box.y0, box.x1, box.y1});
  }
  return output::json_text(flow);
}

/// A row per layer and answer token, the mean over tokens first.
[[nodiscard]] inline std::string shares_csv(const FlowReport& report) {
  const Trace& trace = report.trace;
  std::string csv = "layer,answer_token,text,system,image,user,answer,first_token,entropy\n";
  for (const LayerAttention& layer : trace.attention) {
    csv += detail::share_row(layer.layer, "mean", "", layer.mean_shares(), layer.first_token.mean(),
                             layer.entropy.mean());
    for (Index i = 0; i < layer.shares.rows(); ++i) {
      const auto position = static_cast<std::size_t>(trace.partition.prompt_length() + i);
      csv += detail::share_row(layer.layer, std::to_string(i), trace.pieces[position],
                               layer.shares_of(i), layer.first_token[i], layer.entropy[i]);
    }
  }
  return csv;
}

/// [layers, image tokens]: the first target's first weighting (by default eq. 3 of the sum), before
/// normalisation; without heat no rows. \throws Error if the file cannot be written
inline void write_cam(const std::filesystem::path& file, const FlowReport& report) {
  const std::vector<ReportHeat> heats = report_heats(report.trace);
  const std::size_t layers = heats.empty() ? 0 : heats.front().layers.size();
  HostMatrix rows(static_cast<Index>(layers), report.trace.partition.count(Role::image));
  for (std::size_t l = 0; l < layers; ++l) {
    rows.row(static_cast<Index>(l)) = heats.front().layers[l].transpose();
  }
  const std::array<std::int64_t, 2> shape{rows.rows(), rows.cols()};
  write_npy(file, shape, {rows.data(), static_cast<std::size_t>(rows.size())});
}

}  // namespace infoflow
