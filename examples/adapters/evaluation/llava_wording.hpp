// SPDX-License-Identifier: MIT
/// \file How the evaluation of LLaVA-1.5 words the benchmarks, and with it that of InternVL-Chat-1.0.
#pragma once

#include <array>
#include <string>

#include <infoflow/sweep/sweep_wording.hpp>

namespace infoflow::adapters {

/// A question that wants one word (POPE).
[[nodiscard]] inline std::string llava_short_answer(const BenchmarkItem& item) {
  return item.question + "\nAnswer the question using a single word or phrase.";
}

/// The same with the picture's OCR tokens, where they are given.
[[nodiscard]] inline std::string llava_text_vqa(const BenchmarkItem& item) {
  const std::string tokens = item.hint ? "\nReference OCR token: " + *item.hint : "";
  return item.question + tokens + "\nAnswer the question using a single word or phrase.";
}

/// A question that wants a letter, behind its hint.
[[nodiscard]] inline std::string llava_science_qa(const BenchmarkItem& item) {
  return (item.hint ? "Context: " + *item.hint + "\n" : "") + question_with_options(item) +
         "\nAnswer with the option's letter from the given choices directly.";
}

/// What stands between "USER: <image>\n" and " ASSISTANT:". Source: LLaVA's scripts for v1.5.
inline constexpr std::array<TaskWording, 5> llava_evaluation{{
    {"pope", llava_short_answer, 128},
    {"textvqa", llava_text_vqa, 128},
    {"scienceqa", llava_science_qa, 1024},
    {"chair", question_with_options, 512},
    {"vqa", question_with_options, 64},
}};

}  // namespace infoflow::adapters
