// SPDX-License-Identifier: MIT
/// \file How the evaluation of Qwen2-VL and Qwen2.5-VL words the benchmarks' questions.
#pragma once

#include <array>
#include <string>

#include <infoflow/sweep/sweep_wording.hpp>

namespace infoflow::adapters {

namespace detail {

[[nodiscard]] inline std::string qwen2_5_vl_yes_no(const BenchmarkItem& item) {
  return item.question + " Please answer yes or no.";
}

[[nodiscard]] inline std::string qwen2_5_vl_short_answer(const BenchmarkItem& item) {
  return item.question +
         "\nPlease try to answer the question with short words or phrases if possible.";
}

[[nodiscard]] inline std::string qwen2_5_vl_choice(const BenchmarkItem& item) {
  const bool hinted = item.hint && !item.hint->empty();
  return (hinted ? "Hint: " + *item.hint + "\n" : "") + "Question: " + item.question +
         "\nOptions:\n" + option_lines(item.choices) +
         "\nPlease select the correct answer from the options above.";
}

}  // namespace detail

/// Source: VLMEvalKit's words for Qwen2-VL (vlmeval/vlm/qwen2_vl/prompt.py; up to 2048 tokens). It has
/// no CHAIR, whose question is put as it stands.
inline constexpr std::array<TaskWording, 5> qwen2_5_vl_evaluation{{
    {"pope", detail::qwen2_5_vl_yes_no, 2048},
    {"textvqa", detail::qwen2_5_vl_short_answer, 2048},
    {"scienceqa", detail::qwen2_5_vl_choice, 2048},
    {"chair", question_with_options, 512},
    {"vqa", question_with_options, 128},
}};

}  // namespace infoflow::adapters
