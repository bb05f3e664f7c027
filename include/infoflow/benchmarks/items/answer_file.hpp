// SPDX-License-Identifier: MIT
/// \file Answers of a model, in any of the forms that evaluations write.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <infoflow/benchmarks/items/picture_name.hpp>
#include <infoflow/benchmarks/items/row_fields.hpp>
#include <infoflow/core/sort_stably.hpp>
#include <infoflow/core/split_text.hpp>
#include <infoflow/files/json_lines.hpp>

namespace infoflow {

/// One answer, and all that its row says about the question it belongs to. What the row does not
/// say is empty.
struct AnswerRow {
  std::string id;      ///< question_id, or else id; of a caption image_id.
  std::string prompt;  ///< The prompt or question.
  std::string text;
  std::string where;     ///< file:line, for messages.
  std::string other_id;  ///< id, where there is a question_id, too.
  std::string image;     ///< The picture's name.
  std::string image_id;  ///< The picture's number or name.
  std::string category;  ///< POPE's.
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
    return RowFields(metric, answer_form).id_or_none("question_id");
  }
  return {};
}

/// The picture's name under any of the keys that people use; a picture itself (base64, bytes) is no
/// name.
[[nodiscard]] inline std::string picture_named(const RowFields& fields) {
  constexpr std::size_t longest_path = 4096;
  for (const char* key : {"image", "image_path", "image_file", "image_name", "img_path", "img",
                          "file_name", "filename", "file"}) {
    const nlohmann::json* value = fields.find(key);
    while (value != nullptr && value->is_array() && value->size() == 1) value = &value->front();
    if (value == nullptr || !(value->is_string() || value->is_number_integer())) continue;
    std::string name = value->is_string() ? value->get<std::string>() : value->dump();
    if (!name.empty() && name.size() <= longest_path) return name;
  }
  return {};
}

/// All that tells which question the row belongs to.
[[nodiscard]] inline AnswerRow names_of(const RowFields& fields) {
  AnswerRow row;
  row.where = fields.where();
  row.id = fields.id_or_none("question_id");
  (row.id.empty() ? row.id : row.other_id) = fields.id_or_none("id");
  row.image_id = fields.id_or_none("image_id");
  row.image = picture_named(fields);
  if (fields.has("caption") && !row.image_id.empty()) row.id = row.image_id;
  const nlohmann::json* category = fields.find("category");
  if (category != nullptr && category->is_string()) row.category = *category;
  return row;
}

/// A sample of lmms-eval.
[[nodiscard]] inline AnswerRow sample_of(const RowFields& fields, const JsonRow& row) {
  const nlohmann::json* answers = fields.find("filtered_resps");
  if (answers == nullptr) answers = fields.find("resps");
  const std::optional<std::string> text = first_text(*answers);
  if (!text) fields.refuse("the sample holds no answer as text");
  const nlohmann::json* input = fields.find("input");
  AnswerRow answer = names_of(fields);
  if (std::string id = id_in_metrics(row); !id.empty()) answer.id = std::move(id);
  answer.prompt = input == nullptr ? "" : first_text(*input).value_or("");
  answer.text = *text;
  return answer;
}

constexpr std::array<const char*, 3> answer_keys{"text", "answer", "caption"};

[[nodiscard]] inline AnswerRow answer_of(const JsonRow& row) {
  if (row.is_json() && row.value.is_string()) {  // A list of nothing but answers.
    AnswerRow answer;
    answer.text = row.value;
    answer.where = row.where;
    return answer;
  }
  const RowFields fields(row, answer_form);
  if (fields.has("filtered_resps") || fields.has("resps")) return sample_of(fields, row);
  AnswerRow answer = names_of(fields);
  for (const char* key : {"question", "prompt"}) {
    if (fields.has(key)) answer.prompt = fields.get<std::string>(key);
  }
  for (const char* key : answer_keys) {
    if (!fields.has(key)) continue;
    answer.text = fields.get<std::string>(key);
    return answer;
  }
  fields.refuse("the row holds no \"text\", \"answer\", \"caption\" or \"filtered_resps\"");
}

/// Answers under their ids: texts, or objects as rows are.
/// \throws Error if an answer is neither, or names another id itself
[[nodiscard]] inline std::vector<AnswerRow> answers_by_id(const nlohmann::json& map,
                                                          const std::string& place) {
  std::vector<AnswerRow> answers;
  for (const auto& [id, value] : map.items()) {
    const std::string where = place + " " + id;
    if (!value.is_object() && !value.is_string()) {
      throw Error("the answer is not a text", where, "write {\"ID\": \"answer\"}");
    }
    AnswerRow answer = answer_of({value, where});
    if (!answer.id.empty() && picture_key(answer.id) != picture_key(id)) {
      throw Error("the answer under \"" + id + "\" names itself \"" + answer.id + "\"", where,
                  "give it under its own id");
    }
    answer.id = id;
    answers.push_back(std::move(answer));
  }
  return answers;
}

/// True of an object whose keys are ids and whose values are the answers.
[[nodiscard]] inline bool is_map_of_answers(const nlohmann::json& value) {
  constexpr std::array<const char*, 8> row_keys{
      "id", "question_id", "image_id", "image", "prompt", "question", "resps", "filtered_resps"};
  const auto holds = [&](const char* key) { return value.contains(key); };
  if (!value.is_object() || value.empty() || std::any_of(row_keys.begin(), row_keys.end(), holds) ||
      std::any_of(answer_keys.begin(), answer_keys.end(), holds)) {
    return false;
  }
  return std::all_of(value.begin(), value.end(), [](const nlohmann::json& answer) {
    return answer.is_string() ||
           (answer.is_object() &&
            std::any_of(answer_keys.begin(), answer_keys.end(),
                        [&](const char* key) { return answer.contains(key); }));
  });
}

/// The lines of a .txt, each an answer, an empty one too; none if the file holds JSON.
[[nodiscard]] inline std::vector<AnswerRow> plain_answers(const std::string& file) {
  const std::vector<std::uint8_t> bytes = read_file(file, "a file of answers", largest_data_file);
  std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (text.starts_with('{') || text.starts_with('[')) return {};
  std::vector<AnswerRow> answers;
  for (const std::string_view line : lines_of(text)) {
    AnswerRow answer;
    answer.text = line;
    answer.where = file + ":" + std::to_string(answers.size() + 1);
    answers.push_back(std::move(answer));
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
/// answer}, captions {image_id, caption}, {id or question_id, answer}, samples of lmms-eval, or
/// nothing but texts; or one object: ScienceQA's results with "outputs", CHAIR's with "imgToEval",
/// any {id: answer}; or the lines of a .txt. Ids may be texts or numbers.
/// \return at least one
/// \throws Error naming file and line of a row that is none of these
[[nodiscard]] inline std::vector<AnswerRow> read_answers(const std::string& file) {
  if (file.ends_with(".txt")) {
    std::vector<AnswerRow> lines = detail::plain_answers(file);
    if (!lines.empty()) return lines;
  }
  std::vector<JsonRow> rows = read_json_rows(file);
  if (rows.size() == 1 && rows[0].value.is_object()) {
    for (const char* key : {"outputs", "imgToEval"}) {
      const auto found = rows[0].value.find(key);
      if (found == rows[0].value.end() || !found->is_object()) continue;
      if (found->empty()) throw Error("there are no answers", file, "give a model's answers");
      return detail::answers_by_id(*found, rows[0].where + ", " + key);
    }
    if (detail::is_map_of_answers(rows[0].value)) {
      return detail::answers_by_id(rows[0].value, rows[0].where + ", answer");
    }
  }
  const bool samples = std::all_of(rows.begin(), rows.end(), [](const JsonRow& row) {
    return row.value.is_object() && detail::document_of(row).has_value();
  });
  if (samples) {
    sort_stably(std::span(rows), [](const JsonRow& a, const JsonRow& b) {
      return *detail::document_of(a) < *detail::document_of(b);
    });
  }
  std::vector<AnswerRow> answers;
  for (const JsonRow& row : rows) answers.push_back(detail::answer_of(row));
  return answers;
}

}  // namespace infoflow
