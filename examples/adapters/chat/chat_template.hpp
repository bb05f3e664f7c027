// SPDX-License-Identifier: MIT
/// \file Chat templates that are known by their text, without a Jinja to render them.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <infoflow/io/sha256.hpp>
#include <infoflow/metrics/answer_text.hpp>

namespace infoflow::adapters {

/// What a template makes of one question about pictures, up to where the assistant's text begins.
struct ChatTemplate {
  std::string_view name;
  std::string_view before;  ///< Up to the user's first picture.
  std::string_view after;   ///< From the question's end on.
  /// Whether the template is given a text alone, in which the family has marked the pictures.
  bool text_only = false;

  /// \param pictures  the pictures' marks as the family writes them; a template that knows of
  ///                  pictures writes its own, as many lines `<image>`
  [[nodiscard]] std::string operator()(std::string_view question, std::size_t image_count,
                                       std::string_view pictures) const {
    std::string text(before);
    if (text_only) text += pictures;
    for (std::size_t i = 0; i < image_count && !text_only; ++i) text += "<image>\n";
    return text.append(question).append(after);
  }
};

/// The SHA-256 of a template's text. Jinja makes all line ends alike and drops one at the end; in a
/// string it reads \n as a line end.
[[nodiscard]] inline std::string chat_template_digest(std::string_view text) {
  std::string normal = text::replaced(text::replaced(text, "\r\n", "\n"), "\r", "\n");
  normal = text::replaced(normal, "\\n", "\n");
  if (normal.ends_with('\n')) normal.pop_back();
  return hex(sha256(normal));
}

/// The template of a digest; none if it is not known. tests/golden/make_chat_template_goldens.py has
/// the texts, and what transformers makes of them.
[[nodiscard]] inline std::optional<ChatTemplate> known_chat_template(std::string_view digest) {
  static constexpr std::string_view turn = "<|im_start|>user\n";
  static constexpr std::string_view turn_over = "<|im_end|>\n<|im_start|>assistant\n";
  static constexpr ChatTemplate llava{"LLaVA-1.5's", "USER: ", " ASSISTANT:"};
  static constexpr ChatTemplate internvl{"InternVL's", turn, turn_over};
  static constexpr ChatTemplate chatml{"ChatML", turn, turn_over, /*text_only=*/true};
  static constexpr ChatTemplate qwen2{
      "Qwen2's",
      "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n", turn_over,
      /*text_only=*/true};
  static constexpr std::array<std::pair<std::string_view, const ChatTemplate*>, 9> known{{
      {"6fef09c05345e88b9f85e80bcb3491003332050750586568bdf91cfa81965d0c", &llava},
      {"f33044e95c00714fa512cb4b3201a3be2e8d563725a25c146521921d6f827099", &llava},
      {"b3e3fa7cdeceec1d3dfe0d17b77724baf3857714e688f3a700261567e96140eb", &internvl},
      {"4367f4f8b8a3a0ddcbbb7aa9888fb9332157ca888f16a1b3ece72d0de7d99838", &internvl},
      {"cabb34545cf3d04f4d256439f6b8e9f6fcf61edaaee3b8cb5c0937a7ea6206d7", &internvl},
      {"a844bdb50ea419f4148f290ec201bc275dca6d14be4c589f4a05bc852bb19bbf", &internvl},
      {"62f9fdb5c8ebe879cd4072699b4083b09ec29cfecc4c30e429455f8d619fc791", &internvl},
      {"153280e3ff55d19da1398bdb3914ee2a51b80429bfaedde11d7d216c39db80f3", &chatml},
      {"793202280c0910ab26bc6eb57c8212c2417324c6d8c4efd0d10d59092ab3e3eb", &qwen2},
  }};
  for (const auto& [of_text, chat] : known) {
    if (of_text == digest) return *chat;
  }
  return std::nullopt;
}

}  // namespace infoflow::adapters
