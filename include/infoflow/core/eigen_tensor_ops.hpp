// SPDX-License-Identifier: MIT
/// \file TensorOps for Eigen: a matrix is RowMatrix<Scalar>, attention rows are one matrix per head.
#pragma once

#include <limits>
#include <vector>

#include <infoflow/core/tensor_ops.hpp>

namespace infoflow {

/// Attention rows [heads, queries, keys] on the host: a matrix [queries, keys] per head. A mock of
/// an attention block is just this.
template <class Scalar>
using HeadMatrices = std::vector<RowMatrix<Scalar>>;

template <class Scalar>
struct TensorOps<RowMatrix<Scalar>> {
  using Matrix = RowMatrix<Scalar>;

  static Extents extents(const Matrix& m) { return {1, m.rows(), m.cols()}; }

  static Matrix take_rows(const Matrix& m, std::span<const Index> indices) {
    Matrix taken(static_cast<Index>(indices.size()), m.cols());
    for (std::size_t i = 0; i < indices.size(); ++i) {
      taken.row(static_cast<Index>(i)) = m.row(indices[i]);
    }
    return taken;
  }

  static Matrix join_rows(std::span<const Matrix> parts) {
    Index rows = 0;
    for (const Matrix& part : parts) rows += part.rows();
    Matrix joined(rows, parts.empty() ? 0 : parts.back().cols());
    rows = 0;
    for (const Matrix& part : parts) {
      joined.middleRows(rows, part.rows()) = part;
      rows += part.rows();
    }
    return joined;
  }

  static Matrix multiply(const Matrix& a, const Matrix& b) {
    if (b.rows() == a.rows()) return a.cwiseProduct(b);
    return a.array().rowwise() * b.row(0).array();
  }

  static Matrix relu(const Matrix& m) { return m.cwiseMax(Scalar{0}); }
  static Matrix mean_over_rows(const Matrix& m) { return m.colwise().mean(); }
  static HostVector sum_over_channels(const Matrix& m) {
    return m.rowwise().sum().template cast<float>();
  }
  static HostMatrix to_host(const Matrix& m) { return m.template cast<float>(); }
  static double unit_roundoff(const Matrix&) {
    return static_cast<double>(std::numeric_limits<Scalar>::epsilon()) / 2;
  }
};

template <class Scalar>
struct TensorOps<HeadMatrices<Scalar>> {
  using Rows = HeadMatrices<Scalar>;

  static Extents extents(const Rows& r) {
    if (r.empty()) return {0, 0, 0};
    return {static_cast<Index>(r.size()), r.front().rows(), r.front().cols()};
  }

  static HostMatrix group_sums(const Rows& r, std::span<const int> group_of_key, Index groups) {
    const auto [heads, queries, keys] = extents(r);
    HostMatrix sums = HostMatrix::Zero(heads * queries, groups);
    for (Index h = 0; h < heads; ++h) {
      for (Index k = 0; k < keys; ++k) {
        const int group = group_of_key[static_cast<std::size_t>(k)];
        if (group < 0) continue;
        sums.block(h * queries, group, queries, 1) +=
            r[static_cast<std::size_t>(h)].col(k).template cast<float>();
      }
    }
    return sums;
  }

  static HostMatrix weighted_heads(const Rows& r, std::span<const float> weights) {
    const auto [heads, queries, keys] = extents(r);
    HostMatrix sum = HostMatrix::Zero(queries, keys);
    for (std::size_t h = 0; h < r.size(); ++h) sum += weights[h] * r[h].template cast<float>();
    return sum;
  }

  static HostMatrix max_over_heads(const Rows& r) {
    const auto [heads, queries, keys] = extents(r);
    HostMatrix most = HostMatrix::Zero(queries, keys);
    for (const auto& head : r) most = most.cwiseMax(head.template cast<float>());
    return most;
  }
};

}  // namespace infoflow
