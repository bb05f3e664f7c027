// SPDX-License-Identifier: MIT
/// \file Which answer belongs to which question, benchmark by benchmark.
#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include <infoflow/io/answer_pairing.hpp>
#include <infoflow/io/pope_answers.hpp>
#include <infoflow/io/text_vqa_data.hpp>

namespace infoflow {

namespace detail {

/// LLaVA's answers name the picture and hold the question in the prompt, others the question's id.
[[nodiscard]] inline PairedAnswers pair_text_vqa(const Benchmark& data,
                                                 std::span<const AnswerRow> answers) {
  std::vector<std::vector<std::string>> item_keys;
  std::unordered_set<std::string> ids;
  for (const BenchmarkItem& item : data.items) {
    const std::string image_id = item.image.substr(0, item.image.rfind('.'));
    item_keys.push_back({item.id, text_vqa_key(image_id, item.question)});
    ids.insert(item.id);
  }
  std::vector<std::string> answer_keys;
  for (const AnswerRow& answer : answers) {
    const std::optional<std::string> question = text_vqa_question(answer.prompt);
    const bool by_id = ids.contains(answer.id) || !question;
    answer_keys.push_back(by_id ? answer.id : text_vqa_key(answer.id, *question));
  }
  return pair_by_key(data, answers, item_keys, answer_keys);
}

}  // namespace detail

/// Finds each question's answer as the benchmark's own evaluator does: POPE by place within a
/// category, TextVQA by picture and question (or question id), the others by id; answers without
/// ids by place. Of answers with one id the last counts. Doubled and foreign answers are named in the
/// notes.
/// \param answers  not empty
/// \throws Error if numbers do not fit where places count, or no answer fits any question
[[nodiscard]] inline PairedAnswers pair_answers(const Benchmark& data,
                                                std::span<const AnswerRow> answers) {
  if (data.task == "pope") return pair_pope(data, answers);
  const bool with_ids = std::any_of(answers.begin(), answers.end(),
                                    [](const AnswerRow& answer) { return !answer.id.empty(); });
  if (!with_ids) return detail::pair_by_place(data, answers);
  if (data.task == "textvqa") return detail::pair_text_vqa(data, answers);
  return detail::pair_by_id(data, answers);
}

}  // namespace infoflow
