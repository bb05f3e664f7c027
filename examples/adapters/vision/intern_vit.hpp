// SPDX-License-Identifier: MIT
/// \file The InternViT vision tower: views of pictures → patch features of a chosen layer.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include <adapters/layers.hpp>
#include <adapters/vision/resized_positions.hpp>
#include <adapters/vision/tower_norm.hpp>

namespace infoflow::adapters {

struct InternVitBlock {
  TowerNorm norm1;
  Linear q_proj, k_proj, v_proj;
  std::optional<RmsNorm> q_norm, k_norm;  ///< Over all heads together, as InternViT-6B has them.
  Linear out_proj;
  at::Tensor scale1;  ///< [channels]: what the attention adds is multiplied by this.
  TowerNorm norm2;
  Linear fc1, fc2;
  at::Tensor scale2;  ///< [channels]: the same for the MLP.
};

/// Only what is read: the blocks up to the feature layer, no norm behind them.
struct InternVitWeights {
  at::Tensor class_embedding;     ///< [channels]
  Linear patch_embedding;         ///< Weight [channels, 3, patch, patch], with a bias.
  at::Tensor position_embedding;  ///< [1 + patches, channels]
  std::vector<InternVitBlock> blocks;
};

/// A ViT with a class token, norms before each half of a block and a scale behind it. It runs only
/// the blocks that it was given weights for, so its last output is the hidden state of the feature
/// layer. A view with more patches than the table has positions gets the table stretched.
class InternVit {
 public:
  /// \param activation  of the MLP; InternViT has the erf-GELU
  InternVit(Index heads, const std::string& activation, InternVitWeights weights)
      : heads_(heads), weights_(std::move(weights)), activation_(nonlinearity(activation)) {}

  [[nodiscard]] const InternVitWeights& weights() const { return weights_; }

  /// Normalised pixels [views, 3, height, width] → [views, 1 + patches, channels], class token first,
  /// then patches row by row.
  [[nodiscard]] at::Tensor operator()(const at::Tensor& pixels) const {
    const Linear& embed = weights_.patch_embedding;
    const at::Tensor grid = at::conv2d(pixels, embed.weight, embed.bias, embed.weight.size(-1));
    const at::Tensor patches = grid.flatten(2).transpose(1, 2);
    const at::Tensor class_token = weights_.class_embedding.expand({pixels.size(0), 1, -1});
    at::Tensor hidden = at::cat({class_token, patches}, 1) + positions(grid.size(2), grid.size(3));
    for (const InternVitBlock& block : weights_.blocks) {
      hidden = hidden + block.scale1 * attention(block, normed(block.norm1, hidden));
      const at::Tensor middle = activation_(block.fc1(normed(block.norm2, hidden)));
      hidden = hidden + block.scale2 * block.fc2(middle);
    }
    return hidden;
  }

 private:
  /// The table for a grid [1 + rows · columns, channels]; the class token's row is never stretched.
  [[nodiscard]] at::Tensor positions(Index rows, Index columns) const {
    const at::Tensor& table = weights_.position_embedding;
    const at::Tensor patches = table.narrow(0, 1, table.size(0) - 1);
    return at::cat({table.narrow(0, 0, 1), resized_positions(patches, rows, columns)});
  }

  [[nodiscard]] at::Tensor attention(const InternVitBlock& block, const at::Tensor& rows) const {
    const auto heads = [&](const at::Tensor& x) {
      return x.view({x.size(0), x.size(1), heads_, -1}).transpose(1, 2);
    };
    at::Tensor queries = block.q_proj(rows);
    at::Tensor keys = block.k_proj(rows);
    if (block.q_norm) queries = (*block.q_norm)(queries);
    if (block.k_norm) keys = (*block.k_norm)(keys);
    const at::Tensor mixed =
        at::scaled_dot_product_attention(heads(queries), heads(keys), heads(block.v_proj(rows)));
    return block.out_proj(mixed.transpose(1, 2).flatten(2));
  }

  Index heads_;
  InternVitWeights weights_;
  Nonlinearity activation_;
};

}  // namespace infoflow::adapters
