// SPDX-License-Identifier: MIT
/// \file TensorOps for at::Tensor: what the components compute stays on the device, off the tape.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include <ATen/core/IListRef.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/cat_ops.h>
#include <c10/core/GradMode.h>

#include <infoflow/core/tensor_ops.hpp>

namespace infoflow {

/// The type in which sums over `tensor` are accumulated: double for double, else float32.
[[nodiscard]] inline at::ScalarType accumulation_type(const at::Tensor& tensor) {
  return tensor.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
}

/// Numbers from the host as a tensor [values] on the device of `like`.
template <class Value>
[[nodiscard]] at::Tensor on_device_of(const at::Tensor& like, std::span<const Value> values,
                                      at::ScalarType type) {
  const auto host = like.options().device(at::kCPU).dtype(type).requires_grad(false);
  const at::Tensor tensor = like.new_empty({static_cast<std::int64_t>(values.size())}, host);
  if (type == at::kLong) {
    std::copy(values.begin(), values.end(), tensor.mutable_data_ptr<std::int64_t>());
  } else {
    std::copy(values.begin(), values.end(), tensor.mutable_data_ptr<float>());
  }
  return tensor.to(like.device());
}

/// Row numbers, positions or token ids as an int64 tensor on the device of `like`.
[[nodiscard]] inline at::Tensor indices_on_device_of(const at::Tensor& like,
                                                     std::span<const Index> indices) {
  return on_device_of(like, indices, at::kLong);
}

/// The parts one after another along dimension `along`; a single part as it is.
[[nodiscard]] inline at::Tensor joined(const std::vector<at::Tensor>& parts, std::int64_t along) {
  return parts.size() == 1 ? parts.front() : at::_ops::cat::call(at::TensorList(parts), along);
}

/// A matrix [rows, channels] and attention rows [heads, queries, keys] of any floating type on any
/// device. Nothing here is recorded for a backward pass.
template <>
struct TensorOps<at::Tensor> {
  using Tensor = at::Tensor;

  static Extents extents(const Tensor& t) {
    if (t.dim() == 2) return {1, t.size(0), t.size(1)};
    return {t.size(0), t.size(1), t.size(2)};
  }

  static Tensor take_rows(const Tensor& m, std::span<const Index> indices) {
    const c10::NoGradGuard off_the_tape;
    return m.index_select(0, indices_on_device_of(m, indices));
  }

  static Tensor join_rows(std::span<const Tensor> parts) {
    const c10::NoGradGuard off_the_tape;
    return joined({parts.begin(), parts.end()}, 0);
  }

  /// In the type of accumulation: a product of two bfloat16 does not fit into one.
  static Tensor multiply(const Tensor& a, const Tensor& b) {
    const c10::NoGradGuard off_the_tape;
    return wide(a).mul(wide(b));
  }

  static Tensor relu(const Tensor& m) {
    const c10::NoGradGuard off_the_tape;
    return m.relu();
  }

  static Tensor mean_over_rows(const Tensor& m) {
    const c10::NoGradGuard off_the_tape;
    return m.mean(at::IntArrayRef{0}, /*keepdim=*/true, accumulation_type(m));
  }

  static HostVector sum_over_channels(const Tensor& m) {
    const c10::NoGradGuard off_the_tape;
    return host(m.sum(at::IntArrayRef{1}, /*keepdim=*/true, accumulation_type(m)));
  }

  static HostMatrix to_host(const Tensor& m) {
    const c10::NoGradGuard off_the_tape;
    return host(m);
  }

  static double unit_roundoff(const Tensor& m) {
    switch (m.scalar_type()) {
      case at::kBFloat16: return 0x1p-8;
      case at::kHalf: return 0x1p-11;
      case at::kDouble: return 0x1p-53;
      default: return 0x1p-24;
    }
  }

  static HostMatrix group_sums(const Tensor& r, std::span<const int> group_of_key, Index groups) {
    const c10::NoGradGuard off_the_tape;
    HostMatrix membership = HostMatrix::Zero(r.size(2), groups);
    for (std::size_t k = 0; k < group_of_key.size(); ++k) {
      if (group_of_key[k] >= 0) membership(static_cast<Index>(k), group_of_key[k]) = 1;
    }
    const Tensor group = on_device_of(r, values_of(membership), at::kFloat)
                             .view({r.size(2), groups})
                             .to(accumulation_type(r));
    return host(wide(r).reshape({r.size(0) * r.size(1), r.size(2)}).matmul(group));
  }

  static HostMatrix weighted_heads(const Tensor& r, std::span<const float> weights) {
    const c10::NoGradGuard off_the_tape;
    const Tensor weight = on_device_of(r, weights, at::kFloat).to(accumulation_type(r));
    const Tensor sum = weight.view({1, r.size(0)}).matmul(wide(r).reshape({r.size(0), -1}));
    return host(sum.view({r.size(1), r.size(2)}));
  }

  static HostMatrix max_over_heads(const Tensor& r) {
    const c10::NoGradGuard off_the_tape;
    return host(r.amax(at::IntArrayRef{0}));
  }

 private:
  static Tensor wide(const Tensor& t) { return t.to(accumulation_type(t)); }

  static std::span<const float> values_of(const HostMatrix& m) {
    return {m.data(), static_cast<std::size_t>(m.size())};
  }

  static HostMatrix host(const Tensor& m) {
    const Tensor values = m.detach().flatten(1).to(at::kCPU, at::kFloat).contiguous();
    return Eigen::Map<const HostMatrix>(values.const_data_ptr<float>(), values.size(0),
                                        values.size(1));
  }
};

}  // namespace infoflow
