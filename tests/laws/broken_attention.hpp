// SPDX-License-Identifier: MIT
/// \file Head reductions and poolings that break one law each.
#pragma once

#include <algorithm>
#include <vector>

#include <infoflow/attention/attention_map.hpp>
#include <infoflow/attention/head_reduction.hpp>

namespace infoflow::laws {

/// The maximum over heads as it is: rows sum to more than 1.
struct BareMaximum {
  template <AttentionTensor Rows>
  HostMatrix operator()(const Rows& rows) const {
    return TensorOps<Rows>::max_over_heads(rows);
  }
};

/// The first head for the mean.
struct FirstHead {
  template <AttentionTensor Rows>
  HostMatrix operator()(const Rows& rows) const {
    return SelectedHeads{{0}}(rows);
  }
};

/// Pools keys by their mean, as resizing a picture does: rows no longer sum to 1.
template <AttentionBlock Block>
[[nodiscard]] AttentionMap pool_as_a_picture(const Block& block,
                                             const std::vector<PositionBin>& bins) {
  AttentionMap map = pool_attention(0, block, bins);
  for (Index j = 0; j < map.values.cols(); ++j) {
    map.values.col(j) /= static_cast<float>(bins[static_cast<std::size_t>(j)].span.size());
  }
  return map;
}

/// Cuts into bins of equal width, whatever the roles.
[[nodiscard]] inline std::vector<PositionBin> bins_across_roles(const TokenPartition& partition,
                                                                Index width) {
  std::vector<PositionBin> bins;
  for (Index p = 0; p < partition.size(); p += width) {
    bins.push_back({{p, std::min(p + width, partition.size())}, partition.role(p)});
  }
  return bins;
}

}  // namespace infoflow::laws
