// SPDX-License-Identifier: MIT
/// \file One layer's attention, asked for by query rows.
#pragma once

#include <concepts>
#include <span>
#include <utility>
#include <vector>

#include <infoflow/core/eigen_tensor_ops.hpp>

namespace infoflow {

/// One layer's attention probabilities. `rows(queries)` computes the rows of the positions asked
/// for, and only those: shape [heads, queries, keys], rows summing to 1. `key_positions()` names
/// the position of each key column, ascending; after a cut the dropped tokens are not among them.
template <class B>
concept AttentionBlock = requires(const B& block, std::span<const Index> queries) {
  { block.rows(queries) } -> AttentionTensor;
  { block.key_positions() } -> std::convertible_to<std::span<const Index>>;
};

template <AttentionBlock B>
using AttentionTensorOf = decltype(std::declval<const B&>().rows(std::span<const Index>{}));

/// A block whose probabilities are known: a matrix [positions, keys] per head. For tests, examples,
/// and attention that was computed elsewhere.
template <class Scalar = float>
class KnownAttention {
 public:
  /// \param heads  per head, one row per position of the sequence and one column per key position
  KnownAttention(HeadMatrices<Scalar> heads, std::vector<Index> key_positions)
      : heads_(std::move(heads)), key_positions_(std::move(key_positions)) {}

  [[nodiscard]] HeadMatrices<Scalar> rows(std::span<const Index> queries) const {
    HeadMatrices<Scalar> rows;
    for (const auto& head : heads_) {
      rows.push_back(TensorOps<RowMatrix<Scalar>>::take_rows(head, queries));
    }
    return rows;
  }
  [[nodiscard]] std::span<const Index> key_positions() const { return key_positions_; }

 private:
  HeadMatrices<Scalar> heads_;
  std::vector<Index> key_positions_;
};

}  // namespace infoflow
