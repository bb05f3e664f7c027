// SPDX-License-Identifier: MIT
/// \file Laws of run_layer: lanes are independent, and a cache may be shared.
#pragma once

#include <memory>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include <infoflow/adapter/model_adapter.hpp>

#include "law.hpp"

namespace infoflow::laws {

template <class Adapter>
using LaneOf = Lane<typename Adapter::Tensor>;

template <class Adapter>
void run_all_layers(const Adapter& adapter, std::span<LaneOf<Adapter>> lanes) {
  for (int layer = 0; layer < adapter.layer_count(); ++layer)
    adapter.run_layer(layer, lanes, observe());
}

template <class Adapter>
[[nodiscard]] HostMatrix hidden(const LaneOf<Adapter>& lane) {
  return TensorOps<typename Adapter::Tensor>::to_host(lane.hidden);
}

/// Lanes of different length in one call give what each gives alone.
template <class Adapter>
[[nodiscard]] Violation check_batch(const Adapter& adapter, std::vector<LaneOf<Adapter>> lanes,
                                    double tolerance) {
  std::vector<LaneOf<Adapter>> alone = lanes;
  run_all_layers(adapter, std::span(lanes));
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    run_all_layers(adapter, std::span(&alone[i], 1));
    if (relative_error(hidden<Adapter>(lanes[i]), hidden<Adapter>(alone[i])) > tolerance) {
      return "lane " + std::to_string(i) + " is not what it is alone";
    }
    for (std::size_t l = 0; l < lanes[i].cache.size(); ++l) {
      if (lanes[i].cache[l].tail.positions != alone[i].cache[l].tail.positions) {
        return "a cache holds other positions than alone";
      }
    }
  }
  return "";
}

/// Splits a lane in flight before `position`, runs the first part, shares its cache, runs the
/// second part over it: the rows are those of the whole, and the shared segments are left as they
/// were.
template <class Adapter>
[[nodiscard]] Violation check_shared_prefix(const Adapter& adapter, LaneOf<Adapter> whole,
                                            Index position, double tolerance) {
  using Tensor = typename Adapter::Tensor;
  std::vector<Index> early;
  std::vector<Index> late;
  for (const Index p : whole.positions) (p < position ? early : late).push_back(p);
  LaneOf<Adapter> prefix = whole;
  LaneOf<Adapter> rest = whole;
  keep_rows(prefix, early);
  keep_rows(rest, late);

  run_all_layers(adapter, std::span(&prefix, 1));
  for (std::size_t l = 0; l < rest.cache.size(); ++l) {
    rest.cache[l].shared = {
        std::make_shared<const CacheSegment<Tensor>>(std::move(prefix.cache[l].tail))};
  }
  const auto before = TensorOps<Tensor>::to_host(rest.cache.front().shared.front()->keys);
  run_all_layers(adapter, std::span(&rest, 1));
  run_all_layers(adapter, std::span(&whole, 1));

  const HostMatrix wanted = hidden<Adapter>(whole).bottomRows(static_cast<Index>(late.size()));
  if (relative_error(hidden<Adapter>(rest), wanted) > tolerance) {
    return "rows over a shared prefix are not those of the whole";
  }
  if (TensorOps<Tensor>::to_host(rest.cache.front().shared.front()->keys) != before) {
    return "a shared segment was written to";
  }
  if (rest.cache.front().tail.positions != late)
    return "the tail holds other positions than the rows";
  return "";
}

/// Attention rows in `layer`, of the queries asked for, in that order: each sums to 1 over the
/// keys, is never negative, is 0 for keys the lane may not see, and is the same whatever else is
/// asked for.
template <class Adapter>
[[nodiscard]] Violation check_attention_rows(const Adapter& adapter, int layer,
                                             const LaneOf<Adapter>& lane, double tolerance) {
  using Rows = AttentionTensorOf<typename Adapter::AttentionBlock>;
  const auto block = adapter.attention(layer, lane);
  const std::span<const Index> keys = block.key_positions();
  for (std::size_t k = 1; k < keys.size(); ++k) {
    if (keys[k - 1] >= keys[k]) return "key positions do not ascend";
  }
  const std::vector<Index> backwards(lane.positions.rbegin(), lane.positions.rend());
  const auto all = block.rows(lane.positions);
  const auto reversed = block.rows(backwards);
  const Extents shape = TensorOps<Rows>::extents(all);
  if (shape.rows != static_cast<Index>(lane.positions.size()) ||
      shape.columns != static_cast<Index>(keys.size())) {
    return "rows have another shape than [queries, keys]";
  }
  for (Index h = 0; h < shape.heads; ++h) {
    std::vector<float> one(static_cast<std::size_t>(shape.heads), 0.0F);
    one[static_cast<std::size_t>(h)] = 1;
    const HostMatrix p = TensorOps<Rows>::weighted_heads(all, one);
    const HostMatrix r = TensorOps<Rows>::weighted_heads(reversed, one).colwise().reverse();
    if (relative_error(r, p) > tolerance) return "a row depends on what else is asked for";
    for (Index q = 0; q < p.rows(); ++q) {
      if (std::abs(p.row(q).sum() - 1) > tolerance) return "a row does not sum to 1";
      if (p.row(q).minCoeff() < 0) return "a probability is negative";
      for (Index k = 0; k < p.cols(); ++k) {
        const Index query = lane.positions[static_cast<std::size_t>(q)];
        const Index key = keys[static_cast<std::size_t>(k)];
        if (!lane.sees(query, key) && p(q, k) != 0) return "a row reads a key that it may not see";
      }
    }
  }
  return "";
}

}  // namespace infoflow::laws
