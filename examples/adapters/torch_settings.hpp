// SPDX-License-Identifier: MIT
/// \file Where and in which precision a model runs, as the words that a user types.
#pragma once

#include <functional>
#include <string>

#include <ATen/ATen.h>

#include <infoflow/core/error.hpp>

namespace infoflow::adapters {

struct TorchSettings {
  std::string dtype = "float32";  ///< float32, bfloat16, float16 or float64.
  std::string device = "cpu";     ///< cpu, cuda or cuda:N.
  /// Told how many of a checkpoint's tensors are loaded.
  std::function<void(int done, int total)> progress = [](int, int) {};
  /// Told, in a sentence, what in the checkpoint's files is left out.
  std::function<void(const std::string&)> note = [](const std::string&) {};
};

/// \throws Error if the name is none of the four
[[nodiscard]] inline at::ScalarType parse_dtype(const std::string& name) {
  if (name == "float32") return at::kFloat;
  if (name == "bfloat16") return at::kBFloat16;
  if (name == "float16") return at::kHalf;
  if (name == "float64") return at::kDouble;
  throw Error("unknown dtype \"" + name + "\"", "--dtype",
              "give float32, bfloat16, float16 or float64");
}

/// \throws Error if there is no such device, or nothing can be stored on it
[[nodiscard]] inline at::Device parse_device(const std::string& name) {
  try {
    const at::Device device(name);
    (void)at::empty({1}, at::TensorOptions().device(device));
    return device;
  } catch (const c10::Error&) {
    throw Error("device \"" + name + "\" is not available", "--device",
                "give cpu, or cuda:N with a libtorch and a driver for it");
  }
}

}  // namespace infoflow::adapters
