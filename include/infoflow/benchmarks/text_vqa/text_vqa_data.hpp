// SPDX-License-Identifier: MIT
/// \file TextVQA's annotations, alone or with LLaVA's question file and its OCR tokens.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <infoflow/benchmarks/items/benchmark.hpp>
#include <infoflow/benchmarks/items/benchmark_builder.hpp>
#include <infoflow/benchmarks/items/row_fields.hpp>
#include <infoflow/benchmarks/text/answer_rule.hpp>
#include <infoflow/benchmarks/text_vqa/text_vqa.hpp>
#include <infoflow/core/split_text.hpp>
#include <infoflow/files/json_lines.hpp>
#include <infoflow/text/answer_text.hpp>
#include <infoflow/text/lower_case.hpp>

namespace infoflow {

namespace detail {

constexpr std::string_view ocr_opening = "Reference OCR token:";
constexpr const char* text_vqa_form =
    R"({"question_id": 34602, "image_id": "a", "question": "…", "answers": ["…", ten of them]})";
constexpr const char* text_vqa_question_form =
    R"({"question_id": "a", "image": "a.jpg", "text": "Question?\nReference OCR token: x\n…"})";

/// The question in a prompt of LLaVA's or InstructBLIP's evaluation; none in other texts.
[[nodiscard]] inline std::optional<std::string> text_vqa_question(std::string_view prompt) {
  if (prompt.starts_with("OCR tokens: ")) {
    constexpr std::string_view opening = "Question: ";
    const std::size_t begin = prompt.find(opening);
    const std::size_t end = prompt.find(" Short answer:", begin);
    if (begin == std::string_view::npos || end == std::string_view::npos) return std::nullopt;
    const std::size_t question = begin + opening.size();
    return std::string(prompt.substr(question, end - question));
  }
  const std::vector<std::string_view> lines = split_text(prompt, '\n');
  if (lines.size() == 3 && text::contains(prompt, "Reference OCR token: ")) {
    return std::string(prompt.starts_with(ocr_opening) ? lines[1] : lines[0]);
  }
  if (lines.size() == 2) return std::string(lines[0]);
  return std::nullopt;
}

/// The OCR tokens of LLaVA's question, joined by ", "; none if it has no line for them.
[[nodiscard]] inline std::optional<std::string> text_vqa_tokens(std::string_view text) {
  for (std::string_view line : split_text(text, '\n')) {
    if (!line.starts_with(ocr_opening)) continue;
    line.remove_prefix(ocr_opening.size());
    return std::string(text::strip(line));
  }
  return std::nullopt;
}

/// What finds a question: TextVQA has none twice about one picture.
[[nodiscard]] inline std::string text_vqa_key(std::string_view image_id,
                                              std::string_view question) {
  return std::string(image_id) + '\n' + text::lower(question);
}

[[nodiscard]] inline BenchmarkItem text_vqa_item(const JsonRow& row, const TextVqa& metric) {
  const RowFields fields(row, text_vqa_form);
  BenchmarkItem item;
  item.id = fields.id("question_id");
  item.where = row.where;
  item.image = fields.get<std::string>("image_id") + ".jpg";
  item.question = fields.question("question");
  const std::vector<std::string> annotators = fields.get<std::vector<std::string>>("answers");
  if (annotators.size() != annotator_count) {
    fields.refuse(std::to_string(annotators.size()) + " answers instead of ten");
  }
  // The answer that most annotators gave, the earliest of equals.
  const auto votes = [&](const std::string& a) {
    return std::count(annotators.begin(), annotators.end(), a);
  };
  item.reference = *std::max_element(
      annotators.begin(), annotators.end(),
      [&](const std::string& a, const std::string& b) { return votes(a) < votes(b); });
  item.score = [metric, annotators](std::string_view answer) {
    JudgedAnswer judged = metric.judge(answer, annotators);
    return ScoredAnswer{{judged.score, 1}, std::move(judged.parsed), judged.score};
  };
  return item;
}

/// The annotations, each a row: the entries of "data". \throws Error if there are none
[[nodiscard]] inline std::vector<JsonRow> text_vqa_rows(const JsonRow& document) {
  if (!document.value["data"].is_array() || document.value["data"].empty()) {
    throw Error("\"data\" holds no questions", document.where, "give TextVQA_0.5.1_val.json");
  }
  std::vector<JsonRow> rows;
  for (const nlohmann::json& entry : document.value["data"]) {
    const std::string number = std::to_string(rows.size() + 1);
    rows.push_back({entry, document.where + ", entry " + number + " of data"});
  }
  return rows;
}

/// A question as LLaVA's file asks it, with the annotators of its annotation.
[[nodiscard]] inline BenchmarkItem asked_text_vqa(
    const JsonRow& question, const std::map<std::string, const JsonRow*>& known,
    const TextVqa& metric) {
  const RowFields fields(question, text_vqa_question_form);
  const std::string text = fields.question("text");
  const std::optional<std::string> asked = text_vqa_question(text);
  if (!asked) fields.refuse("\"text\" is not a question with one or two lines after it");
  const auto found = known.find(text_vqa_key(fields.id_or_none("question_id"), *asked));
  if (found == known.end()) {
    throw Error("no annotation has this picture and question", question.where,
                "give the annotations that belong to the questions");
  }
  BenchmarkItem item = text_vqa_item(*found->second, metric);
  item.where = question.where;
  item.image = fields.get<std::string>("image");
  item.question = *asked;
  item.hint = text_vqa_tokens(text);
  return item;
}

}  // namespace detail

/// TextVQA: TextVQA_0.5.1_val.json, in its order; with LLaVA's question file (with or without OCR
/// tokens) the questions of that file, in its order and its spelling, the tokens as the hint. Ids
/// are the annotations' question_id; pictures lie in train_images. A question file with OCR tokens
/// keeps its line "Reference OCR token: " where there are none, so a prompt should hold the line if
/// any item has a hint.
/// \param rule  a name of `text_vqa_rules`; empty: the benchmark's own
/// \throws Error naming file and place of a bad row, unless `skip_bad` is set; if annotations are
///         missing
[[nodiscard]] inline Benchmark read_text_vqa(const std::vector<std::string>& files,
                                             std::string_view rule = "", bool skip_bad = false) {
  const TextVqa metric(rule_named(text_vqa_rules, rule));
  std::vector<JsonRow> annotations;
  std::vector<JsonRow> questions;
  for (const std::string& file : files) {
    std::vector<JsonRow> rows = read_json_rows(file);
    const bool annotated = rows.front().value.is_object() && rows.front().value.contains("data");
    std::vector<JsonRow>& into = annotated ? annotations : questions;
    if (!into.empty()) throw Error("a second file of its kind", file, "give one of each");
    into = annotated ? detail::text_vqa_rows(rows.front()) : std::move(rows);
  }
  if (annotations.empty()) {
    throw Error("the questions have no annotations", files.empty() ? "--data" : files.front(),
                "give TextVQA_0.5.1_val.json, too");
  }
  const std::string rule_name(metric.rule().name);
  BenchmarkBuilder builder("textvqa", title_under(rule_name, text_vqa_rules, "TextVQA"), rule_name,
                           summary_of(metric), skip_bad);
  // In LLaVA's answers the id is the picture's.
  builder.benchmark().answers = {
      .id = AnswerId::either, .question_in = [](std::string_view prompt) {
        return detail::text_vqa_question(prompt).value_or(std::string(prompt));
      }};
  if (questions.empty()) {
    for (const JsonRow& row : annotations) {
      builder.add([&] { return detail::text_vqa_item(row, metric); });
    }
    return builder.finish(files.front());
  }
  std::map<std::string, const JsonRow*> known;
  for (const JsonRow& row : annotations) {
    const RowFields fields(row, detail::text_vqa_form);
    known[detail::text_vqa_key(fields.get<std::string>("image_id"), fields.question("question"))] =
        &row;
  }
  for (const JsonRow& row : questions) {
    builder.add([&] { return detail::asked_text_vqa(row, known, metric); });
  }
  return builder.finish(files.front());
}

}  // namespace infoflow
