// SPDX-License-Identifier: MIT
/// \file How the evaluation of InternVL (V1.5 to V3) words the benchmarks' questions.
#pragma once

#include <array>
#include <string>

#include <infoflow/sweep/sweep_wording.hpp>

namespace infoflow::adapters {

namespace detail {

[[nodiscard]] inline std::string internvl_short_answer(const BenchmarkItem& item) {
  return item.question + "\nAnswer the question using a single word or phrase.";
}

[[nodiscard]] inline std::string internvl_text_vqa(const BenchmarkItem& item) {
  const std::string tokens = item.hint ? "\nReference OCR token: " + *item.hint : "";
  return item.question + tokens + " Answer the question using a single word or phrase.";
}

[[nodiscard]] inline std::string internvl_science_qa(const BenchmarkItem& item) {
  const bool hinted = item.hint && !item.hint->empty();
  return (hinted ? *item.hint + "\n" : "") + question_with_options(item) +
         "\nAnswer with the option's letter from the given choices directly.";
}

}  // namespace detail

/// What stands behind the pictures in the user's turn. Source: InternVL's evaluation scripts.
inline constexpr std::array<TaskWording, 5> internvl_evaluation{{
    {"pope", detail::internvl_short_answer, 100},
    {"textvqa", detail::internvl_text_vqa, 10},
    {"scienceqa", detail::internvl_science_qa, 100},
    {"chair", question_with_options, 512},
    {"vqa", question_with_options, 64},
}};

}  // namespace infoflow::adapters
