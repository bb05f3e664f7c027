// SPDX-License-Identifier: MIT
/// \file Attention over cached keys: fused for the main pass, with single rows computed beside it.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/ops/scaled_dot_product_attention_ops.h>

#include <infoflow/adapter/lane.hpp>
#include <infoflow/attention/attention_block.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/torch/tensor_ops.hpp>

namespace infoflow {

/// The rows of `in_flight` (ascending positions) that stand at `positions`.
/// \throws Error if a position is not in flight
[[nodiscard]] inline std::vector<Index> rows_in_flight(std::span<const Index> in_flight,
                                                       std::span<const Index> positions) {
  std::vector<Index> rows;
  for (const Index position : positions) {
    const auto at = std::lower_bound(in_flight.begin(), in_flight.end(), position);
    if (at == in_flight.end() || *at != position) {
      throw Error("no row is in flight at position " + std::to_string(position), "Lane",
                  "ask for rows that are run in this pass and were not cut away");
    }
    rows.push_back(at - in_flight.begin());
  }
  return rows;
}

/// All keys and values that a lane can read in one layer, in parts [rows, key heads, head channels],
/// and the position of each row, ascending.
struct KeysAndValues {
  std::vector<at::Tensor> keys;
  std::vector<at::Tensor> values;
  std::vector<Index> positions;
};

/// The parts of a layer's cache: its shared segments, then its tail. Copies no key and no value.
[[nodiscard]] inline KeysAndValues keys_and_values(const LayerCache<at::Tensor>& cache) {
  KeysAndValues all;
  const auto add = [&](const CacheSegment<at::Tensor>& segment) {
    if (segment.positions.empty()) return;
    all.keys.push_back(segment.keys);
    all.values.push_back(segment.values);
    all.positions.insert(all.positions.end(), segment.positions.begin(), segment.positions.end());
  };
  for (const auto& segment : cache.shared) add(*segment);
  add(cache.tail);
  return all;
}

namespace detail {

/// True at [query, key] where the query may not read the key: the opposite of `Lane::sees`.
[[nodiscard]] inline at::Tensor hidden_keys(const at::Tensor& like, std::span<const Index> queries,
                                            std::span<const Index> keys,
                                            std::span<const Index> masked) {
  const auto host = like.options().device(at::kCPU).dtype(at::kBool).requires_grad(false);
  const auto rows = static_cast<std::int64_t>(queries.size());
  const auto columns = static_cast<std::int64_t>(keys.size());
  const at::Tensor hidden = like.new_empty({rows, columns}, host);
  bool* flag = hidden.mutable_data_ptr<bool>();
  std::vector<char> is_masked(keys.size());
  for (std::size_t k = 0; k < keys.size(); ++k) {
    is_masked[k] = std::binary_search(masked.begin(), masked.end(), keys[k]);
  }
  for (const Index query : queries) {
    for (std::size_t k = 0; k < keys.size(); ++k) {
      *flag++ = keys[k] > query || (is_masked[k] && keys[k] != query);
    }
  }
  return hidden.to(like.device());
}

/// Probabilities [heads, queries, keys] of queries [queries, heads, channels] over key parts, in the
/// type of accumulation. Heads that share a key head stand next to each other.
[[nodiscard]] inline at::Tensor attention_probabilities(const at::Tensor& queries,
                                                        const std::vector<at::Tensor>& keys,
                                                        const at::Tensor& hidden) {
  const auto rows = queries.size(0);
  const auto heads = queries.size(1);
  const auto channels = queries.size(2);
  const auto key_heads = keys.front().size(1);
  const at::Tensor grouped = queries.transpose(0, 1).reshape({key_heads, -1, channels});
  std::vector<at::Tensor> parts;
  for (const at::Tensor& part : keys) parts.push_back(grouped.matmul(part.permute({1, 2, 0})));
  at::Tensor scores = joined(parts, -1);
  scores = scores.to(accumulation_type(scores)).mul(1.0 / std::sqrt(static_cast<double>(channels)));
  scores = scores.view({heads, rows, -1});
  if (hidden.defined()) {
    scores = scores.masked_fill(hidden, -std::numeric_limits<double>::infinity());
  }
  return scores.softmax(-1);
}

/// Queries [rows, heads, channels] with the keys and values of exactly these rows, nothing hidden
/// but the future. Never makes a matrix rows × rows where the backend has a fused kernel.
[[nodiscard]] inline at::Tensor fused_attention(const at::Tensor& queries, const at::Tensor& keys,
                                                const at::Tensor& values, bool causal) {
  const auto groups = queries.size(1) / keys.size(1);
  const auto heads_first = [&](const at::Tensor& t, std::int64_t copies) {
    const at::Tensor rows = copies == 1 ? t : t.repeat_interleave(copies, 1);
    return rows.transpose(0, 1).unsqueeze(0);
  };
  const at::Tensor out = at::_ops::scaled_dot_product_attention::call(
      heads_first(queries, 1), heads_first(keys, groups), heads_first(values, groups), {}, 0.0,
      causal, {}, false);
  return out.squeeze(0).transpose(0, 1).reshape({queries.size(0), -1});
}

/// The same over any keys, for the rows at `positions`, in chunks of rows.
[[nodiscard]] inline at::Tensor chunked_attention(const at::Tensor& queries,
                                                  std::span<const Index> positions,
                                                  const KeysAndValues& all,
                                                  std::span<const Index> masked) {
  constexpr std::size_t chunk = 128;  // Rows × keys, not keys × keys, even for long prompts.
  std::vector<at::Tensor> outputs;
  for (std::size_t first = 0; first < positions.size(); first += chunk) {
    const auto rows = positions.subspan(first, std::min(chunk, positions.size() - first));
    const auto count = static_cast<std::int64_t>(rows.size());
    const bool sees_all = rows.size() == 1 && masked.empty() && rows[0] >= all.positions.back();
    const at::Tensor hidden =
        sees_all ? at::Tensor() : hidden_keys(queries, rows, all.positions, masked);
    const at::Tensor some = queries.narrow(0, static_cast<std::int64_t>(first), count);
    const at::Tensor probabilities =
        attention_probabilities(some, all.keys, hidden).to(queries.scalar_type());
    at::Tensor output;
    std::int64_t column = 0;
    for (const at::Tensor& part : all.values) {
      const at::Tensor weights =
          probabilities.narrow(2, column, part.size(0)).reshape({part.size(1), -1, part.size(0)});
      const at::Tensor sum = weights.matmul(part.transpose(0, 1));
      output = output.defined() ? output.add(sum) : sum;
      column += part.size(0);
    }
    outputs.push_back(
        output.view({queries.size(1), count, -1}).transpose(0, 1).reshape({count, -1}));
  }
  return joined(outputs, 0);
}

}  // namespace detail

/// The main pass's attention of the rows at `positions`: queries [rows, heads, channels] →
/// [rows, heads · channels]. `all` holds the rows' own keys and values too.
/// Law: each row is the mean of the values that `Lane::sees` allows, weighted by softmax(q·k/√c).
[[nodiscard]] inline at::Tensor attend(const at::Tensor& queries, std::span<const Index> positions,
                                       const KeysAndValues& all, std::span<const Index> masked) {
  const bool whole = all.keys.size() == 1 && masked.empty();
  const bool fresh = whole && std::ranges::equal(positions, all.positions);
  // One row reads its few keys as they lie; with shared key heads the fused kernel needs copies.
  const bool next = whole && positions.size() == 1 && positions[0] >= all.positions.back() &&
                    queries.size(1) == all.keys[0].size(1);
  if (fresh || next) return detail::fused_attention(queries, all.keys[0], all.values[0], fresh);
  return detail::chunked_attention(queries, positions, all, masked);
}

/// One layer's attention of a lane's rows in flight: an AttentionBlock. Rows are computed when they
/// are asked for, from queries and keys that are projected no sooner, off the tape, with the softmax
/// in float32 (double for double).
class AttentionRows {
 public:
  struct QueriesAndKeys {
    at::Tensor queries;            ///< [rows, heads, channels], rotated.
    std::vector<at::Tensor> keys;  ///< Parts [rows, key heads, channels], rotated.
  };
  /// Queries of the rows in flight with these numbers, and all keys.
  using Project = std::function<QueriesAndKeys(std::span<const Index> rows)>;

  AttentionRows(Project project, std::vector<Index> query_positions,
                std::vector<Index> key_positions, std::vector<Index> masked)
      : project_(std::move(project)),
        query_positions_(std::move(query_positions)),
        key_positions_(std::move(key_positions)),
        masked_(std::move(masked)) {}

  /// [heads, queries, keys] of the rows at these positions. \throws Error if one is not in flight
  [[nodiscard]] at::Tensor rows(std::span<const Index> positions) const {
    const std::vector<Index> rows = rows_in_flight(query_positions_, positions);
    const c10::NoGradGuard off_the_tape;
    QueriesAndKeys projected = project_(rows);
    const auto type = accumulation_type(projected.queries);
    for (at::Tensor& part : projected.keys) part = part.to(type);
    return detail::attention_probabilities(
        projected.queries.to(type), projected.keys,
        detail::hidden_keys(projected.queries, positions, key_positions_, masked_));
  }

  [[nodiscard]] std::span<const Index> key_positions() const { return key_positions_; }

 private:
  Project project_;
  std::vector<Index> query_positions_;
  std::vector<Index> key_positions_;
  std::vector<Index> masked_;
};

static_assert(AttentionBlock<AttentionRows>);

}  // namespace infoflow
