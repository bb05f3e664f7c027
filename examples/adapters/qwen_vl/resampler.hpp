// SPDX-License-Identifier: MIT
/// \file Qwen-VL's resampler: patches → a fixed number of image tokens, read by learned queries.
#pragma once

#include <cmath>
#include <utility>

#include <ATen/ATen.h>

#include <adapters/layers.hpp>
#include <adapters/vision/resized_positions.hpp>

namespace infoflow::adapters {

struct QwenVlResamplerWeights {
  at::Tensor query;      ///< [queries, channels]
  at::Tensor pos_embed;  ///< [queries, channels], on a square; stretched to the patches for keys.
  Linear kv_proj;        ///< [channels, width]
  LayerNorm ln_q, ln_kv;
  Linear in_proj, out_proj;  ///< in_proj is [3 channels, channels]: all of q, then k, then v.
  LayerNorm ln_post;
  at::Tensor proj;  ///< [in, out], unlike the weight of a Linear.
};

/// One cross-attention from learned queries to all patches, a norm and a matrix.
///
/// An image token has no place on the picture; where its query looked is the attention.
class QwenVlResampler {
 public:
  /// What the queries made of some pictures.
  struct Reading {
    at::Tensor tokens;     ///< [pictures, queries, channels]
    at::Tensor attention;  ///< [pictures, queries, patches], mean over heads; rows sum to 1.
  };

  QwenVlResampler(Index heads, QwenVlResamplerWeights weights)
      : heads_(heads), weights_(std::move(weights)) {}

  [[nodiscard]] Index queries() const { return weights_.query.size(0); }

  /// \param patches  [pictures, side², width], row by row
  [[nodiscard]] Reading operator()(const at::Tensor& patches) const {
    const auto side = static_cast<Index>(std::lround(std::sqrt(patches.size(1))));
    const at::Tensor read = weights_.ln_kv(weights_.kv_proj(patches));
    const at::Tensor asked = weights_.ln_q(weights_.query) + weights_.pos_embed;
    const at::Tensor places = resized_positions(weights_.pos_embed, side, side);

    const at::Tensor queries = heads_of(projected(0, asked).unsqueeze(0));
    const at::Tensor keys = heads_of(projected(1, read + places));
    const at::Tensor values = heads_of(projected(2, read));  // Without the places.
    const double scale = 1 / std::sqrt(static_cast<double>(keys.size(-1)));
    const at::Tensor attention =
        at::matmul(queries * scale, keys.transpose(-2, -1)).softmax(-1);  // [.., heads, q, patches]
    const at::Tensor mixed = at::matmul(attention, values).transpose(1, 2).flatten(2);
    return {at::matmul(weights_.ln_post(weights_.out_proj(mixed)), weights_.proj),
            attention.mean(1)};
  }

 private:
  /// Through the queries' (0), keys' (1) or values' (2) third of in_proj.
  [[nodiscard]] at::Tensor projected(Index third, const at::Tensor& rows) const {
    const Index channels = weights_.query.size(1);
    return at::linear(rows, weights_.in_proj.weight.narrow(0, third * channels, channels),
                      weights_.in_proj.bias.narrow(0, third * channels, channels));
  }

  /// [pictures, rows, channels] → [pictures, heads, rows, channels of a head].
  [[nodiscard]] at::Tensor heads_of(const at::Tensor& rows) const {
    return rows.unflatten(-1, {heads_, -1}).transpose(1, 2);
  }

  Index heads_;
  QwenVlResamplerWeights weights_;
};

}  // namespace infoflow::adapters
