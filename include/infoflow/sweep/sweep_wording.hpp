// SPDX-License-Identifier: MIT
/// \file SweepWording: how a sweep puts its questions to a model, and reads what it says.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include <infoflow/benchmarks/items/benchmark.hpp>
#include <infoflow/run/questions.hpp>

namespace infoflow {

struct SweepWording {
  std::function<std::string(const BenchmarkItem& item, std::size_t images)> prompt;
  std::function<std::string(std::span<const TokenId> ids)> answer;  ///< As it is scored.
  Index max_new_tokens = 16;
};

/// An adapter that knows how its family's evaluation puts a text (the template of its prompts), and
/// reads an answer. It need not know any benchmark: `TaskWording` words the questions.
template <class A>
concept HasEvaluation =
    requires(const A& a, std::string_view text, std::size_t images, std::span<const TokenId> ids) {
      { a.evaluation_prompt(text, images) } -> std::same_as<std::string>;
      { a.answer_text(ids) } -> std::same_as<std::string>;
    };

/// How a family's evaluation words the questions of one benchmark, and how long answers may be.
struct TaskWording {
  std::string_view task;                          ///< As `read_benchmark` knows it.
  std::string (*question)(const BenchmarkItem&);  ///< The text that goes into the template.
  Index answer_limit = 128;                       ///< Tokens.
  /// How answers to this wording are read, by the name of one of the benchmark's rules; empty: by its own.
  std::string_view rule{};
};

/// A family's evaluation: the benchmarks that it words in its own way, each once.
using EvaluationWording = std::span<const TaskWording>;

/// The family's wording of a task; if it has none, the questions as they stand, with their options.
[[nodiscard]] inline TaskWording wording_of(EvaluationWording evaluation, std::string_view task) {
  const auto found = std::find_if(evaluation.begin(), evaluation.end(),
                                  [&](const TaskWording& known) { return known.task == task; });
  return found != evaluation.end() ? *found : TaskWording{task, question_with_options};
}

/// The question alone, in the adapter's template if it has one; answers as they are decoded.
/// `adapter` must outlive the wording.
template <ModelAdapter A>
[[nodiscard]] SweepWording question_wording(const A& adapter, Index max_new_tokens = 16) {
  return {[&adapter](const BenchmarkItem& item, std::size_t images) {
            return question_prompt(adapter, item.question, images);
          },
          [&adapter](std::span<const TokenId> ids) { return adapter.decode(ids); }, max_new_tokens};
}

/// As the family's evaluation words a task. `adapter` must outlive the wording.
/// \param max_new_tokens  0: as many as the evaluation allows
template <HasEvaluation A>
[[nodiscard]] SweepWording evaluation_wording(const A& adapter, const TaskWording& task,
                                              Index max_new_tokens = 0) {
  return {[&adapter, question = task.question](const BenchmarkItem& item, std::size_t images) {
            // Asked without its picture it is worded as a question that has none.
            BenchmarkItem asked = item;
            if (images == 0) asked.image.clear();
            return adapter.evaluation_prompt(question(asked), images);
          },
          [&adapter](std::span<const TokenId> ids) { return adapter.answer_text(ids); },
          max_new_tokens > 0 ? max_new_tokens : task.answer_limit};
}

}  // namespace infoflow
