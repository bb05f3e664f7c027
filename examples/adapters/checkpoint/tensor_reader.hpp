// SPDX-License-Identifier: MIT
/// \file Takes the small layers out of a checkpoint by the names of their parts.
#pragma once

#include <string>

#include <ATen/ATen.h>

#include <adapters/checkpoint/checkpoint_tensors.hpp>
#include <adapters/layers.hpp>

namespace infoflow::adapters {

/// What a vision side runs in where a decoder runs in `dtype`: at least float32. It is a twentieth of
/// LLaVA-1.5's work, and in bfloat16 its rounding would be the largest part of the error of a heat map.
/// The price is memory: 22 GB for an InternViT-6B.
[[nodiscard]] inline at::ScalarType vision_dtype(at::ScalarType dtype) {
  return dtype == at::kDouble ? at::kDouble : at::kFloat;
}

/// Reads modules in one precision. `tensors` must outlive it.
class TensorReader {
 public:
  TensorReader(CheckpointTensors& tensors, at::ScalarType dtype)
      : tensors_(tensors), dtype_(dtype) {}

  [[nodiscard]] bool has(const std::string& name) const { return tensors_.has(name); }
  [[nodiscard]] at::Tensor tensor(const std::string& name) const {
    return tensors_.take(name, dtype_);
  }
  /// The bias is undefined if the checkpoint has none.
  [[nodiscard]] Linear linear(const std::string& name) const {
    return {tensor(name + ".weight"), tensors_.take_if_there(name + ".bias", dtype_)};
  }
  [[nodiscard]] LayerNorm layer_norm(const std::string& name, double epsilon) const {
    return {tensor(name + ".weight"), tensor(name + ".bias"), epsilon};
  }
  [[nodiscard]] RmsNorm rms_norm(const std::string& name, double epsilon) const {
    return {tensor(name + ".weight"), epsilon};
  }

 private:
  CheckpointTensors& tensors_;
  at::ScalarType dtype_;
};

}  // namespace infoflow::adapters
