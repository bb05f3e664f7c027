// SPDX-License-Identifier: MIT
/// \file A picture taken apart into patches, cell by cell, as Qwen2-VL's tower is given it.
#pragma once

#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include <infoflow/core/image_layout.hpp>
#include <infoflow/core/tensor_ops.hpp>

namespace infoflow::adapters {

/// [3, height, width] → [patches, 3 · times · patch²]. merge × merge patches are a cell; cells come row
/// by row, and so do the patches in each. A still picture is seen at `times` equal times.
/// \param view  both sides multiples of patch · merge
[[nodiscard]] inline at::Tensor patch_rows(const at::Tensor& view, Index patch, Index merge,
                                           Index times) {
  const Index cell = patch * merge;
  const at::Tensor cells =
      view.reshape({3, view.size(1) / cell, merge, patch, view.size(2) / cell, merge, patch})
          .permute(
              {1, 4, 2, 5, 0, 3, 6})  // [cell rows, cell columns, merge, merge, 3, patch, patch]
          .flatten(0, 3);
  return cells.unsqueeze(2).expand({-1, -1, times, -1, -1}).flatten(1);
}

/// Where these rows lie on the picture.
/// \param rows, columns  of patches
[[nodiscard]] inline ImageLayout patch_rows_layout(const Preprocessing& preprocessing, Index rows,
                                                   Index columns, Index merge) {
  std::vector<Index> patch_of_row;
  for (Index top = 0; top < rows; top += merge) {
    for (Index left = 0; left < columns; left += merge) {
      for (Index i = 0; i < merge * merge; ++i) {
        patch_of_row.push_back((top + i / merge) * columns + left + i % merge);
      }
    }
  }
  return ImageLayout::tiles(preprocessing, {{preprocessing.canvas(), rows, columns}},
                            std::move(patch_of_row));
}

}  // namespace infoflow::adapters
