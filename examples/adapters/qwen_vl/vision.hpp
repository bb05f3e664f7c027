// SPDX-License-Identifier: MIT
/// \file Qwen-VL's vision tower: pictures → patch features that enter the resampler.
#pragma once

#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include <adapters/layers.hpp>
#include <adapters/vision/resized_positions.hpp>

namespace infoflow::adapters {

struct QwenVlBlock {
  LayerNorm ln_1;
  Linear in_proj,
      out_proj;  ///< in_proj's rows belong to one head after the other: q, k, v of each.
  LayerNorm ln_2;
  Linear c_fc, c_proj;
};

struct QwenVlTowerWeights {
  at::Tensor conv1;                 ///< [width, 3, patch, patch]; without a bias
  at::Tensor positional_embedding;  ///< [side², width]; stretched to the picture's patches.
  LayerNorm ln_pre;
  std::vector<QwenVlBlock> blocks;
};

/// A ViT of OpenCLIP's kind without a class token, with norms before each half of a block.
class QwenVlTower {
 public:
  QwenVlTower(Index heads, QwenVlTowerWeights weights)
      : heads_(heads), weights_(std::move(weights)) {}

  [[nodiscard]] const QwenVlTowerWeights& weights() const { return weights_; }

  /// Normalised pixels [views, 3, size, size] → [views, patches, width], patches row by row.
  [[nodiscard]] at::Tensor operator()(const at::Tensor& pixels) const {
    const at::Tensor grid = at::conv2d(pixels, weights_.conv1, {}, weights_.conv1.size(-1));
    const at::Tensor positions =
        resized_positions(weights_.positional_embedding, grid.size(2), grid.size(3));
    at::Tensor hidden = weights_.ln_pre(grid.flatten(2).transpose(1, 2) + positions);
    for (const QwenVlBlock& block : weights_.blocks) {
      hidden = hidden + attention(block, block.ln_1(hidden));
      hidden = hidden + block.c_proj(at::gelu(block.c_fc(block.ln_2(hidden))));
    }
    return hidden;
  }

 private:
  [[nodiscard]] at::Tensor attention(const QwenVlBlock& block, const at::Tensor& normed) const {
    // [views, patches, heads · 3 · channels] → 3 of [views, heads, patches, channels].
    const auto parts =
        block.in_proj(normed).unflatten(-1, {heads_, 3, -1}).permute({3, 0, 2, 1, 4}).unbind(0);
    const at::Tensor mixed = at::scaled_dot_product_attention(parts[0], parts[1], parts[2]);
    return block.out_proj(mixed.transpose(1, 2).flatten(2));
  }

  Index heads_;
  QwenVlTowerWeights weights_;
};

}  // namespace infoflow::adapters
