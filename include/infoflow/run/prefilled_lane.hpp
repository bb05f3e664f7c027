// SPDX-License-Identifier: MIT
/// \file Sequences whose prompt has been read: forked cheaply, and decoded as one batch.
#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <infoflow/adapter/model_adapter.hpp>
#include <infoflow/run/logits.hpp>
#include <infoflow/run/sequence_cuts.hpp>

namespace infoflow {

/// A sequence whose tokens so far have gone through all layers.
///
/// After `freeze` everything cached is shared and immutable: a copy costs a few pointers, and what one
/// copy appends no other sees.
template <class Tensor>
struct PrefilledLane {
  Lane<Tensor> lane;
  std::shared_ptr<const SequenceCuts> cuts;
  Index length = 0;          ///< Positions so far; the next token's position.
  HostVector next_logits{};  ///< [V], of the row that predicts the next token.
};

/// Moves what the lane has cached itself to its shared segments.
template <class Tensor>
void freeze(Lane<Tensor>& lane) {
  for (LayerCache<Tensor>& cache : lane.cache) {
    if (cache.tail.positions.empty()) continue;
    cache.shared.push_back(std::make_shared<const CacheSegment<Tensor>>(std::move(cache.tail)));
    cache.tail = {};
  }
}

/// The rows of a segment whose positions lie in [begin, end).
template <class Tensor>
[[nodiscard]] CacheSegment<Tensor> rows_between(const CacheSegment<Tensor>& segment, Index begin,
                                                Index end) {
  std::vector<Index> rows;
  CacheSegment<Tensor> part;
  for (std::size_t i = 0; i < segment.positions.size(); ++i) {
    if (segment.positions[i] < begin || segment.positions[i] >= end) continue;
    rows.push_back(static_cast<Index>(i));
    part.positions.push_back(segment.positions[i]);
  }
  if (rows.empty()) return {};
  part.keys = TensorOps<Tensor>::take_rows(segment.keys, rows);
  part.values = TensorOps<Tensor>::take_rows(segment.values, rows);
  return part;
}

/// Forgets everything that the lane's own tails hold from position `end` on.
template <class Tensor>
void crop_tails(Lane<Tensor>& lane, Index end) {
  for (LayerCache<Tensor>& cache : lane.cache) {
    if (!cache.tail.positions.empty() && cache.tail.positions.back() >= end) {
      cache.tail = rows_between(cache.tail, 0, end);
    }
  }
}

/// Puts `tokens[i]` (at least one) in flight behind lane i and runs all lanes through all layers, each
/// weight being read once for all of them. The rows stay in flight, so that logits can be asked for.
template <LayerwiseAdapter A>
void run_tokens(const A& adapter, std::span<PrefilledLane<typename A::Tensor>> sequences,
                std::span<const std::vector<TokenId>> tokens) {
  using Tensor = typename A::Tensor;
  if (sequences.empty()) return;
  std::vector<Lane<Tensor>> lanes;
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    Lane<Tensor>& lane = lanes.emplace_back(std::move(sequences[i].lane));
    const auto count = static_cast<Index>(tokens[i].size());
    go_on_with(lane, adapter.embed(tokens[i]), count, sequences[i].length);
    sequences[i].length += count;
  }
  for (int layer = 0; layer < adapter.layer_count(); ++layer) {
    for (std::size_t i = 0; i < lanes.size(); ++i) sequences[i].cuts->apply(layer, lanes[i]);
    adapter.run_layer(layer, std::span(lanes), observe());
  }
  for (std::size_t i = 0; i < lanes.size(); ++i) sequences[i].lane = std::move(lanes[i]);
}

namespace detail {

/// Logits [rows, V] of rows that have left the last layer, of whichever lanes. They are asked for as
/// those of one lane: the head is read once, however many lanes there are.
template <LayerwiseAdapter A>
[[nodiscard]] HostMatrix logits_of(const A& adapter, const std::vector<typename A::Tensor>& rows) {
  using Ops = TensorOps<typename A::Tensor>;
  Lane<typename A::Tensor> together;
  typename A::Tensor joined = Ops::join_rows(rows);
  const Index count = Ops::extents(joined).rows;
  go_on_with(together, std::move(joined), count, 0);
  HostMatrix logits = Ops::to_host(adapter.logits(together, together.positions));
  require_telling(logits);
  return logits;
}

}  // namespace detail

/// Logits [lanes, V] of the last row in flight of every lane. \throws Error as require_telling()
template <LayerwiseAdapter A>
[[nodiscard]] HostMatrix logits_of_last_rows(
    const A& adapter, std::span<const PrefilledLane<typename A::Tensor>> sequences) {
  std::vector<typename A::Tensor> rows;
  for (const auto& sequence : sequences) {
    const Index last = static_cast<Index>(sequence.lane.positions.size()) - 1;
    rows.push_back(
        TensorOps<typename A::Tensor>::take_rows(sequence.lane.hidden, std::span(&last, 1)));
  }
  return detail::logits_of(adapter, rows);
}

/// Per lane the logits [rows, V] of all its rows in flight. \throws Error as require_telling()
template <LayerwiseAdapter A>
[[nodiscard]] std::vector<HostMatrix> logits_of_all_rows(
    const A& adapter, std::span<const PrefilledLane<typename A::Tensor>> sequences) {
  constexpr Index most = 256;  // Rows of one product; each is as wide as the vocabulary.
  std::vector<HostMatrix> logits;
  for (std::size_t begin = 0; begin < sequences.size();) {
    std::vector<typename A::Tensor> rows;
    Index count = 0;
    std::size_t end = begin;
    while (end < sequences.size() && (end == begin || count < most)) {
      rows.push_back(sequences[end].lane.hidden);
      count += static_cast<Index>(sequences[end++].lane.positions.size());
    }
    const HostMatrix together = detail::logits_of(adapter, rows);
    Index first = 0;
    for (; begin < end; ++begin) {
      const auto own = static_cast<Index>(sequences[begin].lane.positions.size());
      logits.emplace_back(together.middleRows(first, own));
      first += own;
    }
  }
  return logits;
}

}  // namespace infoflow
