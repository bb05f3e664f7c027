// SPDX-License-Identifier: MIT
/// \file The small layers that decoders and vision towers are made of, computed as transformers does.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <ATen/ATen.h>

#include <adapters/half_linear.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/torch/tensor_ops.hpp>

namespace infoflow::adapters {

/// y = x Wᵀ + b. Weight [out, in]; the bias may be undefined.
struct Linear {
  at::Tensor weight;
  at::Tensor bias;

  [[nodiscard]] at::Tensor operator()(const at::Tensor& x) const { return linear(x, weight, bias); }
};

/// x / √(mean x² + ε) · w. Statistics in float32, cast to the weight's precision before the weight
/// comes: in half precision the order of the casts shows.
struct RmsNorm {
  at::Tensor weight;
  double epsilon = 1e-6;

  [[nodiscard]] at::Tensor operator()(const at::Tensor& x) const {
    const at::Tensor wide = x.to(accumulation_type(x));
    const at::Tensor scale = wide.square().mean(-1, /*keepdim=*/true).add(epsilon).rsqrt();
    return weight * (wide * scale).to(weight.scalar_type());
  }
};

struct LayerNorm {
  at::Tensor weight;
  at::Tensor bias;
  double epsilon = 1e-5;

  [[nodiscard]] at::Tensor operator()(const at::Tensor& x) const {
    return at::layer_norm(x, weight.sizes(), weight, bias, epsilon);
  }
};

using Nonlinearity = std::function<at::Tensor(const at::Tensor&)>;

/// The activation that a config.json names. \throws Error if it is unknown
[[nodiscard]] inline Nonlinearity nonlinearity(std::string_view name) {
  if (name == "silu") return [](const at::Tensor& x) { return at::silu(x); };
  if (name == "gelu") return [](const at::Tensor& x) { return at::gelu(x); };
  if (name == "quick_gelu") {
    return [](const at::Tensor& x) { return x * at::sigmoid(1.702 * x); };
  }
  throw Error("unknown activation \"" + std::string(name) + "\"", "config.json",
              "silu, gelu and quick_gelu are supported");
}

}  // namespace infoflow::adapters
