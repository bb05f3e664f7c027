// SPDX-License-Identifier: MIT
/// \file LLaVA-1.5's chat template, and the benchmarks' questions as its evaluation puts them.
#pragma once

#include <cstddef>
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

/// The template vicuna_v1: system text, the pictures, the question.
[[nodiscard]] inline std::string vicuna_v1_prompt(std::string_view question,
                                                  std::size_t image_count) {
  std::string text =
      "A chat between a curious user and an artificial intelligence assistant. The assistant "
      "gives helpful, detailed, and polite answers to the user's questions. USER: ";
  for (std::size_t i = 0; i < image_count; ++i) text += "<image>\n";
  return text.append(question).append(" ASSISTANT:");
}

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
