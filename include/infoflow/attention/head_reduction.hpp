// SPDX-License-Identifier: MIT
/// \file How the heads of a layer become one: mean, maximum, one head, or a chosen set.
#pragma once

#include <concepts>
#include <string>
#include <utility>
#include <vector>

#include <infoflow/core/error.hpp>
#include <infoflow/core/tensor_ops.hpp>

namespace infoflow {

/// `reduction(rows)`: [heads, queries, keys] → host [queries, keys]. Law: rows still sum to 1.
template <class R, class Rows>
concept HeadReduction = AttentionTensor<Rows> && requires(const R& reduction, const Rows& rows) {
  { reduction(rows) } -> std::same_as<HostMatrix>;
};

/// A = mean over heads (eq. 9). The default.
struct MeanOverHeads {
  template <AttentionTensor Rows>
  HostMatrix operator()(const Rows& rows) const {
    const auto heads = static_cast<std::size_t>(TensorOps<Rows>::extents(rows).heads);
    return TensorOps<Rows>::weighted_heads(
        rows, std::vector<float>(heads, 1.0F / static_cast<float>(heads)));
  }
};

/// The largest weight of any head, renormalised so that the row sums to 1 again.
struct MaxOverHeads {
  template <AttentionTensor Rows>
  HostMatrix operator()(const Rows& rows) const {
    HostMatrix most = TensorOps<Rows>::max_over_heads(rows);
    for (Index q = 0; q < most.rows(); ++q) most.row(q) /= most.row(q).sum();
    return most;
  }
};

/// The mean over the heads named. \throws Error if a head does not exist or none is named
struct SelectedHeads {
  std::vector<Index> heads;

  template <AttentionTensor Rows>
  HostMatrix operator()(const Rows& rows) const {
    const Index count = TensorOps<Rows>::extents(rows).heads;
    std::vector<float> weights(static_cast<std::size_t>(count), 0.0F);
    for (const Index head : heads) {
      if (head < 0 || head >= count) {
        throw Error("head " + std::to_string(head) + " of " + std::to_string(count),
                    "SelectedHeads", "count heads from 0");
      }
      weights[static_cast<std::size_t>(head)] += 1.0F / static_cast<float>(heads.size());
    }
    if (heads.empty()) throw Error("no head is named", "SelectedHeads", "name at least one head");
    return TensorOps<Rows>::weighted_heads(rows, weights);
  }
};

}  // namespace infoflow
