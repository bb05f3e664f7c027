// SPDX-License-Identifier: MIT
/// \file How the evaluation of Qwen-VL words the benchmarks' questions, for a chat and for a raw model.
#pragma once

#include <array>
#include <string>

#include <infoflow/sweep/sweep_wording.hpp>

namespace infoflow::adapters {

namespace detail {

[[nodiscard]] inline std::string qwen_vl_science_qa(const BenchmarkItem& item) {
  const std::string hint = item.hint && !item.hint->empty() ? *item.hint : "N/A";
  return "Context: " + hint + "\nQuestion: " + item.question +
         "\nOptions: " + option_lines(item.choices) + "\nAnswer:";
}

[[nodiscard]] inline std::string qwen_vl_caption(const BenchmarkItem&) {
  return "Describe the image in English:";
}

}  // namespace detail

/// Qwen-VL-Chat's. Multiple choice goes in the published form; a chat answers in sentences.
inline constexpr std::array<TaskWording, 5> qwen_vl_chat_evaluation{{
    {"pope", question_with_options, 128},
    {"textvqa", question_with_options, 128},
    {"scienceqa", detail::qwen_vl_science_qa, 128},
    {"chair", question_with_options, 512},
    {"vqa", question_with_options, 128},
}};

/// The raw model's: 10 tokens, 30 for captions, which have the published prompt. TextVQA is put without
/// OCR tokens, and POPE as VQA. Source: Qwen-VL's evaluation scripts (eval_mm; no POPE).
inline constexpr std::array<TaskWording, 5> qwen_vl_raw_evaluation{{
    {"pope", question_with_options, 10},
    {"textvqa", question_with_options, 10},
    {"scienceqa", detail::qwen_vl_science_qa, 10},
    {"chair", detail::qwen_vl_caption, 30},
    {"vqa", question_with_options, 10},
}};

}  // namespace infoflow::adapters
