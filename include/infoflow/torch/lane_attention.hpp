// SPDX-License-Identifier: MIT
/// \file Attention of many lanes at once, in groups that read the same.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include <infoflow/torch/attention.hpp>
#include <infoflow/torch/cache.hpp>
#include <infoflow/torch/lane_groups.hpp>

namespace infoflow {

namespace detail {

using lane_groups::LaneGroup;
using lane_groups::OwnKeys;
using lane_groups::Segment;

/// Scores q·k [heads, lanes · rows, keys] of a group's queries [lanes · rows, heads, channels], lane by
/// lane: the shared segments' keys, then each lane's own, −∞ where a query may not read. Heads that share a
/// key head stand next to each other.
[[nodiscard]] inline at::Tensor scores_in_group(const at::Tensor& queries, const LaneGroup& group,
                                                const std::vector<OwnKeys>& own) {
  const auto lanes = static_cast<std::int64_t>(group.lanes.size());
  const auto all_rows = queries.size(0);
  const auto heads = queries.size(1);
  const auto channels = queries.size(2);
  const auto key_heads = own.front().keys.size(1);
  const at::Tensor by_head = queries.transpose(0, 1).reshape({key_heads, -1, channels});
  const at::Tensor by_lane = queries.view({lanes, group.rows, heads, channels})
                                 .transpose(1, 2)
                                 .reshape({lanes, key_heads, -1, channels});
  std::vector<at::Tensor> scores;
  for (const Segment* segment : group.shared) {
    scores.push_back(by_head.matmul(segment->keys.permute({1, 2, 0})).view({heads, all_rows, -1}));
  }
  for (const OwnKeys& there : own) {
    at::Tensor score =
        by_lane.matmul(there.keys.transpose(2, 3)).view({lanes, heads, group.rows, -1});
    const at::Tensor hidden = there.hidden(group.rows);
    if (hidden.defined()) {
      score = score.masked_fill(hidden, -std::numeric_limits<double>::infinity());
    }
    scores.push_back(score.transpose(0, 1).reshape({heads, all_rows, -1}));
  }
  return joined(scores, -1);
}

/// The values of a group, weighted by probabilities [heads, lanes · rows, keys] in the same order:
/// [heads, lanes · rows, channels].
[[nodiscard]] inline at::Tensor values_in_group(const at::Tensor& probabilities,
                                                const LaneGroup& group,
                                                const std::vector<OwnKeys>& own) {
  const auto lanes = static_cast<std::int64_t>(group.lanes.size());
  const auto heads = probabilities.size(0);
  const auto all_rows = probabilities.size(1);
  const auto key_heads = own.front().keys.size(1);
  at::Tensor sum;
  std::int64_t column = 0;
  const auto add = [&](std::int64_t keys, auto weighted) {
    const at::Tensor part = weighted(probabilities.narrow(2, column, keys));
    sum = sum.defined() ? sum.add(part) : part;
    column += keys;
  };
  for (const Segment* segment : group.shared) {
    const auto keys = segment->keys.size(0);
    add(keys, [&](const at::Tensor& weights) {
      return weights.reshape({key_heads, -1, keys})
          .matmul(segment->values.transpose(0, 1))
          .view({heads, all_rows, -1});
    });
  }
  for (const OwnKeys& there : own) {
    const auto keys = there.keys.size(2);
    add(keys, [&](const at::Tensor& weights) {
      return weights.view({heads, lanes, group.rows, keys})
          .transpose(0, 1)
          .reshape({lanes, key_heads, -1, keys})
          .matmul(there.values)
          .view({lanes, heads, group.rows, -1})
          .transpose(0, 1)
          .reshape({heads, all_rows, -1});
    });
  }
  return sum;
}

/// Queries [lanes · rows, heads, channels] of a group, lane by lane → [lanes · rows, heads · channels].
[[nodiscard]] inline at::Tensor attend_in_group(const at::Tensor& queries, const LaneGroup& group,
                                                const std::vector<OwnKeys>& own) {
  const at::Tensor scores = scores_in_group(queries, group, own);
  const double scale = 1.0 / std::sqrt(static_cast<double>(queries.size(2)));
  const at::Tensor probabilities =
      scores.to(accumulation_type(scores)).mul(scale).softmax(-1).to(queries.scalar_type());
  return values_in_group(probabilities, group, own).transpose(0, 1).reshape({queries.size(0), -1});
}

/// Where each lane's rows begin among those of all lanes; last, how many there are.
[[nodiscard]] inline std::vector<std::int64_t> row_offsets(
    std::span<const Lane<at::Tensor>> lanes) {
  std::vector<std::int64_t> offsets{0};
  for (const auto& lane : lanes) {
    offsets.push_back(offsets.back() + static_cast<std::int64_t>(lane.positions.size()));
  }
  return offsets;
}

/// The rows of some lanes, ascending, of the rows of all.
[[nodiscard]] inline std::vector<Index> rows_of(std::span<const std::size_t> lanes,
                                                const std::vector<std::int64_t>& offsets) {
  std::vector<Index> rows;
  for (const std::size_t lane : lanes) {
    for (Index row = offsets[lane]; row < offsets[lane + 1]; ++row) rows.push_back(row);
  }
  return rows;
}

/// These rows, which ascend: a view where they follow each other.
[[nodiscard]] inline at::Tensor take(const at::Tensor& all, const std::vector<Index>& rows) {
  const auto count = static_cast<Index>(rows.size());
  if (rows.back() - rows.front() + 1 == count) return all.narrow(0, rows.front(), count);
  return all.index_select(0, indices_on_device_of(all, std::span<const Index>(rows)));
}

/// Puts equally many rows behind the equally long tails of some lanes, in one storage for all of them.
/// All tails are copied: no other lane can hold what is written to, and attention reads them anyway.
inline void append_in_block(std::span<Lane<at::Tensor>> lanes, std::size_t layer,
                            const at::Tensor& keys, const at::Tensor& values) {
  const auto count = static_cast<std::int64_t>(lanes.size());
  const auto grown = [&](at::Tensor Segment::* which, const at::Tensor& rows) {
    const at::Tensor fresh = rows.view({count, -1, rows.size(1), rows.size(2)}).transpose(1, 2);
    std::vector<at::Tensor> old;
    for (const auto& lane : lanes) old.push_back(lane.cache[layer].tail.*which);
    const bool first = !old.front().defined() || old.front().size(0) == 0;
    const at::Tensor block =
        first ? fresh.contiguous() : joined({lane_groups::stacked(old), fresh}, 2);
    return block.transpose(1, 2).unbind(0);
  };
  const std::vector<at::Tensor> all_keys = grown(&Segment::keys, keys);
  const std::vector<at::Tensor> all_values = grown(&Segment::values, values);
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    Segment& tail = lanes[i].cache[layer].tail;
    tail.keys = all_keys[i];
    tail.values = all_values[i];
    tail.positions.insert(tail.positions.end(), lanes[i].positions.begin(),
                          lanes[i].positions.end());
  }
}

}  // namespace detail

/// Adds to every lane's tail in `layer` its part of the rows [rows of all lanes, key heads, channels].
/// Neighbouring lanes of one shape grow as one, so that `attend` finds their tails behind each other.
inline void append(std::span<Lane<at::Tensor>> lanes, int layer, const at::Tensor& keys,
                   const at::Tensor& values) {
  const auto at_layer = static_cast<std::size_t>(layer);
  const std::vector<std::int64_t> offsets = detail::row_offsets(lanes);
  const bool taped = keys.requires_grad() || values.requires_grad();
  const auto alike = [&](const Lane<at::Tensor>& a, const Lane<at::Tensor>& b) {
    return !taped && a.positions.size() == b.positions.size() &&
           a.cache[at_layer].tail.positions.size() == b.cache[at_layer].tail.positions.size();
  };
  for (std::size_t begin = 0; begin < lanes.size();) {
    std::size_t end = begin + 1;
    while (end < lanes.size() && alike(lanes[begin], lanes[end])) ++end;
    const bool all = begin == 0 && end == lanes.size();
    const auto part = [&](const at::Tensor& rows) {
      return all ? rows : rows.narrow(0, offsets[begin], offsets[end] - offsets[begin]);
    };
    if (end - begin > 1) {
      detail::append_in_block(lanes.subspan(begin, end - begin), at_layer, part(keys),
                              part(values));
    } else {
      append(lanes[begin].cache[at_layer].tail, part(keys), part(values), lanes[begin].positions);
    }
    begin = end;
  }
}

/// The main pass's attention of all lanes in `layer`, whose caches hold the rows' own keys already:
/// queries [rows of all lanes, heads, channels] → [rows of all lanes, heads · channels].
///
/// Lanes that begin with the same segments are read together: one product over a segment for the group, one
/// over what each lane has of its own. A step then costs a few operations however many lanes there are.
/// Law: each lane's rows are those of `attend` of it alone, to rounding.
/// \param most_scores  how many scores, of all heads, a group may have at once
[[nodiscard]] inline at::Tensor attend(const at::Tensor& queries,
                                       std::span<const Lane<at::Tensor>> lanes, int layer,
                                       std::int64_t most_scores = std::int64_t{1} << 24) {
  const auto at_layer = static_cast<std::size_t>(layer);
  const auto alone = [&](const at::Tensor& own, const Lane<at::Tensor>& lane) {
    return attend(own, lane.positions, keys_and_values(lane.cache[at_layer]), lane.masked);
  };
  if (lanes.size() == 1) return alone(queries, lanes.front());
  const std::vector<std::int64_t> offsets = detail::row_offsets(lanes);
  std::vector<at::Tensor> outputs;
  std::vector<Index> order;  // Which row of all each row of the outputs is.
  for (const lane_groups::LaneGroup& group :
       lane_groups::groups_of(lanes, at_layer, most_scores / queries.size(1))) {
    if (group.rows == 0) continue;
    const std::vector<Index> rows = detail::rows_of(group.lanes, offsets);
    order.insert(order.end(), rows.begin(), rows.end());
    const at::Tensor own = detail::take(queries, rows);
    outputs.push_back(
        group.lanes.size() == 1
            ? alone(own, lanes[group.lanes.front()])
            : detail::attend_in_group(own, group, lane_groups::own_keys(group, lanes, at_layer)));
  }
  const at::Tensor all = joined(outputs, 0);
  if (std::ranges::is_sorted(order)) return all;
  std::vector<Index> place(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    place[static_cast<std::size_t>(order[i])] = static_cast<Index>(i);
  }
  return all.index_select(0, indices_on_device_of(all, std::span<const Index>(place)));
}

}  // namespace infoflow
