// SPDX-License-Identifier: MIT
/// \file Which answer belongs to which question, benchmark by benchmark.
#pragma once

#include <algorithm>
#include <span>

#include <infoflow/io/answer_pairing.hpp>
#include <infoflow/io/pope_answers.hpp>

namespace infoflow {

/// Finds each question's answer: by id, or else by picture and question where these tell all apart;
/// answers without ids by place. CHAIR's answers go by their picture. POPE's go by place, as its
/// own evaluator has it, where neither ids nor pictures tell. Of answers to one question the last
/// counts. Doubled and foreign answers are counted in the notes.
/// \param answers  not empty
/// Law: what a row says about its question (id, picture, question, category) is true of the item
/// that it is paired with.
/// \throws Error if numbers do not fit where places count, no answer fits any question, or an
///         answer contradicts its question: both lines are named
[[nodiscard]] inline PairedAnswers pair_answers(const Benchmark& data,
                                                std::span<const AnswerRow> answers) {
  const detail::ItemIndex index(data);
  if (data.task == "pope") return detail::pair_pope(data, index, answers);
  bool all_clear = false;
  const auto named = detail::named_items(index, answers, all_clear);
  const bool with_ids = std::any_of(answers.begin(), answers.end(), [&](const AnswerRow& answer) {
    return !answer.id.empty();
  });
  const bool found = std::any_of(named.begin(), named.end(), [](auto i) { return i.has_value(); });
  if (with_ids || (all_clear && found)) return detail::pair_by_name(data, index, answers, named);
  return detail::pair_by_place(data, index, answers);
}

}  // namespace infoflow
