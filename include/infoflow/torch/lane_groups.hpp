// SPDX-License-Identifier: MIT
/// \file Which lanes of a batch can be read together, and what each has of its own, stacked.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/ops/arange_ops.h>
#include <ATen/ops/stack_ops.h>

#include <infoflow/adapter/lane.hpp>
#include <infoflow/torch/tensor_ops.hpp>

namespace infoflow::lane_groups {

using Segment = CacheSegment<at::Tensor>;

/// Equally long tensors [rows, key heads, channels] as one [tensors, key heads, rows, channels]: a view
/// where they lie behind each other in one storage, as `append_in_block` leaves them, else a copy.
[[nodiscard]] inline at::Tensor stacked(const std::vector<at::Tensor>& parts) {
  std::vector<at::Tensor> heads_first;
  for (const at::Tensor& part : parts) heads_first.push_back(part.transpose(0, 1));
  const at::Tensor& first = heads_first.front();
  bool neighbours = true;
  for (std::size_t i = 0; i < parts.size() && neighbours; ++i) {
    const at::Tensor& part = heads_first[i];
    // On a tape a view of the first would take what belongs to the others.
    neighbours = !part.requires_grad() && part.is_contiguous() && part.is_alias_of(first) &&
                 part.storage_offset() ==
                     first.storage_offset() + static_cast<std::int64_t>(i) * first.numel();
  }
  if (!neighbours) return at::_ops::stack::call(heads_first, 0);
  const auto count = static_cast<std::int64_t>(parts.size());
  return first.as_strided({count, first.size(0), first.size(1), first.size(2)},
                          {first.numel(), first.stride(0), first.stride(1), first.stride(2)});
}

/// The same of tensors of any length: shorter ones are filled up with zeros.
[[nodiscard]] inline at::Tensor padded(const std::vector<at::Tensor>& parts, std::int64_t rows) {
  const at::Tensor& first = parts.front();
  const at::Tensor all = first.new_zeros(
      {static_cast<std::int64_t>(parts.size()), first.size(1), rows, first.size(2)});
  for (std::size_t i = 0; i < parts.size(); ++i) {
    all.select(0, static_cast<std::int64_t>(i))
        .narrow(1, 0, parts[i].size(0))
        .copy_(parts[i].transpose(0, 1));
  }
  return all;
}

/// What each lane of a group has of its own at one place: a segment that nobody shares, or the tail.
struct OwnKeys {
  at::Tensor keys, values;            ///< [lanes, key heads, rows, channels]
  std::vector<std::int64_t> lengths;  ///< How many of the rows each lane has.
  bool in_flight = false;             ///< The last rows are those in flight: they see no later one.

  /// True where a lane's query may not read; undefined if all are read. [lanes, 1, queries, rows]
  [[nodiscard]] at::Tensor hidden(std::int64_t queries) const {
    const bool even = std::ranges::all_of(lengths, [&](auto n) { return n == lengths.front(); });
    if (even && (!in_flight || queries == 1)) return {};
    std::vector<Index> seen;  // How many rows a lane's first query sees.
    for (const std::int64_t length : lengths) {
      seen.push_back(in_flight ? length - queries + 1 : length);
      if (even) break;  // The same for all lanes.
    }
    const auto count = [&](std::int64_t n) {
      return at::_ops::arange::call(n, at::kLong, c10::kStrided, keys.device(), false);
    };
    at::Tensor limits =
        indices_on_device_of(keys, std::span<const Index>(seen)).view({-1, 1, 1, 1});
    if (in_flight) limits = limits.add(count(queries).view({-1, 1}));
    return count(keys.size(2)).ge(limits);
  }
};

/// Lanes that are read together: the same segments first, then as many places of their own, and equally
/// many rows in flight.
struct LaneGroup {
  std::vector<const Segment*> shared{};
  std::size_t own_segments = 0;  ///< Beside the tail.
  std::int64_t rows = 0;         ///< In flight, of each lane.
  bool alone = false;            ///< Something is masked: read by itself.
  std::int64_t scores = 0;       ///< Rows × keys of all lanes, per head.
  std::vector<std::size_t> lanes{};

  [[nodiscard]] bool takes(const LaneGroup& other, std::int64_t most_scores) const {
    return !alone && !other.alone && shared == other.shared && own_segments == other.own_segments &&
           rows == other.rows && scores + other.scores <= most_scores;
  }
};

/// The groups of a batch, each with lanes ascending.
/// \param most_scores  rows × keys per head of a group; a lane with more has one for itself
[[nodiscard]] inline std::vector<LaneGroup> groups_of(std::span<const Lane<at::Tensor>> lanes,
                                                      std::size_t layer, std::int64_t most_scores) {
  std::map<const Segment*, int> readers;
  for (const auto& lane : lanes) {
    for (const auto& segment : lane.cache[layer].shared) ++readers[segment.get()];
  }
  std::vector<LaneGroup> groups;
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    const LayerCache<at::Tensor>& cache = lanes[i].cache[layer];
    LaneGroup own;
    for (const auto& segment : cache.shared) {
      if (readers[segment.get()] < 2) break;
      own.shared.push_back(segment.get());
    }
    own.own_segments = cache.shared.size() - own.shared.size();
    own.rows = static_cast<std::int64_t>(lanes[i].positions.size());
    own.alone = !lanes[i].masked.empty();
    own.scores = own.rows * cache.size();
    own.lanes = {i};
    const auto group =
        std::ranges::find_if(groups, [&](const auto& g) { return g.takes(own, most_scores); });
    if (group == groups.end()) {
      groups.push_back(std::move(own));
    } else {
      group->scores += own.scores;
      group->lanes.push_back(i);
    }
  }
  return groups;
}

/// What the lanes of a group have of their own, place by place.
[[nodiscard]] inline std::vector<OwnKeys> own_keys(const LaneGroup& group,
                                                   std::span<const Lane<at::Tensor>> lanes,
                                                   std::size_t layer) {
  std::vector<OwnKeys> own;
  for (std::size_t place = 0; place <= group.own_segments; ++place) {
    OwnKeys& there = own.emplace_back();
    there.in_flight = place == group.own_segments;
    std::vector<at::Tensor> keys, values;
    for (const std::size_t lane : group.lanes) {
      const LayerCache<at::Tensor>& cache = lanes[lane].cache[layer];
      const Segment& segment =
          there.in_flight ? cache.tail : *cache.shared[group.shared.size() + place];
      keys.push_back(segment.keys);
      values.push_back(segment.values);
      there.lengths.push_back(segment.keys.size(0));
    }
    const auto [least, most] = std::ranges::minmax(there.lengths);
    there.keys = least == most ? stacked(keys) : padded(keys, most);
    there.values = least == most ? stacked(values) : padded(values, most);
  }
  return own;
}

}  // namespace infoflow::lane_groups
