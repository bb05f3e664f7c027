// SPDX-License-Identifier: MIT
/// \file Growing a cache of keys and values without copying it at every step.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <utility>

#include <ATen/core/Tensor.h>

#include <infoflow/adapter/lane.hpp>
#include <infoflow/torch/tensor_ops.hpp>

namespace infoflow {

namespace detail {

/// `rows` behind `cached`, both [rows, key heads, channels]. Spare room behind `cached` is used if
/// nobody else can see it: a copied lane must not find its rows overwritten, nor a tape.
[[nodiscard]] inline at::Tensor append_rows(at::Tensor cached, const at::Tensor& rows) {
  if (!cached.defined() || cached.size(0) == 0) return rows;
  if (cached.requires_grad() || rows.requires_grad()) return joined({cached, rows}, 0);

  const c10::NoGradGuard off_the_tape;
  using Shape = std::array<std::int64_t, 3>;
  const std::int64_t old_rows = cached.size(0);
  const Shape shape{old_rows + rows.size(0), rows.size(1), rows.size(2)};
  const Shape strides{shape[1] * shape[2], shape[2], 1};
  const auto room = static_cast<std::int64_t>(cached.storage().nbytes()) / cached.element_size();
  const bool from_start = cached.storage_offset() == 0 && cached.is_contiguous();
  const bool sole_owner = cached.use_count() == 1 && cached.storage().use_count() == 1;
  at::Storage storage = cached.storage();
  if (!sole_owner || !from_start || shape[0] * strides[0] > room) {
    const at::Tensor roomy = rows.new_empty({std::max(shape[0], 2 * old_rows), shape[1], shape[2]});
    roomy.narrow(0, 0, old_rows).copy_(cached);
    storage = roomy.storage();
  }
  // Not a view: a view would keep its base, and the storage would never be ours alone again.
  const at::Tensor longer = rows.new_empty({0}).set_(storage, 0, shape, strides);
  longer.narrow(0, old_rows, rows.size(0)).copy_(rows);
  return longer;
}

}  // namespace detail

/// Adds rows [rows, key heads, channels] to a segment. Long answers cost O(n), not O(n²): room
/// doubles when it runs out.
inline void append(CacheSegment<at::Tensor>& segment, const at::Tensor& keys,
                   const at::Tensor& values, std::span<const Index> positions) {
  segment.keys = detail::append_rows(std::move(segment.keys), keys);
  segment.values = detail::append_rows(std::move(segment.values), values);
  segment.positions.insert(segment.positions.end(), positions.begin(), positions.end());
}

}  // namespace infoflow
