// SPDX-License-Identifier: MIT
/// \file A decision as JSON: the cut, what it costs and saves, and the floors it is held against.
#pragma once

#include <optional>

#include <nlohmann/json.hpp>

#include <infoflow/output/output_folder.hpp>
#include <infoflow/sweep/decide.hpp>
#include <infoflow/sweep/decision_text.hpp>
#include <infoflow/sweep/latency.hpp>

namespace infoflow {

namespace detail {

[[nodiscard]] inline nlohmann::json interval_json(double value, const Interval& interval) {
  return {{"value", output::number_or_null(value)}, {"low", interval.low}, {"high", interval.high}};
}

[[nodiscard]] inline nlohmann::json point_json(const CurvePoint& point) {
  nlohmann::json values = nlohmann::json::object();
  for (const NamedValue& v : point.values) values[v.name] = v.value;
  return {{"policy", point.policy}, {"cut_layer", point.cut_layer},
          {"n", point.n},           {"metric", interval_json(main_value(point), point.interval)},
          {"values", values},       {"agreement", point.agreement},
          {"kl", point.kl}};
}

}  // namespace detail

/// Seconds per answer; null where they were not measured.
[[nodiscard]] inline nlohmann::json latency_json(const std::optional<Latency>& latency) {
  if (!latency || latency->items == 0) return nullptr;
  return {{"items", latency->items},
          {"untouched_seconds", latency->untouched},
          {"cut_seconds", latency->cut},
          {"speedup", latency->cut > 0 ? output::number_or_null(latency->untouched / latency->cut)
                                       : nlohmann::json(nullptr)}};
}

/// What the model earns without a cut, and without the picture: floors.json.
[[nodiscard]] inline nlohmann::json floors_json(const Decision& decision) {
  using namespace detail;
  const int layers = decision.all.layers;
  const auto floor = [&](const char* what, const CurvePoint* point) {
    nlohmann::json entry = point == nullptr ? nlohmann::json(nullptr) : point_json(*point);
    if (point != nullptr) entry["what"] = what;
    return entry;
  };
  return {{"untouched", floor("the untouched model", untouched(decision.all))},
          {"gap", floor("text alone, the image's position gap kept (drop-all at layer 0)",
                        point_of(decision.all, "drop-all", 0))},
          {"no_image",
           floor("the prompt without the image", point_of(decision.all, "no-image", layers))},
          {"other_image",
           floor("another item's image", point_of(decision.all, "other-image", layers))}};
}

/// The cut of a decision in words and numbers: decision.json.
[[nodiscard]] inline nlohmann::json decision_json(const Decision& decision) {
  using namespace detail;
  const Cliff& cliff = decision.cliff;
  nlohmann::json instruments = nlohmann::json::object();
  for (const Instrument& i : decision.instruments) {
    instruments[i.name] = {{"cliff", i.cliff ? nlohmann::json(*i.cliff) : nlohmann::json(nullptr)},
                           {"limit", i.limit}};
  }
  nlohmann::json pairs = nlohmann::json::array();
  for (const InstrumentPair& pair : decision.pairs) {
    pairs.push_back({{"first", pair.first},
                     {"second", pair.second},
                     {"spearman", pair.correlation.rho ? nlohmann::json(*pair.correlation.rho)
                                                       : nlohmann::json(nullptr)},
                     {"low", pair.correlation.interval.low},
                     {"high", pair.correlation.interval.high},
                     {"n", pair.correlation.n}});
  }
  nlohmann::json said{{"model", decision.model},
                      {"task", decision.task},
                      {"rule", decision.rule},
                      {"policy", decision.all.policy},
                      {"metric", decision.metric.name},
                      {"status", name_of(cliff.status)},
                      {"cliff_layer", cliff.cliff_layer ? nlohmann::json(*cliff.cliff_layer)
                                                        : nlohmann::json(nullptr)},
                      {"lower_bound", cliff.lower_bound},
                      {"upper_bound", cliff.cliff_layer.value_or(cliff.layers)},
                      {"layers", cliff.layers},
                      {"margin", cliff.margin},
                      {"n", cliff.n},
                      {"images", cliff.images},
                      {"effective_images", output::number_or_null(cliff.effective_images)},
                      {"images_needed", output::number_or_null(cliff.images_needed)},
                      {"items_without_image", cliff.without_image},
                      {"rows_skipped", decision.skipped.size()},
                      {"harmless_from", cliff.harmless_from},
                      {"power", output::number_or_null(cliff.power)},
                      {"items_needed", output::number_or_null(cliff.items_needed)},
                      {"instruments", instruments},
                      {"do_instruments_agree", pairs},
                      {"latency", latency_json(decision.latency)},
                      {"text", decision_text(decision)}};
  if (!cliff.untouched.values.empty()) said["untouched"] = point_json(cliff.untouched);
  if (cliff.cliff_layer) {
    if (const RunComparison* at = cliff.at(*cliff.cliff_layer)) {
      said["at_cliff"] = point_json(at->point);
    }
    const Savings saved = savings_at(decision, *cliff.cliff_layer);
    said["savings"] = {{"prefill_flops", output::number_or_null(saved.prefill_flops)},
                       {"kv_cache", output::number_or_null(saved.kv_cache)}};
  }
  return said;
}

}  // namespace infoflow
