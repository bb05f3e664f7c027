// SPDX-License-Identifier: MIT
/// \file What a sweep found for one item, as one line of JSON and back, without losing a bit.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include <infoflow/cliff/outcome.hpp>
#include <infoflow/text/escape.hpp>
#include <infoflow/text/json_fields.hpp>
#include <infoflow/text/strict_json.hpp>

namespace infoflow {

namespace detail {

[[nodiscard]] inline nlohmann::ordered_json json_numbers(const std::vector<double>& values) {
  auto list = nlohmann::ordered_json::array();
  for (const double x : values) list.push_back(json_number(x));
  return list;
}

[[nodiscard]] inline nlohmann::ordered_json run_json(const RunOutcome& run) {
  nlohmann::ordered_json json{{"policy", run.policy},
                              {"cut_layer", run.cut_layer},
                              {"answer", run.answer},
                              {"statistics", json_numbers(run.statistics)},
                              {"agrees", run.agrees}};
  for (const MeasuredNumber& number : measured_numbers) {
    json[std::string(number.name)] = json_number(run.*number.member);
  }
  return json;
}

[[nodiscard]] inline RunOutcome read_run(const JsonFields& fields) {
  RunOutcome run;
  run.policy = fields.get<std::string>("policy");
  run.cut_layer = fields.get<int>("cut_layer");
  run.answer = fields.get<std::string>("answer");
  run.statistics = fields.numbers("statistics");
  run.agrees = fields.get<bool>("agrees");
  for (const MeasuredNumber& number : measured_numbers) {
    run.*number.member = fields.number(std::string(number.name));
  }
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

[[nodiscard]] inline SkippedItem read_skipped(const JsonFields& fields) {
  SkippedItem item;
  item.id = fields.get<std::string>("id");
  item.reason = fields.get<std::string>("skipped");
  fields.finish();
  return item;
}

[[nodiscard]] inline ItemOutcome read_outcome(const JsonFields& fields) {
  ItemOutcome item;
  item.id = fields.get<std::string>("id");
  item.image = fields.get<std::string>("image");
  item.group = fields.get<std::string>("group");
  for (const nlohmann::json& run : fields.list("runs")) {
    const std::string number = std::to_string(item.runs.size() + 1);
    item.runs.push_back(detail::read_run(JsonFields(run, fields.where() + ", run " + number)));
  }
  item.image_share = fields.numbers("image_share");
  item.cam_mass = fields.numbers("cam_mass");
  item.image_fraction = fields.number("image_fraction");
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
  const JsonFields fields(object, where);
  if (object.contains("skipped")) return detail::read_skipped(fields);
  return detail::read_outcome(fields);
}

}  // namespace infoflow
