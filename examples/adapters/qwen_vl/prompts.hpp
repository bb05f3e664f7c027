// SPDX-License-Identifier: MIT
/// \file How Qwen-VL is asked: the chat template and the raw text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

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

}  // namespace infoflow::adapters
