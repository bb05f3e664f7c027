// SPDX-License-Identifier: MIT
/// \file How Qwen2-VL and Qwen2.5-VL are asked.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace infoflow::adapters {

/// The checkpoints' own chat template, which the evaluation uses, too: ChatML with a system text, and
/// nothing between pictures and question. A mark `<image>` stands for each picture.
[[nodiscard]] inline std::string qwen2_5_vl_chat_prompt(std::string_view question,
                                                        std::size_t image_count) {
  std::string text =
      "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n";
  for (std::size_t i = 0; i < image_count; ++i) text += "<image>";
  return text.append(question).append("<|im_end|>\n<|im_start|>assistant\n");
}

}  // namespace infoflow::adapters
