// SPDX-License-Identifier: MIT
/// \file LLaVA-1.5's chat template.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace infoflow::adapters {

/// The template vicuna_v1: system text, the pictures, the question.
[[nodiscard]] inline std::string vicuna_v1_prompt(std::string_view question,
                                                  std::size_t image_count) {
  std::string text =
      "A chat between a curious user and an artificial intelligence assistant. The assistant "
      "gives helpful, detailed, and polite answers to the user's questions. USER: ";
  for (std::size_t i = 0; i < image_count; ++i) text += "<image>\n";
  return text.append(question).append(" ASSISTANT:");
}

}  // namespace infoflow::adapters
