// SPDX-License-Identifier: MIT
/// \file InternVL's chat templates.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <infoflow/core/error.hpp>

namespace infoflow::adapters {

/// How a conversation is written for one model: "<|im_start|>", a role, a line end, the text, and an
/// end of turn, for system, user and assistant.
struct InternvlTemplate {
  std::string system{};  ///< Empty: there is no turn of the system.
  std::string turn_end = "<|im_end|>\n";
  std::string name = "ChatML";

  /// The prompt for a question about pictures, up to where the assistant's text begins.
  [[nodiscard]] std::string operator()(std::string_view question, std::size_t image_count) const {
    std::string text;
    if (!system.empty()) text += "<|im_start|>system\n" + system + turn_end;
    text += "<|im_start|>user\n";
    for (std::size_t i = 0; i < image_count; ++i) text += "<image>\n";
    return text.append(question).append(turn_end).append("<|im_start|>assistant\n");
  }
};

/// The template that a release names. V1.5 and V2 have the first system text and no line end behind
/// a turn ("Hermes-2" and "internlm2-chat" are alike when a model answers), V2.5, V3 and V3.5 the second.
/// \throws Error if it is another
[[nodiscard]] inline InternvlTemplate internvl_template(const std::string& name,
                                                        const std::string& file) {
  if (name == "internlm2-chat" || name == "Hermes-2") {
    return {
        "你是由上海人工智能实验室联合商汤科技开发的书生多模态大模型，英文名叫InternVL, "
        "是一个有用无害的人工智能助手。",
        "<|im_end|>", name};
  }
  if (name == "internvl2_5") {
    return {
        "你是书生·万象，英文名是InternVL，是由上海人工智能实验室、清华大学及多家合作单位"
        "联合开发的多模态大语言模型。",
        "<|im_end|>\n", name};
  }
  throw Error("the chat template is \"" + name + "\"", file,
              "internlm2-chat, Hermes-2 and internvl2_5 are supported");
}

}  // namespace infoflow::adapters
