// SPDX-License-Identifier: MIT
/// \file Pixel shuffle: neighbouring patches become one longer vector.
#pragma once

#include <cmath>
#include <string>

#include <ATen/ATen.h>

#include <adapters/vision/shuffle_order.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/core/tensor_ops.hpp>

namespace infoflow::adapters {

/// [views, side², channels], patches row by row → [views, (side / merge)², merge² · channels].
/// The vector of row r and column c holds, one after the other, the patches (merge · r + y,
/// merge · c + x) row by row. Law: nothing is lost; it is a rearrangement of all values.
/// \throws Error if the patches are no square, or `merge` does not divide its side
[[nodiscard]] inline at::Tensor pixel_shuffle(const at::Tensor& patches, Index merge,
                                              ShuffleOrder order) {
  const auto side = static_cast<Index>(std::llround(std::sqrt(patches.size(1))));
  if (merge < 1 || side * side != patches.size(1) || side % merge != 0) {
    throw Error(std::to_string(patches.size(1)) + " patches cannot be merged by " +
                    std::to_string(merge) + " × " + std::to_string(merge),
                "pixel_shuffle", "give a square grid whose side is a multiple");
  }
  const Index merged = side / merge;
  const Index channels = patches.size(2);
  const at::Tensor grid =
      patches.reshape({patches.size(0), merged, merge, merged, merge, channels});
  const at::Tensor together = order == ShuffleOrder::by_row ? grid.permute({0, 1, 3, 2, 4, 5})
                                                            : grid.permute({0, 3, 1, 2, 4, 5});
  return together.reshape({patches.size(0), merged * merged, merge * merge * channels});
}

}  // namespace infoflow::adapters
