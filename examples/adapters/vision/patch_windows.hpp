// SPDX-License-Identifier: MIT
/// \file The windows that a grid of merged patches is parted into, for attention within each.
#pragma once

#include <algorithm>
#include <vector>

#include <infoflow/core/tensor_ops.hpp>

namespace infoflow::adapters {

/// Patches of a picture, rows × columns; both are multiples of the tower's merge.
struct GridSize {
  Index rows = 0;
  Index columns = 0;
  friend bool operator==(const GridSize&, const GridSize&) = default;
};

/// Cells in the order of their windows, and how many each window has.
struct PatchWindows {
  std::vector<Index> cells;  ///< Numbers of cells, which are counted row by row.
  std::vector<Index> sizes;  ///< One per window; their sum is the number of cells.
};

/// Windows of side × side cells from the top left on, row by row, and so are the cells in each; those
/// at the right and lower edges may be smaller.
/// \param grid  in cells
[[nodiscard]] inline PatchWindows patch_windows(GridSize grid, Index side) {
  PatchWindows windows;
  for (Index top = 0; top < grid.rows; top += side) {
    for (Index left = 0; left < grid.columns; left += side) {
      const Index bottom = std::min(top + side, grid.rows);
      const Index right = std::min(left + side, grid.columns);
      for (Index row = top; row < bottom; ++row) {
        for (Index column = left; column < right; ++column) {
          windows.cells.push_back(row * grid.columns + column);
        }
      }
      windows.sizes.push_back((bottom - top) * (right - left));
    }
  }
  return windows;
}

}  // namespace infoflow::adapters
