// SPDX-License-Identifier: MIT
/// \file The norm of a vision tower that has one kind in one size or generation, the other in another.
#pragma once

#include <variant>

#include <ATen/ATen.h>

#include <adapters/layers.hpp>

namespace infoflow::adapters {

/// With mean and bias (InternViT-300M, Qwen2-VL), or by the root mean square alone (InternViT-6B,
/// Qwen2.5-VL).
using TowerNorm = std::variant<LayerNorm, RmsNorm>;

[[nodiscard]] inline at::Tensor normed(const TowerNorm& norm, const at::Tensor& x) {
  return std::visit([&](const auto& n) { return n(x); }, norm);
}

}  // namespace infoflow::adapters
