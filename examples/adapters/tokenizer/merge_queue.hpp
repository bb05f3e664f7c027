// SPDX-License-Identifier: MIT
/// \file Merging neighbours in the order of their ranks: what every byte-pair encoding does.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <queue>
#include <tuple>
#include <vector>

#include <infoflow/core/token_partition.hpp>

namespace infoflow::adapters {

/// A run of characters in a piece of text; a list linked by positions, so that merging moves
/// nothing.
struct Symbol {
  TokenId id;         ///< −1 if no token has this run.
  std::size_t begin;  ///< In bytes of the piece.
  std::size_t size;   ///< Zero once it was merged into its left neighbour.
  std::ptrdiff_t left = -1;
  std::ptrdiff_t right = -1;
};

/// What two neighbours become, and how early: the lowest rank goes first.
struct Merge {
  std::size_t rank;
  TokenId id;
};

namespace detail {

struct MergeCandidate {
  std::size_t rank;
  std::size_t position;  ///< Of the left symbol.
  std::size_t size;      ///< Of both; a neighbour that has grown since shows by it.
  TokenId id;
  bool operator>(const MergeCandidate& other) const {
    return std::tie(rank, position) > std::tie(other.rank, other.position);
  }
};

}  // namespace detail

/// Links the symbols of a piece that stand side by side, in order.
inline void link_neighbours(std::vector<Symbol>& symbols) {
  for (std::size_t i = 1; i < symbols.size(); ++i) {
    symbols[i].left = static_cast<std::ptrdiff_t>(i) - 1;
    symbols[i - 1].right = static_cast<std::ptrdiff_t>(i);
  }
}

/// Merges linked neighbours, the lowest rank first and of equal ranks the leftmost, until none is
/// left that can merge.
/// \param merge_of  (const Symbol& left, const Symbol& right) -> std::optional<Merge>
/// Complexity: n log n for n symbols, and at most 3 n calls of `merge_of`.
template <class MergeOf>
void merge_neighbours(std::vector<Symbol>& symbols, const MergeOf& merge_of) {
  std::priority_queue<detail::MergeCandidate, std::vector<detail::MergeCandidate>, std::greater<>>
      queue;
  const auto propose = [&](std::ptrdiff_t left) {
    if (left < 0 || symbols[static_cast<std::size_t>(left)].right < 0) return;
    const Symbol& a = symbols[static_cast<std::size_t>(left)];
    const Symbol& b = symbols[static_cast<std::size_t>(a.right)];
    if (const std::optional<Merge> merge = merge_of(a, b)) {
      queue.push({merge->rank, static_cast<std::size_t>(left), a.size + b.size, merge->id});
    }
  };
  for (std::size_t i = 0; i < symbols.size(); ++i) propose(static_cast<std::ptrdiff_t>(i));
  while (!queue.empty()) {
    const detail::MergeCandidate best = queue.top();
    queue.pop();
    Symbol& a = symbols[best.position];
    if (a.size == 0 || a.right < 0) continue;
    Symbol& b = symbols[static_cast<std::size_t>(a.right)];
    if (a.size + b.size != best.size) continue;
    a.id = best.id;
    a.size = best.size;
    a.right = b.right;
    b.size = 0;
    if (a.right >= 0) {
      symbols[static_cast<std::size_t>(a.right)].left = static_cast<std::ptrdiff_t>(best.position);
    }
    propose(a.left);
    propose(static_cast<std::ptrdiff_t>(best.position));
  }
}

}  // namespace infoflow::adapters
