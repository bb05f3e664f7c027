// SPDX-License-Identifier: MIT
/// \file The benchmarks' questions as LLaVA-1.5's evaluation puts them, before the chat template.
#pragma once

#include <string>
#include <string_view>

#include <infoflow/core/token_partition.hpp>
#include <infoflow/io/benchmark.hpp>

namespace infoflow::adapters {

namespace detail {

/// "\nA. first\nB. second", nothing for an open question.
[[nodiscard]] inline std::string lettered_options(const BenchmarkItem& item) {
  std::string lines;
  char letter = 'A';
  for (const std::string& choice : item.choices) {
    lines += std::string("\n") + letter++ + ". " + choice;
  }
  return lines;
}

}  // namespace detail

/// What stands between "USER: <image>\n" and " ASSISTANT:" for a question of a task. Questions of one's
/// own (vqa) are put as they are, with their options. Source: LLaVA's scripts for v1.5.
[[nodiscard]] inline std::string llava_evaluation_text(std::string_view task,
                                                       const BenchmarkItem& item) {
  constexpr std::string_view short_answer = "\nAnswer the question using a single word or phrase.";
  if (task == "pope") return item.question + std::string(short_answer);
  if (task == "textvqa") {
    const std::string tokens = item.hint ? "\nReference OCR token: " + *item.hint : "";
    return item.question + tokens + std::string(short_answer);
  }
  if (task == "scienceqa") {
    return (item.hint ? "Context: " + *item.hint + "\n" : "") + item.question +
           detail::lettered_options(item) +
           "\nAnswer with the option's letter from the given choices directly.";
  }
  return item.question + detail::lettered_options(item);
}

/// The longest answer that the evaluation of a task generates.
[[nodiscard]] inline Index llava_answer_limit(std::string_view task) {
  if (task == "scienceqa") return 1024;
  if (task == "chair") return 512;
  if (task == "vqa") return 64;
  return 128;
}

}  // namespace infoflow::adapters
