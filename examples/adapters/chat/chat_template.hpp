// SPDX-License-Identifier: MIT
/// \file Chat templates that are known by their text, without a Jinja to render them.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <infoflow/files/sha256.hpp>
#include <infoflow/text/answer_text.hpp>

namespace infoflow::adapters {

/// What a template makes of one question about pictures, up to where the assistant's text begins.
struct ChatTemplate {
  std::string_view name;
  std::string_view before;  ///< Up to the user's first picture.
  std::string_view after;   ///< From the question's end on.
  /// Whether the template is given a text alone, in which the family has marked the pictures.
  bool text_only = false;
  std::string_view picture = "<image>\n";  ///< What it writes for each, if it knows of pictures.

  /// \param pictures  the pictures' marks as the family writes them; a template that knows of
  ///                  pictures writes its own
  [[nodiscard]] std::string operator()(std::string_view question, std::size_t image_count,
                                       std::string_view pictures) const {
    std::string text(before);
    if (text_only) text += pictures;
    for (std::size_t i = 0; i < image_count && !text_only; ++i) text += picture;
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
  static constexpr ChatTemplate mistral{"LLaVA-1.6's of Mistral", "[INST] ", " [/INST]"};
  static constexpr ChatTemplate internvl{"InternVL's", turn, turn_over};
  static constexpr ChatTemplate chatml{"ChatML", turn, turn_over, /*text_only=*/true};
  static constexpr ChatTemplate qwen2{
      "Qwen2's", "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n",
      turn_over,
      /*text_only=*/true};
  static constexpr ChatTemplate qwen2_vl{"Qwen2-VL's", qwen2.before, turn_over,
                                         /*text_only=*/false, "<image>"};
  static constexpr std::array<std::pair<std::string_view, const ChatTemplate*>, 12> known{{
      {"6fef09c05345e88b9f85e80bcb3491003332050750586568bdf91cfa81965d0c", &llava},
      {"f33044e95c00714fa512cb4b3201a3be2e8d563725a25c146521921d6f827099", &llava},
      {"b3e3fa7cdeceec1d3dfe0d17b77724baf3857714e688f3a700261567e96140eb", &internvl},
      {"4367f4f8b8a3a0ddcbbb7aa9888fb9332157ca888f16a1b3ece72d0de7d99838", &internvl},
      {"cabb34545cf3d04f4d256439f6b8e9f6fcf61edaaee3b8cb5c0937a7ea6206d7", &internvl},
      {"a844bdb50ea419f4148f290ec201bc275dca6d14be4c589f4a05bc852bb19bbf", &internvl},
      {"62f9fdb5c8ebe879cd4072699b4083b09ec29cfecc4c30e429455f8d619fc791", &internvl},
      {"7a8411793f13597720e0b43b29e41313c2b3487cb170036a009cbd7754df41d6", &mistral},
      {"2c17243a977fd0643fb549a509a8e2684f45517df0f9f608d5893b719f16569f", &mistral},
      {"153280e3ff55d19da1398bdb3914ee2a51b80429bfaedde11d7d216c39db80f3", &chatml},
      {"793202280c0910ab26bc6eb57c8212c2417324c6d8c4efd0d10d59092ab3e3eb", &qwen2},
      {"a0bc6f6fc7a29a80017a433e8f03a1cc1236e838a944a2d034295a60c4f2fddb", &qwen2_vl},
  }};
  for (const auto& [of_text, chat] : known) {
    if (of_text == digest) return *chat;
  }
  return std::nullopt;
}

}  // namespace infoflow::adapters
