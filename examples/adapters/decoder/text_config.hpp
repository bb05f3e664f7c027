// SPDX-License-Identifier: MIT
/// \file The configuration of a LLaMA, Mistral, Qwen2, Qwen3 or InternLM2 decoder, in every dialect, with the
/// defaults of its class.
#pragma once

#include <algorithm>
#include <array>
#include <string>

#include <adapters/checkpoint/config_values.hpp>
#include <adapters/checkpoint/json_file.hpp>
#include <adapters/decoder/rope_scaling.hpp>
#include <infoflow/core/error.hpp>

namespace infoflow::adapters {

/// What config.json says of the decoder. The values here are LLaMA-7B's, which LLaMA's configurations
/// leave out; names are those of config.json.
struct TextConfig {
  int hidden_size = 4096;
  int intermediate_size = 11008;
  int num_hidden_layers = 32;
  int num_attention_heads = 32;
  int num_key_value_heads = 32;  ///< Defaults to num_attention_heads.
  int head_dim = 128;            ///< Defaults to hidden_size / num_attention_heads; Qwen3's to 128.
  int vocab_size = 32000;
  int max_position_embeddings = 2048;
  double rms_norm_eps = 1e-6;
  double rope_theta = 10000;
  RopeScaling rope_scaling{};
  std::array<int, 3> mrope_section{};  ///< Of a family with M-RoPE, which reads it itself.
  std::string hidden_act = "silu";
  bool qkv_bias = false;
  bool o_bias = false;
  bool mlp_bias = false;
  bool head_norms = false;  ///< Whether queries and keys are normed head by head.
  bool tie_word_embeddings = false;

  /// The longest prompt with its answer: "max_position_embeddings" is the trained length in some files
  /// and the stretched one in others. The type dynamic stretches as far as a sequence goes.
  [[nodiscard]] Index context_length() const {
    if (rope_scaling.type == RopeType::plain) return max_position_embeddings;
    if (rope_scaling.type == RopeType::dynamic) return most_channels;
    const double stretched = rope_scaling.factor * rope_scaling.trained_length;
    return std::max<Index>(max_position_embeddings, static_cast<Index>(stretched));
  }
};

namespace detail {

/// What configurations of a type leave out. \throws Error if the decoder is of another type
[[nodiscard]] inline TextConfig usual_text_config(const std::string& type,
                                                  const std::string& file) {
  if (type == "llama") return {};
  if (type == "mistral") {
    return {
        .intermediate_size = 14336, .num_key_value_heads = 8, .max_position_embeddings = 4096 * 32};
  }
  if (type == "qwen2") {
    return {.intermediate_size = 22016,
            .vocab_size = 151936,
            .max_position_embeddings = 32768,
            .qkv_bias = true};
  }
  if (type == "qwen3") {
    return {.intermediate_size = 22016,
            .vocab_size = 151936,
            .max_position_embeddings = 32768,
            .head_norms = true};
  }
  if (type == "internlm2") return {.vocab_size = 103168, .qkv_bias = true, .o_bias = true};
  throw Error("the language model is of type " + type, file,
              "llama, mistral, qwen2, qwen3 and internlm2 are supported");
}

/// Which projections of the attention have biases: said by "attention_bias" (LLaMA, Qwen3) or "bias"
/// (InternLM2), fixed for Qwen2 and Mistral.
inline void read_biases(TextConfig& text, const Json& json, const std::string& type,
                        const std::string& file) {
  if (type == "qwen2" || type == "mistral") return;
  const std::string key = type == "internlm2" ? "bias" : "attention_bias";
  text.qkv_bias = text.o_bias = get_or(json, key, text.o_bias, file);
  if (type == "llama") text.mlp_bias = get_or(json, "mlp_bias", false, file);
}

/// Mistral's attention reads a window of earlier tokens unless "sliding_window" is null or as long as
/// the context, Qwen2's and Qwen3's if they are told to. \throws Error if the decoder's does
inline void require_whole_attention(const Json& json, const std::string& type, int context,
                                    const std::string& file) {
  bool window = get_or(json, "use_sliding_window", false, file);
  if (type == "mistral") {
    const std::string key = "sliding_window";
    window = !json.contains(key) || get_or(json, key, context, file) < context;
  }
  if (!window) return;
  throw Error("the decoder attends within a sliding window", file,
              "only attention to all earlier tokens is supported");
}

}  // namespace detail

/// \param json  "text_config" or "llm_config", or a decoder's whole config.json
/// \throws Error if it is of another model type, or asks for something that the decoder has not
[[nodiscard]] inline TextConfig read_text_config(const Json& json, const std::string& file) {
  const auto type = get_or<std::string>(json, "model_type", "llama", file);
  const TextConfig usual = detail::usual_text_config(type, file);
  TextConfig text = usual;
  text.hidden_size = size_or(json, "hidden_size", usual.hidden_size, file);
  text.intermediate_size = size_or(json, "intermediate_size", usual.intermediate_size, file);
  text.num_hidden_layers =
      size_or(json, "num_hidden_layers", usual.num_hidden_layers, file, most_layers);
  text.num_attention_heads =
      size_or(json, "num_attention_heads", usual.num_attention_heads, file, most_heads);
  const int usual_key_heads =
      type == "mistral" ? usual.num_key_value_heads : text.num_attention_heads;
  text.num_key_value_heads =
      size_or(json, "num_key_value_heads", usual_key_heads, file, most_heads);
  const bool whole_heads = type != "qwen3" && !get_optional<int>(json, "head_dim", file);
  if (whole_heads) require_whole_heads(text.hidden_size, text.num_attention_heads, file);
  const int usual_head = whole_heads ? text.hidden_size / text.num_attention_heads : usual.head_dim;
  text.head_dim = size_or(json, "head_dim", usual_head, file, most_head_channels);
  if (text.head_dim % 2 != 0) {
    throw Error("heads of " + std::to_string(text.head_dim) + " channels", file,
                "rotary embedding needs an even number; correct head_dim");
  }
  if (text.num_attention_heads % text.num_key_value_heads != 0) {
    throw Error(std::to_string(text.num_attention_heads) + " heads cannot share " +
                    std::to_string(text.num_key_value_heads) + " key heads",
                file, "correct num_key_value_heads");
  }
  text.vocab_size = size_or(json, "vocab_size", usual.vocab_size, file);
  text.max_position_embeddings =
      size_or(json, "max_position_embeddings", usual.max_position_embeddings, file);
  detail::require_whole_attention(json, type, text.max_position_embeddings, file);
  text.rms_norm_eps = epsilon_or(json, "rms_norm_eps", usual.rms_norm_eps, file);
  text.rope_theta = read_rope_theta(json, file);
  text.rope_scaling = read_rope_scaling(json, text.max_position_embeddings, file);
  text.hidden_act = activation_or(json, "hidden_act", usual.hidden_act, file);
  detail::read_biases(text, json, type, file);
  text.tie_word_embeddings = get_or(json, "tie_word_embeddings", false, file);
  return text;
}

}  // namespace infoflow::adapters
