// SPDX-License-Identifier: MIT
/// \file The tensors of an InternLM2 decoder: a LLaMA under other names, with queries, keys and values
/// in one matrix.
#pragma once

#include <string>
#include <utility>

#include <adapters/checkpoint/tensor_list.hpp>
#include <adapters/checkpoint/tensor_reader.hpp>
#include <adapters/decoder/decoder.hpp>
#include <adapters/decoder/text_config.hpp>
#include <adapters/decoder/word_embeddings.hpp>

namespace infoflow::adapters {

/// \param model  what the names of embedding, layers and norm begin with: "language_model.model."
/// \param head   the name of the head without ".weight"
inline void add_internlm2(TensorList& list, const TextConfig& text, const std::string& model,
                          const std::string& head) {
  const std::int64_t hidden = text.hidden_size;
  const std::int64_t inner = text.intermediate_size;
  const std::int64_t heads = text.num_attention_heads * text.head_dim;
  const std::int64_t key_heads = text.num_key_value_heads * text.head_dim;
  add_word_embeddings(list, text, model + "tok_embeddings.weight", head + ".weight");
  for (int i = 0; i < text.num_hidden_layers; ++i) {
    const std::string layer = model + "layers." + std::to_string(i);
    list.add_norm(layer + ".attention_norm", hidden, false);
    list.add_linear(layer + ".attention.wqkv", heads + 2 * key_heads, hidden, text.qkv_bias);
    list.add_linear(layer + ".attention.wo", hidden, heads, text.o_bias);
    list.add_norm(layer + ".ffn_norm", hidden, false);
    list.add_linear(layer + ".feed_forward.w1", inner, hidden, false);
    list.add_linear(layer + ".feed_forward.w3", inner, hidden, false);
    list.add_linear(layer + ".feed_forward.w2", hidden, inner, false);
  }
  list.add_norm(model + "norm", hidden, false);
}

namespace detail {

/// Query, key and value matrices. Below each other in the fused one stand, for each key head: the
/// query heads that share it, the key, the value.
struct SplitQkv {
  Linear query, key, value;
};

[[nodiscard]] inline SplitQkv split_by_key_head(const Linear& fused, const TextConfig& text) {
  const std::int64_t shared = text.num_attention_heads / text.num_key_value_heads;
  const auto part = [&](const at::Tensor& rows, std::int64_t first, std::int64_t count) {
    if (!rows.defined()) return rows;
    const at::Tensor blocks =
        rows.unflatten(0, {text.num_key_value_heads, shared + 2, text.head_dim});
    return blocks.narrow(1, first, count).flatten(0, 2).contiguous();
  };
  const auto linear = [&](std::int64_t first, std::int64_t count) {
    return Linear{part(fused.weight, first, count), part(fused.bias, first, count)};
  };
  return {linear(0, shared), linear(shared, 1), linear(shared + 1, 1)};
}

}  // namespace detail

/// The decoder whose tensors `add_internlm2` lists.
[[nodiscard]] inline DecoderWeights read_internlm2(const TensorReader& read, const TextConfig& text,
                                                   const std::string& model,
                                                   const std::string& head) {
  const auto norm = [&](const std::string& name) { return read.rms_norm(name, text.rms_norm_eps); };
  auto [embedding, output] =
      read_word_embeddings(read, model + "tok_embeddings.weight", head + ".weight");
  DecoderWeights weights{std::move(embedding), {}, norm(model + "norm"), std::move(output)};
  for (int i = 0; i < text.num_hidden_layers; ++i) {
    const std::string layer = model + "layers." + std::to_string(i);
    const auto [query, key, value] =
        detail::split_by_key_head(read.linear(layer + ".attention.wqkv"), text);
    weights.layers.push_back(
        {norm(layer + ".attention_norm"), query, key, value, read.linear(layer + ".attention.wo"),
         norm(layer + ".ffn_norm"), read.linear(layer + ".feed_forward.w1"),
         read.linear(layer + ".feed_forward.w3"), read.linear(layer + ".feed_forward.w2")});
  }
  return weights;
}

}  // namespace infoflow::adapters
