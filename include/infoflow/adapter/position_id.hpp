// SPDX-License-Identifier: MIT
/// \file What a position embedding turns a token by, and how the ids of dropped tokens are closed up.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <span>
#include <vector>

#include <infoflow/core/tensor_ops.hpp>

namespace infoflow {

/// In most models one number, the place in line. In M-RoPE (Qwen2-VL, arXiv 2409.12191, section 2.1)
/// three: equal for text; a picture's tokens have one time, and each its row and its column.
struct PositionId {
  Index time = 0;  ///< A model with one number per token takes this.
  Index row = 0;
  Index column = 0;

  PositionId() = default;
  PositionId(Index place) : time(place), row(place), column(place) {}
  PositionId(Index at_time, Index at_row, Index at_column)
      : time(at_time), row(at_row), column(at_column) {}

  [[nodiscard]] Index largest() const { return std::max({time, row, column}); }
  friend bool operator==(const PositionId&, const PositionId&) = default;
};

/// The numbers, ascending, that `dropped` tokens have and no token of `left` has any more.
/// \param ids            one per position
/// \param dropped, left  positions
[[nodiscard]] inline std::vector<Index> freed_ids(std::span<const PositionId> ids,
                                                  std::span<const Index> dropped,
                                                  std::span<const Index> left) {
  const auto numbers = [&](std::span<const Index> positions) {
    std::vector<Index> all;
    for (const Index position : positions) {
      const PositionId& id = ids[static_cast<std::size_t>(position)];
      all.insert(all.end(), {id.time, id.row, id.column});
    }
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
  };
  const std::vector<Index> given_up = numbers(dropped);
  const std::vector<Index> kept = numbers(left);
  std::vector<Index> freed;
  std::set_difference(given_up.begin(), given_up.end(), kept.begin(), kept.end(),
                      std::back_inserter(freed));
  return freed;
}

/// The id once the numbers of `freed` (ascending) are taken out of the line.
/// Laws: order on each axis stays; text keeps three equal numbers; where a picture leaves whole, what
/// follows is numbered as without it.
[[nodiscard]] inline PositionId closed_up(const PositionId& id, std::span<const Index> freed) {
  const auto less = [&](Index number) {
    return number - (std::lower_bound(freed.begin(), freed.end(), number) - freed.begin());
  };
  return {less(id.time), less(id.row), less(id.column)};
}

}  // namespace infoflow
