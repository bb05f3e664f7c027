// SPDX-License-Identifier: MIT
/// \file The whole attention matrix of a layer, pooled to a small picture with the roles' borders.
#pragma once

#include <algorithm>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include <infoflow/attention/attention_block.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/core/token_partition.hpp>

namespace infoflow {

/// A run of neighbouring positions that is drawn as one cell; it never crosses a role's border.
struct PositionBin {
  Span span;
  Role role = Role::system;
};

/// A layer's attention, pooled. Row i: the mean over the queries of bin i and over the heads of the
/// attention that goes to all keys of bin j. Law: rows sum to 1.
struct AttentionMap {
  int layer = 0;
  std::vector<PositionBin> bins;
  HostMatrix values;  ///< [bins, bins]
};

/// Cuts a sequence into bins of at most `width` positions of one role each.
/// Law: bins ascend and cover every position once.
[[nodiscard]] inline std::vector<PositionBin> position_bins(const TokenPartition& partition,
                                                            Index width) {
  std::vector<PositionBin> bins;
  for (Index p = 0; p < partition.size(); ++p) {
    const Role role = partition.role(p);
    if (bins.empty() || bins.back().role != role || bins.back().span.size() >= width) {
      bins.push_back({{p, p}, role});
    }
    bins.back().span.end = p + 1;
  }
  return bins;
}

/// Pools a layer's attention to `bins`. Rows are asked for one bin at a time, so no more than
/// width × keys probabilities per head exist at once, never positions × positions.
/// Queries that were cut away have no row: their bins stay zero.
/// \throws Error if a key lies in no bin
template <AttentionBlock Block>
[[nodiscard]] AttentionMap pool_attention(int layer, const Block& block,
                                          std::vector<PositionBin> bins) {
  using Ops = TensorOps<AttentionTensorOf<Block>>;
  const std::span<const Index> keys = block.key_positions();
  std::vector<int> bin_of_key;
  int bin = 0;
  for (const Index key : keys) {
    while (bin < static_cast<int>(bins.size()) &&
           !bins[static_cast<std::size_t>(bin)].span.contains(key)) {
      ++bin;
    }
    if (bin == static_cast<int>(bins.size())) {
      throw Error("key position " + std::to_string(key) + " lies in no bin", "pool_attention",
                  "make the bins with position_bins from the same partition");
    }
    bin_of_key.push_back(bin);
  }
  const auto count = static_cast<Index>(bins.size());
  AttentionMap map{layer, std::move(bins), HostMatrix::Zero(count, count)};
  for (Index i = 0; i < count; ++i) {
    std::vector<Index> queries;
    const Span span = map.bins[static_cast<std::size_t>(i)].span;
    std::copy_if(keys.begin(), keys.end(), std::back_inserter(queries),
                 [&](Index key) { return span.contains(key); });
    if (queries.empty()) continue;
    map.values.row(i) = Ops::group_sums(block.rows(queries), bin_of_key, count).colwise().mean();
  }
  return map;
}

}  // namespace infoflow
