// SPDX-License-Identifier: MIT
/// \file The position ids of M-RoPE: text in a line, pictures as grids.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include <infoflow/adapter/position_id.hpp>
#include <infoflow/adapter/prompt.hpp>

namespace infoflow::adapters {

/// One id per position of the prompt. Text counts on by one on all three axes. A picture's tokens have
/// the next number for their time, and that plus their row and column for the others; what follows
/// goes on behind the longer side of the grid. Source: Qwen2-VL (arXiv 2409.12191, section 2.1), and
/// get_rope_index of transformers' modeling_qwen2_5_vl.py.
/// \param prompt  whose layouts are each one grid of its tokens
[[nodiscard]] inline std::vector<PositionId> mrope_ids(const Prompt& prompt) {
  std::vector<PositionId> ids;
  Index next = 0;
  const auto text_until = [&](Index end) {
    while (static_cast<Index>(ids.size()) < end) ids.emplace_back(next++);
  };
  for (std::size_t i = 0; i < prompt.layouts.size(); ++i) {
    text_until(prompt.partition.images()[i].begin);
    const PatchGrid& grid = prompt.layouts[i].grids().front();
    for (Index token = 0; token < grid.size(); ++token) {
      ids.emplace_back(next, next + token / grid.columns, next + token % grid.columns);
    }
    next += std::max(grid.rows, grid.columns);
  }
  text_until(prompt.partition.prompt_length());
  return ids;
}

}  // namespace infoflow::adapters
