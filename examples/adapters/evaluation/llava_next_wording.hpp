// SPDX-License-Identifier: MIT
/// \file How the evaluation of LLaVA-1.6 words the benchmarks: lmms-eval, which its authors made for it.
#pragma once

#include <array>
#include <string>

#include <adapters/evaluation/llava_wording.hpp>
#include <infoflow/sweep/sweep_wording.hpp>
#include <infoflow/text/lower_case.hpp>

namespace infoflow::adapters {

namespace detail {

/// Python's str.capitalize() for questions that begin with an ASCII character: the first letter large,
/// all others small.
[[nodiscard]] inline std::string capitalised(const std::string& question) {
  std::string small = text::lower(question);
  if (!small.empty() && 'a' <= small.front() && small.front() <= 'z') small.front() -= 'a' - 'A';
  return small;
}

[[nodiscard]] inline std::string llava_next_text_vqa(const BenchmarkItem& item) {
  BenchmarkItem asked = item;
  asked.question = capitalised(item.question);
  return llava_text_vqa(asked);
}

}  // namespace detail

/// What stands behind the pictures in the user's turn. POPE and ScienceQA are worded as for LLaVA-1.5.
/// Source: lmms_eval/tasks of lmms-eval, and the default length of its model `llava` for TextVQA.
inline constexpr std::array<TaskWording, 5> llava_next_evaluation{{
    {"pope", llava_short_answer, 128},
    {"textvqa", detail::llava_next_text_vqa, 1024},
    {"scienceqa", llava_science_qa, 16},
    {"chair", question_with_options, 512},
    {"vqa", question_with_options, 64},
}};

}  // namespace infoflow::adapters
