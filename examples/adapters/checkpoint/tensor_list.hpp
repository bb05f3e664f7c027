// SPDX-License-Identifier: MIT
/// \file The table of tensors that a checkpoint must have, written module by module.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <adapters/checkpoint/checkpoint_tensors.hpp>

namespace infoflow::adapters {

/// Collects expected tensors. Those added while `needed` is false may be missing from a file.
struct TensorList {
  std::vector<ExpectedTensor> tensors;
  bool needed = true;

  void add(std::string name, std::vector<std::int64_t> shape) {
    tensors.push_back({std::move(name), std::move(shape), needed});
  }
  void add_linear(const std::string& name, std::int64_t out, std::int64_t in, bool bias) {
    add(name + ".weight", {out, in});
    if (bias) add(name + ".bias", {out});
  }
  void add_norm(const std::string& name, std::int64_t channels, bool bias) {
    add(name + ".weight", {channels});
    if (bias) add(name + ".bias", {channels});
  }
};

}  // namespace infoflow::adapters
