// SPDX-License-Identifier: MIT
/// \file How Qwen-VL is asked: the chat template, the raw text, and the benchmarks' questions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <infoflow/core/token_partition.hpp>
#include <infoflow/io/benchmark.hpp>

namespace infoflow::adapters {

/// Pictures, each announced by its number.
[[nodiscard]] inline std::string qwen_vl_pictures(std::size_t image_count) {
  std::string text;
  for (std::size_t i = 1; i <= image_count; ++i) {
    text += "Picture " + std::to_string(i) + ": <image>\n";
  }
  return text;
}

/// ChatML as the published chat() writes it.
[[nodiscard]] inline std::string qwen_vl_chat_prompt(std::string_view question,
                                                     std::size_t image_count) {
  std::string text =
      "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n";
  text += qwen_vl_pictures(image_count);
  return text.append(question).append("<|im_end|>\n<|im_start|>assistant\n");
}

/// What a raw model continues: the pictures and the question, closed by " Answer:" unless its own
/// last character is the colon that asks for a continuation.
[[nodiscard]] inline std::string qwen_vl_raw_prompt(std::string_view question,
                                                    std::size_t image_count) {
  std::string text;
  for (std::size_t i = 0; i < image_count; ++i) text += "<image>";
  text.append(question);
  return question.ends_with(':') ? text : text + " Answer:";
}

namespace detail {

/// "A. first\nB. second", nothing for an open question.
[[nodiscard]] inline std::string qwen_options(const BenchmarkItem& item) {
  std::string lines;
  char letter = 'A';
  for (const std::string& choice : item.choices) {
    if (!lines.empty()) lines += '\n';
    lines += std::string(1, letter++) + ". " + choice;
  }
  return lines;
}

}  // namespace detail

/// A task's question as one of the two templates takes it. Multiple choice goes in the published
/// form for both; a raw model is given the published caption prompt for chair. TextVQA is put
/// without OCR tokens, and POPE as VQA. Source: Qwen-VL's evaluation scripts (eval_mm; no POPE).
[[nodiscard]] inline std::string qwen_vl_evaluation_text(std::string_view task,
                                                         const BenchmarkItem& item, bool chats) {
  if (task == "scienceqa") {
    const std::string hint = item.hint && !item.hint->empty() ? *item.hint : "N/A";
    return "Context: " + hint + "\nQuestion: " + item.question +
           "\nOptions: " + detail::qwen_options(item) + "\nAnswer:";
  }
  if (task == "chair" && !chats) return "Describe the image in English:";
  const std::string options = detail::qwen_options(item);
  return options.empty() ? item.question : item.question + '\n' + options;
}

/// The longest answer that is generated for a task. Source: eval_mm for raw models (10 tokens, 30
/// for captions); a chat answers in sentences.
[[nodiscard]] inline Index qwen_vl_answer_limit(std::string_view task, bool chats) {
  if (task == "chair") return chats ? 512 : 30;
  return chats ? 128 : 10;
}

}  // namespace infoflow::adapters
