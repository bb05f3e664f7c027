// SPDX-License-Identifier: MIT
/// \file The tensors of a LLaMA, Qwen2 or Qwen3 decoder under Hugging Face's names.
#pragma once

#include <string>
#include <utility>

#include <adapters/checkpoint/tensor_list.hpp>
#include <adapters/checkpoint/tensor_reader.hpp>
#include <adapters/decoder/decoder.hpp>
#include <adapters/decoder/text_config.hpp>
#include <adapters/decoder/word_embeddings.hpp>

namespace infoflow::adapters {

/// What a decoder has to know beside its weights.
[[nodiscard]] inline DecoderConfig decoder_config(const TextConfig& text) {
  return {.head_channels = text.head_dim,
          .rope_theta = text.rope_theta,
          .rope_scaling = text.rope_scaling,
          .mrope_section = text.mrope_section,
          .activation = text.hidden_act};
}

/// \param model  what the names of embedding, layers and norm begin with: "language_model.model."
/// \param head   the name of the head without ".weight"
inline void add_decoder(TensorList& list, const TextConfig& text, const std::string& model,
                        const std::string& head) {
  const std::int64_t hidden = text.hidden_size;
  const std::int64_t heads = text.num_attention_heads * text.head_dim;
  const std::int64_t key_heads = text.num_key_value_heads * text.head_dim;
  add_word_embeddings(list, text, model + "embed_tokens.weight", head + ".weight");
  for (int i = 0; i < text.num_hidden_layers; ++i) {
    const std::string layer = model + "layers." + std::to_string(i);
    list.add_norm(layer + ".input_layernorm", hidden, false);
    list.add_linear(layer + ".self_attn.q_proj", heads, hidden, text.qkv_bias);
    list.add_linear(layer + ".self_attn.k_proj", key_heads, hidden, text.qkv_bias);
    list.add_linear(layer + ".self_attn.v_proj", key_heads, hidden, text.qkv_bias);
    list.add_linear(layer + ".self_attn.o_proj", hidden, heads, text.o_bias);
    if (text.head_norms) {
      list.add_norm(layer + ".self_attn.q_norm", text.head_dim, false);
      list.add_norm(layer + ".self_attn.k_norm", text.head_dim, false);
    }
    list.add_norm(layer + ".post_attention_layernorm", hidden, false);
    list.add_linear(layer + ".mlp.gate_proj", text.intermediate_size, hidden, text.mlp_bias);
    list.add_linear(layer + ".mlp.up_proj", text.intermediate_size, hidden, text.mlp_bias);
    list.add_linear(layer + ".mlp.down_proj", hidden, text.intermediate_size, text.mlp_bias);
  }
  list.add_norm(model + "norm", hidden, false);
}

/// The decoder whose tensors `add_decoder` lists.
[[nodiscard]] inline DecoderWeights read_decoder(const TensorReader& read, const TextConfig& text,
                                                 const std::string& model,
                                                 const std::string& head) {
  const auto norm = [&](const std::string& name) { return read.rms_norm(name, text.rms_norm_eps); };
  auto [embedding, output] =
      read_word_embeddings(read, model + "embed_tokens.weight", head + ".weight");
  DecoderWeights weights{std::move(embedding), {}, norm(model + "norm"), std::move(output)};
  for (int i = 0; i < text.num_hidden_layers; ++i) {
    const std::string layer = model + "layers." + std::to_string(i);
    weights.layers.push_back(
        {norm(layer + ".input_layernorm"), read.linear(layer + ".self_attn.q_proj"),
         read.linear(layer + ".self_attn.k_proj"), read.linear(layer + ".self_attn.v_proj"),
         read.linear(layer + ".self_attn.o_proj"), norm(layer + ".post_attention_layernorm"),
         read.linear(layer + ".mlp.gate_proj"), read.linear(layer + ".mlp.up_proj"),
         read.linear(layer + ".mlp.down_proj")});
    if (!text.head_norms) continue;
    weights.layers.back().head_norms = {norm(layer + ".self_attn.q_norm"),
                                        norm(layer + ".self_attn.k_norm")};
  }
  return weights;
}

}  // namespace infoflow::adapters
