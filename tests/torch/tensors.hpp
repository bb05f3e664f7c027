// SPDX-License-Identifier: MIT
/// \file Tensors of generated numbers, and tensors as matrices of the host.
#pragma once

#include <vector>

#include <infoflow/torch/tensor_ops.hpp>

#include "../laws/generators.hpp"
#include "../laws/law.hpp"

namespace infoflow::tests {

/// A host matrix as a tensor [rows, columns] of `type`.
[[nodiscard]] inline at::Tensor tensor_of(const RowMatrix<double>& m,
                                          at::ScalarType type = at::kDouble) {
  at::Tensor tensor = at::empty({m.rows(), m.cols()}, at::kDouble);
  std::copy(m.data(), m.data() + m.size(), tensor.mutable_data_ptr<double>());
  return tensor.to(type);
}

/// One matrix per head as a tensor [heads, queries, keys].
[[nodiscard]] inline at::Tensor tensor_of(const HeadMatrices<double>& heads,
                                          at::ScalarType type = at::kDouble) {
  std::vector<at::Tensor> parts;
  for (const auto& head : heads) parts.push_back(tensor_of(head, type));
  return at::stack(parts);
}

/// Normal values of any shape; the first dimension counts.
[[nodiscard]] inline at::Tensor normal_tensor(laws::Draw& draw, std::vector<std::int64_t> shape,
                                              at::ScalarType type = at::kDouble) {
  std::int64_t rest = 1;
  for (std::size_t i = 1; i < shape.size(); ++i) rest *= shape[i];
  return tensor_of(draw.matrix(shape[0], rest), type).view(shape);
}

/// max|a − b| / max|b|; infinite if the shapes differ or a value is not a number.
[[nodiscard]] inline double relative_error(const at::Tensor& a, const at::Tensor& b) {
  if (a.sizes() != b.sizes()) return INFINITY;
  if (a.numel() == 0) return 0;
  const at::Tensor wide_a = a.detach().to(at::kCPU, at::kDouble);
  const at::Tensor wide_b = b.detach().to(at::kCPU, at::kDouble);
  if (!wide_a.isfinite().all().item<bool>() || !wide_b.isfinite().all().item<bool>()) {
    return INFINITY;
  }
  const double difference = (wide_a - wide_b).abs().max().item<double>();
  return difference == 0 ? 0 : difference / std::max(wide_b.abs().max().item<double>(), 1e-30);
}

}  // namespace infoflow::tests
