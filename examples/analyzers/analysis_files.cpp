// SPDX-License-Identifier: MIT
#include "analysis_files.hpp"

#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <infoflow/cam/normalise.hpp>
#include <infoflow/io/escape.hpp>
#include <infoflow/io/npy.hpp>

namespace infoflow::analyzers {

namespace {

using nlohmann::json;

json tokens_json(const Study& study) {
  json tokens = json::array();
  for (Index p = 0; p < study.partition.size(); ++p) {
    const auto i = static_cast<std::size_t>(p);
    json token{{"position", p}, {"id", study.ids[i]}, {"role", to_string(study.partition.role(p))}};
    if (study.partition.role(p) != Role::image) token["text"] = study.pieces[i];
    if (p >= study.partition.prompt_length()) {
      token["probability"] =
          study.probabilities[static_cast<std::size_t>(p - study.partition.prompt_length())];
    }
    tokens.push_back(std::move(token));
  }
  return tokens;
}

json shares_json(const std::array<float, role_count>& shares) {
  json named;
  for (std::size_t r = 0; r < role_count; ++r) named[std::string(role_names[r])] = shares[r];
  return named;
}

/// The shares of one answer token.
std::array<float, role_count> shares_of(const LayerAttention& layer, Index token) {
  std::array<float, role_count> shares{};
  for (std::size_t r = 0; r < role_count; ++r)
    shares[r] = layer.shares(token, static_cast<Index>(r));
  return shares;
}

/// What every target and weighting says at a layer.
json cam_json(const Analysis& analysis, std::size_t layer) {
  json maps = json::array();
  for (const TargetHeat& target : analysis.study.heat) {
    const SiteHeat& site = target.sites[layer];
    for (std::size_t w = 0; w < site.heat.size(); ++w) {
      const HeatAverage& heat = site.heat[w];
      const HostVector map = heat.mean();
      maps.push_back({{"target", target.target.name()},
                      {"weighting", analysis.request.weightings[w]},
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

json layer_json(const Analysis& analysis, std::size_t l) {
  const LayerAttention& layer = analysis.study.attention[l];
  json tokens = json::array();
  for (Index i = 0; i < layer.shares.rows(); ++i) {
    tokens.push_back({{"shares", shares_json(shares_of(layer, i))},
                      {"first_token", layer.first_token[i]},
                      {"entropy", layer.entropy[i]}});
  }
  return {{"layer", layer.layer},
          {"shares", shares_json(layer.mean_shares())},
          {"answer_tokens", std::move(tokens)},
          {"cam", cam_json(analysis, l)}};
}

std::string share_row(const LayerAttention& layer, const std::string& token,
                      const std::string& text, const std::array<float, role_count>& shares,
                      float first_token, float entropy) {
  return fmt::format("{},{},{},{:.6f},{:.6f},{:.6f},{:.6f},{:.6f},{:.6f}\n", layer.layer, token,
                     csv_field(valid_utf8(text)), shares[0], shares[1], shares[2], shares[3],
                     first_token, entropy);
}

}  // namespace

std::string flow_json(const Analysis& analysis) {
  const Study& study = analysis.study;
  json run;
  for (const auto& [name, value] : facts(analysis)) {
    if (name != "picture") run[name] = value;
  }
  run["pictures"] = analysis.picture_files;
  json layers = json::array();
  for (std::size_t l = 0; l < study.attention.size(); ++l)
    layers.push_back(layer_json(analysis, l));
  const json all{{"run", std::move(run)},       {"answer", study.answer},
                 {"stopped", study.stopped},    {"tokens", tokens_json(study)},
                 {"layers", std::move(layers)}, {"notes", all_notes(analysis)}};
  return all.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

std::string shares_csv(const Analysis& analysis) {
  const Study& study = analysis.study;
  std::string csv = "layer,answer_token,text,system,image,user,answer,first_token,entropy\n";
  for (const LayerAttention& layer : study.attention) {
    csv += share_row(layer, "mean", "", layer.mean_shares(), layer.first_token.mean(),
                     layer.entropy.mean());
    for (Index i = 0; i < layer.shares.rows(); ++i) {
      const auto position = static_cast<std::size_t>(study.partition.prompt_length() + i);
      csv += share_row(layer, std::to_string(i), study.pieces[position], shares_of(layer, i),
                       layer.first_token[i], layer.entropy[i]);
    }
  }
  return csv;
}

void write_cam(const std::filesystem::path& file, const Analysis& analysis) {
  const std::span<const SiteHeat> sites = analysis.sites();
  const Index tokens = analysis.study.partition.count(Role::image);
  HostMatrix heat(static_cast<Index>(sites.size()), tokens);
  for (std::size_t l = 0; l < sites.size(); ++l) {
    heat.row(static_cast<Index>(l)) = sites[l].heat.front().mean().transpose();
  }
  const std::array<std::int64_t, 2> shape{heat.rows(), heat.cols()};
  write_npy(file, shape, {heat.data(), static_cast<std::size_t>(heat.size())});
}

}  // namespace infoflow::analyzers
