// SPDX-License-Identifier: MIT
/// \file One sequence in flight through the decoder, with its key/value cache.
#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <infoflow/adapter/position_id.hpp>
#include <infoflow/core/tensor_ops.hpp>

namespace infoflow {

/// Keys and values of some positions in one layer; the decoder chooses the tensors' shape. Keys are
/// already rotated with the position id that their row had in this layer.
template <class Tensor>
struct CacheSegment {
  Tensor keys;
  Tensor values;
  std::vector<Index> positions;  ///< One per cached row, ascending.
};

/// One layer's cache: segments shared with other lanes, never written, and an own tail.
template <class Tensor>
struct LayerCache {
  std::vector<std::shared_ptr<const CacheSegment<Tensor>>> shared;
  CacheSegment<Tensor> tail;

  /// Rows cached in all.
  [[nodiscard]] Index size() const {
    std::size_t rows = tail.positions.size();
    for (const auto& segment : shared) rows += segment->positions.size();
    return static_cast<Index>(rows);
  }
};

/// One sequence in flight: the rows being worked on, and what earlier rows left behind.
///
/// A *position* is a token's place in the whole sequence: it orders tokens, decides who may attend
/// to whom, and never changes. A *position id* is what the rotary embedding uses; cuts that renumber
/// change it from their layer on, so it is a property of (lane, layer). Text behind the prompt goes on
/// where the prompt's ids end.
/// Lanes of one batch may have different lengths. Decoding is the same call with one row in flight.
template <class Tensor>
struct Lane {
  Tensor hidden;                         ///< [rows in flight, channels]
  std::vector<Index> positions;          ///< Of the rows in flight, ascending.
  std::vector<PositionId> position_ids;  ///< Of the rows in flight, in the layer to be run next.
  std::vector<Index> masked;             ///< Positions hidden from every *other* query, ascending.
  /// The id of text behind the prompt less its position: below 0 where a picture has fewer ids than
  /// tokens (M-RoPE).
  Index id_offset = 0;
  /// Factor on the base of the position embedding, where that depends on the prompt's length (dynamic
  /// NTK). Rows of sequences with another factor are other rows, and are never shared.
  double position_scale = 1;
  std::vector<LayerCache<Tensor>> cache;  ///< One per layer.

  /// True if the query at position `query` may read the key at position `key`: causality, and what
  /// a cut has masked.
  [[nodiscard]] bool sees(Index query, Index key) const {
    return key == query || (key < query && !std::binary_search(masked.begin(), masked.end(), key));
  }
};

/// Keeps the rows in flight whose positions are in `kept` (ascending) and drops the others.
/// Caches of earlier layers are not touched: rows dropped here may still be read there.
template <MatrixTensor Tensor>
void keep_rows(Lane<Tensor>& lane, std::span<const Index> kept) {
  std::vector<Index> rows;
  std::vector<Index> positions;
  std::vector<PositionId> position_ids;
  for (std::size_t i = 0; i < lane.positions.size(); ++i) {
    if (!std::binary_search(kept.begin(), kept.end(), lane.positions[i])) continue;
    rows.push_back(static_cast<Index>(i));
    positions.push_back(lane.positions[i]);
    position_ids.push_back(lane.position_ids[i]);
  }
  lane.hidden = TensorOps<Tensor>::take_rows(lane.hidden, rows);
  lane.positions = std::move(positions);
  lane.position_ids = std::move(position_ids);
}

/// Puts `count` rows of text in flight, alone, behind the `length` positions of the sequence so far.
template <MatrixTensor Tensor>
void go_on_with(Lane<Tensor>& lane, Tensor hidden, Index count, Index length) {
  lane.hidden = std::move(hidden);
  lane.positions.clear();
  lane.position_ids.clear();
  for (Index position = length; position < length + count; ++position) {
    lane.positions.push_back(position);
    lane.position_ids.emplace_back(position + lane.id_offset);
  }
}

}  // namespace infoflow
