// SPDX-License-Identifier: MIT
/// \file The tensors of a Qwen-VL checkpoint: which there must be, what shape they have, and how
/// they become modules.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <adapters/checkpoint/checkpoint_tensors.hpp>
#include <adapters/checkpoint/tensor_list.hpp>
#include <adapters/checkpoint/tensor_reader.hpp>
#include <adapters/decoder/decoder.hpp>
#include <adapters/decoder/word_embeddings.hpp>
#include <adapters/qwen_vl/config.hpp>
#include <adapters/qwen_vl/resampler.hpp>
#include <adapters/qwen_vl/vision.hpp>

namespace infoflow::adapters {

namespace detail {

inline void add_qwen_decoder(TensorList& list, const TextConfig& text) {
  const std::int64_t hidden = text.hidden_size;
  const std::int64_t inner = text.intermediate_size;
  add_word_embeddings(list, text, "transformer.wte.weight", "lm_head.weight");
  for (int i = 0; i < text.num_hidden_layers; ++i) {
    const std::string layer = "transformer.h." + std::to_string(i);
    list.add_norm(layer + ".ln_1", hidden, false);
    list.add_linear(layer + ".attn.c_attn", 3 * hidden, hidden, text.qkv_bias);
    list.add_linear(layer + ".attn.c_proj", hidden, hidden, text.o_bias);
    list.add_norm(layer + ".ln_2", hidden, false);
    list.add_linear(layer + ".mlp.w1", inner, hidden, text.mlp_bias);
    list.add_linear(layer + ".mlp.w2", inner, hidden, text.mlp_bias);
    list.add_linear(layer + ".mlp.c_proj", hidden, inner, text.mlp_bias);
  }
  list.add_norm("transformer.ln_f", hidden, false);
}

inline void add_qwen_tower(TensorList& list, const QwenVlVision& vision) {
  const std::string tower = "transformer.visual.";
  const std::int64_t width = vision.width;
  list.add(tower + "conv1.weight", {width, 3, vision.patch_size, vision.patch_size});
  list.add(tower + "positional_embedding", {vision.learned_positions, width});
  list.add_norm(tower + "ln_pre", width, true);
  for (int i = 0; i < vision.layers; ++i) {
    const std::string block = tower + "transformer.resblocks." + std::to_string(i);
    list.add_norm(block + ".ln_1", width, true);
    list.add_linear(block + ".attn.in_proj", 3 * width, width, true);
    list.add_linear(block + ".attn.out_proj", width, width, true);
    list.add_norm(block + ".ln_2", width, true);
    list.add_linear(block + ".mlp.c_fc", vision.mlp_width, width, true);
    list.add_linear(block + ".mlp.c_proj", width, vision.mlp_width, true);
  }
}

inline void add_qwen_resampler(TensorList& list, const QwenVlVision& vision) {
  const std::string pool = "transformer.visual.attn_pool.";
  const std::int64_t channels = vision.output_dim;
  list.add(pool + "pos_embed", {vision.queries, channels});
  list.add(pool + "query", {vision.queries, channels});
  list.add_linear(pool + "kv_proj", channels, vision.width, false);
  list.add(pool + "attn.in_proj_weight", {3 * channels, channels});
  list.add(pool + "attn.in_proj_bias", {3 * channels});
  list.add_linear(pool + "attn.out_proj", channels, channels, true);
  list.add_norm(pool + "ln_q", channels, true);
  list.add_norm(pool + "ln_kv", channels, true);
  list.add_norm("transformer.visual.ln_post", channels, true);
  list.add("transformer.visual.proj", {channels, channels});
}

}  // namespace detail

/// Every tensor of a checkpoint of this configuration, under its published name.
[[nodiscard]] inline std::vector<ExpectedTensor> qwen_vl_tensors(const QwenVlConfig& config) {
  TensorList list;
  detail::add_qwen_decoder(list, config.text);
  detail::add_qwen_tower(list, config.vision);
  detail::add_qwen_resampler(list, config.vision);
  return std::move(list.tensors);
}

/// A published name as it is; nothing for buffers that nobody reads.
[[nodiscard]] inline std::optional<std::string> qwen_vl_tensor_name(const std::string& name) {
  if (is_unread_buffer(name)) return std::nullopt;
  return name;
}

/// What a Qwen-VL is made of.
struct QwenVlWeights {
  QwenVlTowerWeights tower;
  QwenVlResamplerWeights resampler;
  DecoderWeights decoder;
};

namespace detail {

/// A third of a fused matrix of blocks q | k | v.
[[nodiscard]] inline Linear third_of(const Linear& fused, std::int64_t third) {
  const std::int64_t rows = fused.weight.size(0) / 3;
  return {fused.weight.narrow(0, third * rows, rows), fused.bias.narrow(0, third * rows, rows)};
}

/// Qwen's MLP is c_proj(w1(x) · silu(w2(x))): w2 is the gate.
[[nodiscard]] inline DecoderWeights read_qwen_decoder(const TensorReader& read,
                                                      const TextConfig& text) {
  const auto norm = [&](const std::string& name) { return read.rms_norm(name, text.rms_norm_eps); };
  auto [embedding, head] = read_word_embeddings(read, "transformer.wte.weight", "lm_head.weight");
  DecoderWeights weights{std::move(embedding), {}, norm("transformer.ln_f"), std::move(head)};
  for (int i = 0; i < text.num_hidden_layers; ++i) {
    const std::string layer = "transformer.h." + std::to_string(i);
    const Linear fused = read.linear(layer + ".attn.c_attn");
    weights.layers.push_back({norm(layer + ".ln_1"), third_of(fused, 0), third_of(fused, 1),
                              third_of(fused, 2), read.linear(layer + ".attn.c_proj"),
                              norm(layer + ".ln_2"), read.linear(layer + ".mlp.w2"),
                              read.linear(layer + ".mlp.w1"), read.linear(layer + ".mlp.c_proj")});
  }
  return weights;
}

[[nodiscard]] inline QwenVlTowerWeights read_qwen_tower(const TensorReader& read,
                                                        const QwenVlVision& vision) {
  const std::string tower = "transformer.visual.";
  const auto norm = [&](const std::string& name) { return read.layer_norm(name, vision.norm_eps); };
  QwenVlTowerWeights weights{read.tensor(tower + "conv1.weight"),
                             read.tensor(tower + "positional_embedding"),
                             norm(tower + "ln_pre"),
                             {}};
  for (int i = 0; i < vision.layers; ++i) {
    const std::string block = tower + "transformer.resblocks." + std::to_string(i);
    weights.blocks.push_back({norm(block + ".ln_1"), read.linear(block + ".attn.in_proj"),
                              read.linear(block + ".attn.out_proj"), norm(block + ".ln_2"),
                              read.linear(block + ".mlp.c_fc"),
                              read.linear(block + ".mlp.c_proj")});
  }
  return weights;
}

[[nodiscard]] inline QwenVlResamplerWeights read_qwen_resampler(const TensorReader& read,
                                                                const QwenVlVision& vision) {
  const std::string pool = "transformer.visual.attn_pool.";
  const auto norm = [&](const std::string& name) { return read.layer_norm(name, vision.norm_eps); };
  return {read.tensor(pool + "query"),
          read.tensor(pool + "pos_embed"),
          read.linear(pool + "kv_proj"),
          norm(pool + "ln_q"),
          norm(pool + "ln_kv"),
          {read.tensor(pool + "attn.in_proj_weight"), read.tensor(pool + "attn.in_proj_bias")},
          read.linear(pool + "attn.out_proj"),
          norm("transformer.visual.ln_post"),
          read.tensor("transformer.visual.proj")};
}

}  // namespace detail

/// Reads the modules of this configuration: the decoder in `dtype`, tower and resampler in
/// vision_dtype(dtype).
/// \throws Error as CheckpointTensors does
[[nodiscard]] inline QwenVlWeights read_qwen_vl_weights(const QwenVlConfig& config,
                                                        CheckpointTensors& tensors,
                                                        at::ScalarType dtype) {
  const TensorReader vision(tensors, vision_dtype(dtype));
  QwenVlWeights weights{detail::read_qwen_tower(vision, config.vision),
                        detail::read_qwen_resampler(vision, config.vision),
                        detail::read_qwen_decoder(TensorReader(tensors, dtype), config.text)};
  tensors.require_finite();
  return weights;
}

}  // namespace infoflow::adapters
