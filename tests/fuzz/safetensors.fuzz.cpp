// SPDX-License-Identifier: MIT
// A file of weights: its header may promise anything.
#include <adapters/checkpoint/safetensors.hpp>

#include "fuzz.hpp"

INFOFLOW_FUZZ_TARGET(safetensors) {
  const infoflow::adapters::SafetensorsFile file(fuzz::folder().file("model.safetensors", input));
  // Every byte that a tensor claims can be read.
  std::size_t sum = 0;
  for (const auto& [name, tensor] : file.tensors()) {
    for (const std::byte b : tensor.bytes) sum += static_cast<std::size_t>(b);
  }
  if (sum == static_cast<std::size_t>(-1)) std::abort();  // Never; but the sum is needed now.
}
