// SPDX-License-Identifier: MIT
/// \file Rotary position embedding in halves, as the LLaMA family has it.
#pragma once

#include <span>

#include <ATen/ATen.h>

#include <infoflow/torch/tensor_ops.hpp>

namespace infoflow::adapters {

/// x cos + (−x₂, x₁) sin, with the angles id · θ^(−2i/d) of channels i and i + d/2. Angles in float32
/// as transformers has them; in half precision the result is rounded once, where transformers rounds
/// five times.
class RotaryEmbedding {
 public:
  RotaryEmbedding(Index channels, double theta, const at::Device& device)
      : channels_(channels), theta_(theta), device_(device), frequencies_(frequencies_of(theta)) {}

  /// \param heads         [rows, heads, channels]
  /// \param position_ids  one per row
  /// \param base_scale    what θ is multiplied by
  [[nodiscard]] at::Tensor operator()(const at::Tensor& heads, std::span<const Index> position_ids,
                                      double base_scale) const {
    const at::Tensor ids = indices_on_device_of(heads, position_ids).to(at::kFloat);
    const at::Tensor half_angles =
        at::outer(ids, base_scale == 1 ? frequencies_ : frequencies_of(theta_ * base_scale));
    const at::Tensor angles = at::cat({half_angles, half_angles}, -1).unsqueeze(1);
    const at::Tensor wide = heads.to(accumulation_type(heads));
    const auto halves = wide.chunk(2, -1);
    const at::Tensor turned = at::cat({-halves[1], halves[0]}, -1);
    return (wide * angles.cos() + turned * angles.sin()).to(heads.scalar_type());
  }

 private:
  [[nodiscard]] at::Tensor frequencies_of(double theta) const {
    const auto options = at::TensorOptions().dtype(at::kFloat).device(device_);
    const at::Tensor even = at::arange(0, channels_, 2, options);
    return at::pow(theta, even / static_cast<double>(channels_)).reciprocal();
  }

  Index channels_;
  double theta_;
  at::Device device_;
  at::Tensor frequencies_;  ///< [channels / 2]
};

}  // namespace infoflow::adapters
