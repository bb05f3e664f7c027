// SPDX-License-Identifier: MIT
/// \file What a sweep found for one item, as one line of JSON and back, without losing a bit.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include <infoflow/io/escape.hpp>
#include <infoflow/io/json_fields.hpp>
#include <infoflow/truncation/outcome.hpp>

namespace infoflow {

namespace detail {

[[nodiscard]] inline nlohmann::ordered_json json_numbers(const std::vector<double>& values) {
  auto list = nlohmann::ordered_json::array();
  for (const double x : values) list.push_back(json_number(x));
  return list;
}

// Fields are bound by name: one that is added to an outcome does not compile until it is written.
[[nodiscard]] inline nlohmann::ordered_json run_json(const RunOutcome& run) {
  const auto& [policy, cut_layer, answer, statistics, agrees, kl, kl_first, reference_probability,
               image_tokens, flops, prefill_flops, kv_bytes, seconds] = run;
  return {{"policy", policy},
          {"cut_layer", cut_layer},
          {"answer", answer},
          {"statistics", json_numbers(statistics)},
          {"agrees", agrees},
          {"kl", json_number(kl)},
          {"kl_first", json_number(kl_first)},
          {"reference_probability", json_number(reference_probability)},
          {"image_tokens", json_number(image_tokens)},
          {"flops", json_number(flops)},
          {"prefill_flops", json_number(prefill_flops)},
          {"kv_bytes", json_number(kv_bytes)},
          {"seconds", json_number(seconds)}};
}

[[nodiscard]] inline RunOutcome read_run(JsonFields fields) {
  RunOutcome run;
  run.policy = fields.get<std::string>("policy");
  run.cut_layer = fields.get<int>("cut_layer");
  run.answer = fields.get<std::string>("answer");
  run.statistics = fields.get<Statistics>("statistics");
  run.agrees = fields.get<bool>("agrees");
  run.kl = fields.get<double>("kl");
  run.kl_first = fields.get<double>("kl_first");
  run.reference_probability = fields.get<double>("reference_probability");
  run.image_tokens = fields.get<double>("image_tokens");
  run.flops = fields.get<double>("flops");
  run.prefill_flops = fields.get<double>("prefill_flops");
  run.kv_bytes = fields.get<double>("kv_bytes");
  run.seconds = fields.get<double>("seconds");
  fields.finish();
  return run;
}

}  // namespace detail

/// The outcome as a file can hold it: bytes of its texts that are not UTF-8 become U+FFFD. A model
/// may answer with a piece of a character, and that must not end a run.
[[nodiscard]] inline ItemOutcome with_valid_text(ItemOutcome item) {
  for (std::string* text : {&item.id, &item.image, &item.group}) *text = valid_utf8(*text);
  for (RunOutcome& run : item.runs) {
    run.policy = valid_utf8(run.policy);
    run.answer = valid_utf8(run.answer);
  }
  return item;
}

/// The outcome as one line of JSON, without its line break. Never throws for what it is given.
/// Law: read_outcome() of it is with_valid_text(item), every number bit for bit (a NaN as some
/// NaN).
[[nodiscard]] inline std::string outcome_line(const ItemOutcome& item) {
  const ItemOutcome valid = with_valid_text(item);
  const auto& [id, image, group, runs, image_share, cam_mass, image_fraction] = valid;
  auto run_list = nlohmann::ordered_json::array();
  for (const RunOutcome& run : runs) run_list.push_back(detail::run_json(run));
  const nlohmann::ordered_json line{{"id", id},
                                    {"image", image},
                                    {"group", group},
                                    {"runs", std::move(run_list)},
                                    {"image_share", detail::json_numbers(image_share)},
                                    {"cam_mass", detail::json_numbers(cam_mass)},
                                    {"image_fraction", json_number(image_fraction)}};
  return line.dump();
}

/// The skipped item as one line of JSON.
[[nodiscard]] inline std::string skipped_line(const SkippedItem& item) {
  return nlohmann::ordered_json{{"id", valid_utf8(item.id)}, {"skipped", valid_utf8(item.reason)}}
      .dump();
}

namespace detail {

[[nodiscard]] inline SkippedItem read_skipped(JsonFields fields) {
  SkippedItem item;
  item.id = fields.get<std::string>("id");
  item.reason = fields.get<std::string>("skipped");
  fields.finish();
  return item;
}

[[nodiscard]] inline ItemOutcome read_outcome(JsonFields fields) {
  const std::string& where = fields.where();
  ItemOutcome item;
  item.id = fields.get<std::string>("id");
  item.image = fields.get<std::string>("image");
  item.group = fields.get<std::string>("group");
  const nlohmann::json& runs = fields.at("runs");
  if (!runs.is_array()) throw Error("\"runs\" is no list", where, "correct the file");
  for (const nlohmann::json& run : runs) {
    const std::string number = std::to_string(item.runs.size() + 1);
    item.runs.push_back(detail::read_run(JsonFields(run, where + ", run " + number)));
  }
  item.image_share = fields.get<std::vector<double>>("image_share");
  item.cam_mass = fields.get<std::vector<double>>("cam_mass");
  item.image_fraction = fields.get<double>("image_fraction");
  fields.finish();
  return item;
}

}  // namespace detail

/// \param where  file and line, for errors
/// \throws Error if the line is no outcome: no JSON, a key missing, unknown, or of another type
[[nodiscard]] inline ItemOutcome read_outcome(std::string_view line, const std::string& where) {
  const nlohmann::json object = strict_json(line, where);
  return detail::read_outcome(JsonFields(object, where));
}

/// What a line of a journal is about: an item's outcome, or why it was skipped.
using JournalEntry = std::variant<ItemOutcome, SkippedItem>;

/// \throws Error if the line is neither, as read_outcome()
[[nodiscard]] inline JournalEntry read_entry(std::string_view line, const std::string& where) {
  const nlohmann::json object = strict_json(line, where);
  JsonFields fields(object, where);
  if (object.contains("skipped")) return detail::read_skipped(std::move(fields));
  return detail::read_outcome(std::move(fields));
}

}  // namespace infoflow
