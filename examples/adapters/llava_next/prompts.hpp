// SPDX-License-Identifier: MIT
/// \file LLaVA-1.6's chat templates, one for each kind of language model.
#pragma once

#include <string>
#include <string_view>

#include <adapters/chat/chat_template.hpp>
#include <adapters/tokenizer/tokenizer.hpp>

namespace infoflow::adapters {

/// The template in which the evaluation asks a LLaVA-1.6 with this language model. A checkpoint does
/// not name it: the original code tells it by the folder's name, here the model's type and its tokens
/// tell it, which comes to the same for every release.
/// \param decoder  the language model's type: llama, mistral or qwen2
/// Source: `conv_templates` in llava/conversation.py of LLaVA and LLaVA-NeXT.
[[nodiscard]] inline ChatTemplate llava_next_template(std::string_view decoder,
                                                      const Tokenizer& tokenizer) {
  static constexpr ChatTemplate vicuna{
      "vicuna_v1",
      "A chat between a curious user and an artificial intelligence assistant. The assistant "
      "gives helpful, detailed, and polite answers to the user's questions. USER: ",
      " ASSISTANT:"};
  static constexpr ChatTemplate mistral{"mistral_instruct", "[INST] ", " [/INST]"};
  static constexpr ChatTemplate hermes{
      // No line end behind <|im_end|>.
      "chatml_direct", "<|im_start|>system\nAnswer the questions.<|im_end|><|im_start|>user\n",
      "<|im_end|><|im_start|>assistant\n"};
  static constexpr ChatTemplate qwen{
      "qwen_1_5", "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n",
      "<|im_end|>\n<|im_start|>assistant\n"};
  // <|start_header_id|> stands twice before "user": the original code's name of that role begins with
  // it, and Llama-3's own template, which it is put through, writes it, too.
  static constexpr ChatTemplate llama_3{
      "llava_llama_3",
      "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nYou are a helpful language "
      "and vision assistant. You are able to understand the visual content that the user provides, "
      "and assist the user with a variety of tasks using natural language.<|eot_id|>"
      "<|start_header_id|><|start_header_id|>user<|end_header_id|>\n\n",
      "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n"};
  if (decoder == "mistral") return mistral;
  if (tokenizer.id_of("<|start_header_id|>")) return llama_3;
  if (!tokenizer.id_of("<|im_start|>")) return vicuna;
  return decoder == "qwen2" ? qwen : hermes;
}

}  // namespace infoflow::adapters
