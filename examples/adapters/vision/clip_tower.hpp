// SPDX-License-Identifier: MIT
/// \file The CLIP vision tower: pictures → patch features of a chosen layer; and the MLP projector.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include <adapters/layers.hpp>

namespace infoflow::adapters {

/// What the weights' shapes do not say.
struct ClipConfig {
  Index heads = 16;
  std::string activation = "quick_gelu";
  /// Hidden states that are joined, channel behind channel: 0 is what enters the first block, n what
  /// leaves the n-th.
  std::vector<int> feature_layers{};
};

struct ClipBlock {
  LayerNorm norm1;
  Linear q_proj, k_proj, v_proj, out_proj;
  LayerNorm norm2;
  Linear fc1, fc2;
};

/// Only what is read: the blocks up to the last feature layer, no norm behind them.
struct ClipWeights {
  at::Tensor class_embedding;     ///< [channels]
  at::Tensor patch_embedding;     ///< [channels, 3, patch, patch]; without a bias
  at::Tensor position_embedding;  ///< [1 + patches, channels]
  LayerNorm pre_norm;
  std::vector<ClipBlock> blocks;
};

/// A ViT with a class token and norms before each half of a block. It runs only the blocks that it
/// was given weights for.
class ClipTower {
 public:
  ClipTower(const ClipConfig& config, ClipWeights weights)
      : config_(config),
        weights_(std::move(weights)),
        activation_(nonlinearity(config.activation)) {}

  /// Normalised pixels [images, 3, size, size] → [images, 1 + patches, layers · channels], class token
  /// first, then patches row by row.
  [[nodiscard]] at::Tensor operator()(const at::Tensor& pixels) const {
    const auto patch_size = weights_.patch_embedding.size(-1);
    const at::Tensor patches =
        at::conv2d(pixels, weights_.patch_embedding, {}, patch_size).flatten(2).transpose(1, 2);
    const at::Tensor class_token = weights_.class_embedding.expand({pixels.size(0), 1, -1});
    at::Tensor hidden = at::cat({class_token, patches}, 1) + weights_.position_embedding;
    hidden = weights_.pre_norm(hidden);
    std::vector<at::Tensor> states{hidden};
    for (const ClipBlock& block : weights_.blocks) {
      hidden = hidden + attention(block, block.norm1(hidden));
      hidden = hidden + block.fc2(activation_(block.fc1(block.norm2(hidden))));
      states.push_back(hidden);
    }
    std::vector<at::Tensor> features;
    for (const int layer : config_.feature_layers) {
      features.push_back(states.at(static_cast<std::size_t>(layer)));
    }
    return joined(features, -1);
  }

 private:
  [[nodiscard]] at::Tensor attention(const ClipBlock& block, const at::Tensor& normed) const {
    const auto heads = [&](const at::Tensor& rows) {
      return rows.view({rows.size(0), rows.size(1), config_.heads, -1}).transpose(1, 2);
    };
    const at::Tensor mixed = at::scaled_dot_product_attention(
        heads(block.q_proj(normed)), heads(block.k_proj(normed)), heads(block.v_proj(normed)));
    return block.out_proj(mixed.transpose(1, 2).flatten(2));
  }

  ClipConfig config_;
  ClipWeights weights_;
  Nonlinearity activation_;
};

/// LLaVA-1.5's projector: two linear layers with an activation between them (erf-GELU, unlike the
/// tower's quick GELU).
struct Projector {
  Linear linear_1;
  Nonlinearity activation;
  Linear linear_2;

  [[nodiscard]] at::Tensor operator()(const at::Tensor& features) const {
    return linear_2(activation(linear_1(features)));
  }
};

}  // namespace infoflow::adapters
