// SPDX-License-Identifier: MIT
/// \file The configuration of a LLaMA decoder, in both dialects, with the class's defaults.
#pragma once

#include <string>

#include <adapters/config_values.hpp>
#include <adapters/json_file.hpp>
#include <infoflow/core/error.hpp>

namespace infoflow::adapters {

/// What config.json says of the decoder. The values here are LLaMA-7B's, which configurations leave
/// out; names are those of config.json.
struct TextConfig {
  int hidden_size = 4096;
  int intermediate_size = 11008;
  int num_hidden_layers = 32;
  int num_attention_heads = 32;
  int num_key_value_heads = 32;  ///< Defaults to num_attention_heads.
  int head_dim = 128;            ///< Defaults to hidden_size / num_attention_heads.
  int vocab_size = 32000;
  int max_position_embeddings = 2048;
  double rms_norm_eps = 1e-6;
  double rope_theta = 10000;
  std::string hidden_act = "silu";
  bool qkv_bias = false;
  bool o_bias = false;
  bool mlp_bias = false;
  bool tie_word_embeddings = false;
};

namespace detail {

/// θ from "rope_parameters" (transformers 5) or "rope_theta" (before).
/// \throws Error if positions are to be scaled: another model would answer
[[nodiscard]] inline double rope_theta_of(const Json& json, const std::string& file) {
  double theta = factor_or(json, "rope_theta", 10000, file);
  for (const std::string key : {"rope_scaling", "rope_parameters"}) {
    const Json& rope = object_at(json, key, file);
    std::string type = get_or<std::string>(rope, "type", "default", file);
    type = get_or(rope, "rope_type", type, file);
    if (type != "default") {
      throw Error("\"" + key + "\" asks for rope type " + type, file,
                  "only the default rotary embedding is supported");
    }
    theta = factor_or(rope, "rope_theta", theta, file);
    if (get_or(rope, "partial_rotary_factor", 1.0, file) != 1.0) {
      throw Error("\"" + key + "\" rotates a part of each head only", file,
                  "only the default rotary embedding is supported");
    }
  }
  return theta;
}

}  // namespace detail

/// \param json  "text_config", or a LLaMA's whole config.json
/// \throws Error if it is of another model type, or asks for something that the decoder has not
[[nodiscard]] inline TextConfig read_text_config(const Json& json, const std::string& file) {
  const auto type = get_or<std::string>(json, "model_type", "llama", file);
  if (type != "llama") {
    throw Error("the language model is of type " + type, file, "only llama is supported here");
  }
  const TextConfig usual;
  TextConfig text;
  text.hidden_size = detail::size_or(json, "hidden_size", usual.hidden_size, file);
  text.intermediate_size =
      detail::size_or(json, "intermediate_size", usual.intermediate_size, file);
  text.num_hidden_layers = detail::size_or(json, "num_hidden_layers", usual.num_hidden_layers, file,
                                           detail::most_layers);
  text.num_attention_heads = detail::size_or(json, "num_attention_heads", usual.num_attention_heads,
                                             file, detail::most_heads);
  text.num_key_value_heads = detail::size_or(json, "num_key_value_heads", text.num_attention_heads,
                                             file, detail::most_heads);
  if (!get_optional<int>(json, "head_dim", file)) {
    detail::require_whole_heads(text.hidden_size, text.num_attention_heads, file);
  }
  text.head_dim =
      detail::size_or(json, "head_dim", text.hidden_size / text.num_attention_heads, file);
  if (text.head_dim % 2 != 0) {
    throw Error("heads of " + std::to_string(text.head_dim) + " channels", file,
                "rotary embedding needs an even number; correct head_dim");
  }
  if (text.num_attention_heads % text.num_key_value_heads != 0) {
    throw Error(std::to_string(text.num_attention_heads) + " heads cannot share " +
                    std::to_string(text.num_key_value_heads) + " key heads",
                file, "correct num_key_value_heads");
  }
  text.vocab_size = detail::size_or(json, "vocab_size", usual.vocab_size, file);
  text.max_position_embeddings =
      detail::size_or(json, "max_position_embeddings", usual.max_position_embeddings, file);
  text.rms_norm_eps = detail::factor_or(json, "rms_norm_eps", usual.rms_norm_eps, file);
  text.rope_theta = detail::rope_theta_of(json, file);
  text.hidden_act = detail::activation_or(json, "hidden_act", usual.hidden_act, file);
  text.qkv_bias = text.o_bias = get_or(json, "attention_bias", false, file);
  text.mlp_bias = get_or(json, "mlp_bias", false, file);
  text.tie_word_embeddings = get_or(json, "tie_word_embeddings", false, file);
  return text;
}

}  // namespace infoflow::adapters
