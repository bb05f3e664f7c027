// SPDX-License-Identifier: MIT
/// \file A learned table of positions, stretched to the grid of a larger picture.
#pragma once

#include <string>

#include <ATen/ATen.h>

#include <infoflow/core/error.hpp>
#include <infoflow/core/tensor_ops.hpp>

namespace infoflow::adapters {

/// A square table [side², channels] as [rows · columns, channels]: bicubic, corners not aligned, in
/// float32 at least and cast back, as InternViT and Qwen-VL do it. The table itself if it fits.
/// \throws Error if the table is not square
[[nodiscard]] inline at::Tensor resized_positions(const at::Tensor& table, Index rows,
                                                  Index columns) {
  const Index channels = table.size(1);
  Index side = 0;
  while (side * side < table.size(0)) ++side;
  if (side * side != table.size(0)) {
    throw Error("a table of " + std::to_string(table.size(0)) + " positions is no square",
                "resized_positions", "take class tokens out of it");
  }
  if (side == rows && side == columns) return table;
  const auto wide = table.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  const at::Tensor grid = table.to(wide).view({1, side, side, channels}).permute({0, 3, 1, 2});
  return at::upsample_bicubic2d(grid, {rows, columns}, /*align_corners=*/false)
      .permute({0, 2, 3, 1})
      .reshape({rows * columns, channels})
      .to(table.scalar_type());
}

}  // namespace infoflow::adapters
