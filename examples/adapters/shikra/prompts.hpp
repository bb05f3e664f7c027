// SPDX-License-Identifier: MIT
/// \file How texts for Shikra are put together, and taken apart.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include <adapters/llava/prompts.hpp>
#include <infoflow/text/answer_text.hpp>

namespace infoflow::adapters {

/// The template vicuna_v1.1, in which pictures are words of the user's text.
/// Source: base_conversation.py of the original code, whose texts are those of LLaVA's vicuna_v1.
[[nodiscard]] inline std::string shikra_prompt(std::string_view text) {
  return vicuna_v1_prompt(text, 0);
}

/// A text behind its pictures. Source: single_image_interactive.py of the original code, for texts that
/// do not say where theirs stands.
[[nodiscard]] inline std::string behind_pictures(std::string_view text, std::size_t image_count) {
  std::string words;
  for (std::size_t i = 0; i < image_count; ++i) words += "<image> ";
  return words.append(text);
}

/// A prompt without the white space at both sides of each `<image>`.
///
/// The tokenizer that Shikra was trained with takes it away beside every token that was added to it:
/// that of transformers 4.28 (tokenization_utils.py, where only tokens with flags are spared).
[[nodiscard]] inline std::string without_blanks_beside_pictures(std::string_view prompt) {
  constexpr std::string_view mark = "<image>";
  std::string out;
  for (bool is_first = true;; is_first = false) {
    const std::size_t length = std::min(prompt.find(mark), prompt.size());
    const bool is_last = length == prompt.size();
    const std::string_view stretch = prompt.substr(0, length);
    const std::string_view words = text::strip(stretch);
    if (words.empty()) {
      if (is_first && is_last) out.append(stretch);
    } else {
      const auto before = static_cast<std::size_t>(words.data() - stretch.data());
      const std::size_t begin = is_first ? 0 : before;
      const std::size_t end = is_last ? length : before + words.size();
      out.append(stretch.substr(begin, end - begin));
    }
    if (is_last) return out;
    out.append(mark);
    prompt.remove_prefix(length + mark.size());
  }
}

}  // namespace infoflow::adapters
