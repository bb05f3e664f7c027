// SPDX-License-Identifier: MIT
/// \file What some adapters know of questions and answers, beside what every model needs.
#pragma once

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <infoflow/adapter/model_adapter.hpp>

namespace infoflow {

/// `std::string question_prompt(std::string_view question, std::size_t images) const`: a question to
/// the model in the template that it was trained with.
template <class A>
concept HasQuestionPrompt = requires(const A& a, std::string_view question, std::size_t images) {
  { a.question_prompt(question, images) } -> std::same_as<std::string>;
};

/// `std::vector<TokenId> encode_answer(std::string_view text) const`: the ids of an answer, as the
/// model would have written it behind a prompt.
template <class A>
concept HasEncodeAnswer = requires(const A& a, std::string_view text) {
  { a.encode_answer(text) } -> std::same_as<std::vector<TokenId>>;
};

/// `std::vector<Rect> answer_boxes(std::string_view answer) const`: the boxes that an answer names, as
/// shares of the canvas that the model sees, from 0 to 1.
template <class A>
concept HasAnswerBoxes = requires(const A& a, std::string_view answer) {
  { a.answer_boxes(answer) } -> std::same_as<std::vector<Rect>>;
};

/// A question in the model's template; as it stands if the adapter knows none.
/// \throws Error as the adapter does
template <class A>
[[nodiscard]] std::string question_prompt(const A& adapter, const std::string& question,
                                          std::size_t images) {
  if constexpr (HasQuestionPrompt<A>) {
    return adapter.question_prompt(question, images);
  } else {
    return question;
  }
}

/// The ids of a given answer. \throws Error if the adapter cannot encode one, or as it does
template <class A>
[[nodiscard]] std::vector<TokenId> encode_answer([[maybe_unused]] const A& adapter,
                                                 const std::string& answer) {
  if constexpr (HasEncodeAnswer<A>) {
    return adapter.encode_answer(answer);
  } else {
    throw Error("the adapter cannot encode the answer \"" + answer + "\"", "encode_answer",
                "give it `std::vector<TokenId> encode_answer(std::string_view text) const`");
  }
}

}  // namespace infoflow
