// SPDX-License-Identifier: MIT
/// \file ScienceQA's problems.json with pid_splits.json, or LLaVA's llava_test_CQM-A.json.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <infoflow/benchmarks/items/benchmark.hpp>
#include <infoflow/benchmarks/items/benchmark_builder.hpp>
#include <infoflow/benchmarks/items/row_fields.hpp>
#include <infoflow/benchmarks/science_qa/science_qa.hpp>
#include <infoflow/benchmarks/science_qa/science_qa_text.hpp>
#include <infoflow/benchmarks/text/answer_rule.hpp>
#include <infoflow/files/json_lines.hpp>

namespace infoflow {

namespace detail {

constexpr const char* sqa_problem_form =
    R"({"question": "…", "choices": ["x", "y"], "answer": 0, "hint": "", "image": null})";
constexpr const char* sqa_turns_form =
    R"({"id": "1", "conversations": [{"value": "q\nA. x\nB. y"}, {"value": "A"}]})";

/// Puts what both forms have in common on an item whose texts are there.
inline void finish_sqa_item(BenchmarkItem& item, std::size_t answer, const ScienceQa& metric) {
  item.reference = std::string(1, letter_of(answer));
  const ScienceQaReference reference{item.choices, answer, !item.image.empty()};
  item.score = [metric, reference](std::string_view text) {
    Statistics statistics = metric.statistics(text, reference);
    const double correct = statistics[0];
    return ScoredAnswer{std::move(statistics), metric.read(text, reference), correct};
  };
  // A missing answer is wrong, but LLaVA's evaluator counts as questions with a picture only those
  // whose answers say so.
  const bool pictured = reference.has_image && metric.rule().name != "llava";
  item.if_missing = {0, 1, 0, pictured ? 1.0 : 0.0};
}

[[nodiscard]] inline BenchmarkItem sqa_problem(const std::string& id, const JsonRow& row,
                                               const ScienceQa& metric) {
  const RowFields fields(row, sqa_problem_form);
  BenchmarkItem item;
  item.id = id;
  item.where = row.where;
  item.question = fields.question("question");
  item.choices = fields.get<std::vector<std::string>>("choices");
  if (std::string hint = fields.get_or<std::string>("hint", ""); !hint.empty())
    item.hint = std::move(hint);
  const std::string image = fields.get_or<std::string>("image", "");
  if (!image.empty()) item.image = id + "/" + image;
  const nlohmann::json* answer = fields.find("answer");
  if (item.choices.size() < 2 || item.choices.size() > 26) {
    fields.refuse(std::to_string(item.choices.size()) + " choices");
  }
  if (answer == nullptr || !answer->is_number_unsigned() ||
      answer->get<std::size_t>() >= item.choices.size()) {
    fields.refuse("\"answer\" is not the index of a choice, counted from 0");
  }
  finish_sqa_item(item, answer->get<std::size_t>(), metric);
  return item;
}

/// What is said at `index` of LLaVA's conversation: the question at 0, the answer at 1.
[[nodiscard]] inline std::string sqa_turn(const RowFields& fields, std::size_t index) {
  const nlohmann::json* turns = fields.find("conversations");
  const bool there = turns != nullptr && turns->is_array() && index < turns->size() &&
                     (*turns)[index].is_object() && (*turns)[index].contains("value") &&
                     (*turns)[index]["value"].is_string();
  if (!there) fields.refuse("\"conversations\" does not hold a question and an answer");
  return (*turns)[index]["value"];
}

[[nodiscard]] inline BenchmarkItem sqa_conversation(const JsonRow& row, const ScienceQa& metric) {
  const RowFields fields(row, sqa_turns_form);
  BenchmarkItem item;
  item.id = fields.id("id");
  item.where = row.where;
  item.image = fields.get_or<std::string>("image", "");
  ScienceQaText text = science_qa_text(sqa_turn(fields, 0));
  if (text.choices.size() < 2) fields.refuse("the question has no options A., B., …");
  if (!text.hint.empty()) item.hint = std::move(text.hint);
  item.question = std::move(text.question);
  item.choices = std::move(text.choices);

  const std::string given = sqa_turn(fields, 1);
  const char letter = given.size() == 1 ? given[0] : stated_letter(given);
  if (!is_offered(letter, item.choices)) fields.refuse("the answer names none of the options");
  finish_sqa_item(item, static_cast<std::size_t>(letter - 'A'), metric);
  return item;
}

/// The ids of pid_splits.json's "test". \throws Error if they are not there
[[nodiscard]] inline std::vector<std::string> sqa_test_ids(const JsonRow& splits) {
  return RowFields(splits, R"({"test": ["4", "5"]})").get<std::vector<std::string>>("test");
}

/// Ids as numbers where they are: JSON objects have no order of their own.
[[nodiscard]] inline bool numeric_order(const std::string& a, const std::string& b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

/// Without splits: what the problems themselves call test, or all if they say nothing.
[[nodiscard]] inline std::vector<std::string> sqa_ids_of(const nlohmann::json& problems) {
  std::vector<std::string> ids;
  for (const auto& [id, problem] : problems.items()) {
    const bool other =
        problem.is_object() && problem.contains("split") && problem["split"] != "test";
    if (!other) ids.push_back(id);
  }
  std::sort(ids.begin(), ids.end(), numeric_order);
  return ids;
}

/// True of a row of LLaVA's file whose id is not among `wanted`, which are in ascending order.
[[nodiscard]] inline bool is_left_out(const JsonRow& row, const std::vector<std::string>& wanted) {
  const RowFields fields(row, sqa_turns_form);
  return !std::binary_search(wanted.begin(), wanted.end(), fields.id_or_none("id"), numeric_order);
}

[[nodiscard]] inline bool is_sqa_splits(const JsonRow& row) {
  return row.value.is_object() && row.value.contains("test") && row.value["test"].is_array();
}

}  // namespace detail

/// The test split of ScienceQA: problems.json (with pid_splits.json for the order of its items), or
/// LLaVA's file in either form of its texts (then splits, if given, choose among its items).
/// Pictures are named "<id>/image.png", inside the folder images/test.
/// \param rule  a name of `science_qa_rules`; empty: LLaVA's
/// \throws Error naming file and entry of a bad row, unless `skip_bad` is set; if there are no
///         problems, or the splits name one that is not there
[[nodiscard]] inline Benchmark read_science_qa(const std::vector<std::string>& files,
                                               std::string_view rule = "", bool skip_bad = false) {
  const ScienceQa metric(rule_named(science_qa_rules, rule));
  const std::string rule_name(metric.rule().name);
  BenchmarkBuilder builder("scienceqa", title_under(rule_name, science_qa_rules, "ScienceQA"),
                           rule_name, summary_of(metric), skip_bad);
  builder.benchmark().counts = {{"n_image", 3}};
  static_assert(ScienceQa::statistic_names[3] == "image_n");
  std::optional<std::vector<std::string>> wanted;
  std::vector<JsonRow> rows;
  for (const std::string& file : files) {
    std::vector<JsonRow> read = read_json_rows(file);
    if (detail::is_sqa_splits(read.front())) {
      wanted = detail::sqa_test_ids(read.front());
    } else if (rows.empty()) {
      rows = std::move(read);
    } else {
      throw Error("a second file of problems", file, "give one, and at most pid_splits.json");
    }
  }
  if (rows.empty()) {
    throw Error("there are no problems", files.empty() ? "--data" : files.front(),
                "give problems.json or llava_test_CQM-A.json");
  }
  const nlohmann::json& first = rows.front().value;
  if (rows.size() == 1 && first.is_object() && !first.contains("conversations")) {
    const std::vector<std::string> ids = wanted ? *wanted : detail::sqa_ids_of(first);
    for (const std::string& id : ids) {
      const std::string where = rows.front().where + ", problem " + id;
      builder.add([&] {
        if (!first.contains(id)) throw Error("there is no such problem", where, "check the splits");
        return detail::sqa_problem(id, {first[id], where}, metric);
      });
    }
    return builder.finish(files.front());
  }
  if (wanted) std::sort(wanted->begin(), wanted->end(), detail::numeric_order);
  for (const JsonRow& row : rows) {
    if (wanted && detail::is_left_out(row, *wanted)) continue;
    builder.add([&] { return detail::sqa_conversation(row, metric); });
  }
  return builder.finish(files.front());
}

}  // namespace infoflow
