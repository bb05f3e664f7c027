// SPDX-License-Identifier: MIT
/// \file EVA's ViT-g, the vision tower of BLIP-2 and InstructBLIP: its tensors under Hugging Face's names,
/// and what it computes.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include <adapters/checkpoint/tensor_list.hpp>
#include <adapters/checkpoint/tensor_reader.hpp>
#include <adapters/layers.hpp>
#include <adapters/vision/eva_vit_config.hpp>

namespace infoflow::adapters {

struct EvaVitBlock {
  LayerNorm norm1;
  Linear qkv;  ///< [3 channels, channels]: all of q, then k, then v.
  Linear projection;
  LayerNorm norm2;
  Linear fc1, fc2;
};

struct EvaVitWeights {
  at::Tensor class_embedding;     ///< [1, 1, channels]
  Linear patch_embedding;         ///< Weight [channels, 3, patch, patch].
  at::Tensor position_embedding;  ///< [1, 1 + patches, channels]
  std::vector<EvaVitBlock> blocks;
  LayerNorm post_norm;
};

/// A ViT with a class token and norms before each half of a block; one more norm behind all blocks is
/// put on every token.
class EvaVit {
 public:
  EvaVit(Index heads, const std::string& activation, EvaVitWeights weights)
      : heads_(heads), weights_(std::move(weights)), activation_(nonlinearity(activation)) {}

  [[nodiscard]] const EvaVitWeights& weights() const { return weights_; }

  /// Normalised pixels [pictures, 3, size, size] → [pictures, 1 + patches, channels], class token first,
  /// then patches row by row.
  [[nodiscard]] at::Tensor operator()(const at::Tensor& pixels) const {
    const Linear& embed = weights_.patch_embedding;
    const at::Tensor patches =
        at::conv2d(pixels, embed.weight, embed.bias, embed.weight.size(-1)).flatten(2);
    const at::Tensor class_token = weights_.class_embedding.expand({pixels.size(0), 1, -1});
    at::Tensor hidden =
        at::cat({class_token, patches.transpose(1, 2)}, 1) + weights_.position_embedding;
    for (const EvaVitBlock& block : weights_.blocks) {
      hidden = hidden + attention(block, block.norm1(hidden));
      hidden = hidden + block.fc2(activation_(block.fc1(block.norm2(hidden))));
    }
    return weights_.post_norm(hidden);
  }

 private:
  [[nodiscard]] at::Tensor attention(const EvaVitBlock& block, const at::Tensor& rows) const {
    // [3, pictures, heads, tokens, channels of a head]
    const at::Tensor parts =
        block.qkv(rows).unflatten(-1, {3, heads_, -1}).permute({2, 0, 3, 1, 4});
    const at::Tensor mixed = at::scaled_dot_product_attention(parts[0], parts[1], parts[2]);
    return block.projection(mixed.transpose(1, 2).flatten(2));
  }

  Index heads_;
  EvaVitWeights weights_;
  Nonlinearity activation_;
};

/// \param tower  what the names begin with: "vision_model."
inline void add_eva_vit(TensorList& list, const EvaVitConfig& vision, const std::string& tower) {
  const std::int64_t channels = vision.hidden_size;
  const std::int64_t side = vision.patches_per_side();
  list.add(tower + "embeddings.class_embedding", {1, 1, channels});
  list.add(tower + "embeddings.patch_embedding.weight",
           {channels, 3, vision.patch_size, vision.patch_size});
  list.add(tower + "embeddings.patch_embedding.bias", {channels});
  list.add(tower + "embeddings.position_embedding", {1, side * side + 1, channels});
  for (int i = 0; i < vision.num_hidden_layers; ++i) {
    const std::string layer = tower + "encoder.layers." + std::to_string(i);
    list.add_norm(layer + ".layer_norm1", channels, true);
    list.add_linear(layer + ".self_attn.qkv", 3 * channels, channels, vision.qkv_bias);
    list.add_linear(layer + ".self_attn.projection", channels, channels, true);
    list.add_norm(layer + ".layer_norm2", channels, true);
    list.add_linear(layer + ".mlp.fc1", vision.intermediate_size, channels, true);
    list.add_linear(layer + ".mlp.fc2", channels, vision.intermediate_size, true);
  }
  list.add_norm(tower + "post_layernorm", channels, true);
}

/// The tower whose tensors `add_eva_vit` lists.
[[nodiscard]] inline EvaVitWeights read_eva_vit(const TensorReader& read,
                                                const EvaVitConfig& vision,
                                                const std::string& tower) {
  const auto norm = [&](const std::string& name) {
    return read.layer_norm(name, vision.layer_norm_eps);
  };
  EvaVitWeights weights{read.tensor(tower + "embeddings.class_embedding"),
                        read.linear(tower + "embeddings.patch_embedding"),
                        read.tensor(tower + "embeddings.position_embedding"),
                        {},
                        norm(tower + "post_layernorm")};
  for (int i = 0; i < vision.num_hidden_layers; ++i) {
    const std::string layer = tower + "encoder.layers." + std::to_string(i);
    weights.blocks.push_back({norm(layer + ".layer_norm1"), read.linear(layer + ".self_attn.qkv"),
                              read.linear(layer + ".self_attn.projection"),
                              norm(layer + ".layer_norm2"), read.linear(layer + ".mlp.fc1"),
                              read.linear(layer + ".mlp.fc2")});
  }
  return weights;
}

}  // namespace infoflow::adapters
