// SPDX-License-Identifier: MIT
/// \file Answers of a model, in any of the forms that evaluations write.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <infoflow/io/json_lines.hpp>
#include <infoflow/io/row_fields.hpp>

namespace infoflow {

/// One answer.
struct AnswerRow {
  std::string id;      ///< question_id, id or image_id; empty: the row's place tells the question.
  std::string prompt;  ///< The prompt or question as the row has it; may be empty.
  std::string text;
  std::string where;  ///< file:line, for messages.
};

namespace detail {

constexpr const char* answer_form =
    R"({"question_id": 1, "prompt": "…", "text": "Yes"} or {"question": "…", "answer": "yes"})";

/// The first text in lists of lists: lmms-eval wraps an answer once or twice.
[[nodiscard]] inline std::optional<std::string> first_text(const nlohmann::json& value) {
  const nlohmann::json* inner = &value;
  while (inner->is_array() && !inner->empty()) inner = &inner->front();
  if (!inner->is_string()) return std::nullopt;
  return inner->get<std::string>();
}

/// The question_id that lmms-eval notes inside the values of a sample's metrics.
[[nodiscard]] inline std::string id_in_metrics(const JsonRow& row) {
  for (const nlohmann::json& value : row.value) {
    if (!value.is_object() || !value.contains("question_id")) continue;
    const JsonRow metric{value, row.where};
    return RowFields(metric, answer_form).id_if_there("question_id");
  }
  return {};
}

/// A sample of lmms-eval.
[[nodiscard]] inline AnswerRow sample_of(const RowFields& fields, const JsonRow& row) {
  const nlohmann::json* answers = fields.find("filtered_resps");
  if (answers == nullptr) answers = fields.find("resps");
  const std::optional<std::string> text = first_text(*answers);
  if (!text) fields.refuse("the sample holds no answer as text");
  const nlohmann::json* input = fields.find("input");
  return {id_in_metrics(row), input == nullptr ? "" : first_text(*input).value_or(""), *text,
          row.where};
}

[[nodiscard]] inline AnswerRow answer_of(const JsonRow& row) {
  const RowFields fields(row, answer_form);
  if (fields.has("filtered_resps") || fields.has("resps")) return sample_of(fields, row);
  AnswerRow answer;
  answer.where = row.where;
  for (const char* key : {"id", "image_id", "question_id"}) {  // The last one there counts.
    if (fields.has(key)) answer.id = fields.id_if_there(key);
  }
  for (const char* key : {"question", "prompt"}) {
    if (fields.has(key)) answer.prompt = fields.text(key);
  }
  for (const char* key : {"text", "answer", "caption"}) {
    if (!fields.has(key)) continue;
    answer.text = fields.text(key);
    return answer;
  }
  fields.refuse("the row holds no \"text\", \"answer\", \"caption\" or \"filtered_resps\"");
}

/// Results that are one object by id: ScienceQA's "outputs" (texts) and CHAIR's "imgToEval"
/// (objects with a caption).
[[nodiscard]] inline std::vector<AnswerRow> answers_by_id(const JsonRow& document,
                                                          const char* key) {
  std::vector<AnswerRow> answers;
  for (const auto& [id, value] : document.value[key].items()) {
    const std::string where = document.where + ", " + key + " " + id;
    if (value.is_object()) {
      answers.push_back(answer_of({value, where}));
    } else if (value.is_string()) {
      answers.push_back({"", "", value.get<std::string>(), where});
    } else {
      throw Error("the answer is not a text", where, "write {\"ID\": \"answer\"}");
    }
    answers.back().id = id;
  }
  return answers;
}

/// lmms-eval's place of a sample in its data set; several processes write samples out of order.
[[nodiscard]] inline std::optional<std::int64_t> document_of(const JsonRow& row) {
  const auto found = row.value.find("doc_id");
  if (found == row.value.end() || !found->is_number_integer()) return std::nullopt;
  return found->get<std::int64_t>();
}

}  // namespace detail

/// The answers of a file, in its order (samples of lmms-eval: in the order of their data set).
///
/// Rows of JSON Lines or of one list: LLaVA's {question_id, prompt, text}, POPE's {question,
/// answer}, captions {image_id, caption}, {id or question_id, answer}, samples of lmms-eval; or one
/// object: ScienceQA's results with "outputs", CHAIR's with "imgToEval". Ids may be texts or
/// numbers.
/// \return at least one
/// \throws Error naming file and line of a row that is none of these
[[nodiscard]] inline std::vector<AnswerRow> read_answers(const std::string& file) {
  std::vector<JsonRow> rows = read_json_rows(file);
  if (rows.size() == 1 && rows[0].value.is_object()) {
    for (const char* key : {"outputs", "imgToEval"}) {
      const auto found = rows[0].value.find(key);
      if (found == rows[0].value.end() || !found->is_object()) continue;
      if (found->empty()) throw Error("there are no answers", file, "give a model's answers");
      return detail::answers_by_id(rows[0], key);
    }
  }
  const bool samples = std::all_of(rows.begin(), rows.end(), [](const JsonRow& row) {
    return row.value.is_object() && detail::document_of(row).has_value();
  });
  if (samples) {
    std::stable_sort(rows.begin(), rows.end(), [](const JsonRow& a, const JsonRow& b) {
      return *detail::document_of(a) < *detail::document_of(b);
    });
  }
  std::vector<AnswerRow> answers;
  for (const JsonRow& row : rows) answers.push_back(detail::answer_of(row));
  return answers;
}

}  // namespace infoflow
