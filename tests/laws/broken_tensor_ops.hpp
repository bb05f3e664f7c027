// SPDX-License-Identifier: MIT
/// \file Tensor operations that break one law each.
#pragma once

#include <algorithm>
#include <vector>

#include <infoflow/core/eigen_tensor_ops.hpp>

namespace infoflow::laws {

using RightMatrixOps = TensorOps<RowMatrix<float>>;
using RightRowsOps = TensorOps<HeadMatrices<float>>;

/// Returns rows in their own order, not in the order asked for.
struct SortsRows : RightMatrixOps {
  static Matrix take_rows(const Matrix& m, std::span<const Index> indices) {
    std::vector<Index> sorted(indices.begin(), indices.end());
    std::sort(sorted.begin(), sorted.end());
    return RightMatrixOps::take_rows(m, sorted);
  }
};

/// Joins the parts in the opposite order.
struct JoinsBackwards : RightMatrixOps {
  static Matrix join_rows(std::span<const Matrix> parts) {
    return RightMatrixOps::join_rows(std::vector<Matrix>(parts.rbegin(), parts.rend()));
  }
};

/// Multiplies row by row only when the shapes agree.
struct ForgetsBroadcast : RightMatrixOps {
  static Matrix multiply(const Matrix& a, const Matrix& b) {
    return a.rows() == b.rows() ? RightMatrixOps::multiply(a, b) : a;
  }
};

/// Adds up in half a float.
struct SumsNarrowly : RightMatrixOps {
  static HostVector sum_over_channels(const Matrix& m) {
    HostVector sums = HostVector::Zero(m.rows());
    for (Index i = 0; i < m.rows(); ++i) {
      for (const float v : m.row(i)) sums[i] = std::round((sums[i] + v) * 128) / 128;
      if (sums[i] > 256) sums[i] = std::round(sums[i] / 64) * 64;
    }
    return sums;
  }
};

/// Counts keys of no group to group 0.
struct GroupsEverything : RightRowsOps {
  static HostMatrix group_sums(const Rows& r, std::span<const int> group_of_key, Index groups) {
    std::vector<int> all(group_of_key.begin(), group_of_key.end());
    for (int& group : all) group = std::max(group, 0);
    return RightRowsOps::group_sums(r, all, groups);
  }
};

/// Query-major instead of head-major.
struct MixesHeadsAndQueries : RightRowsOps {
  static HostMatrix group_sums(const Rows& r, std::span<const int> group_of_key, Index groups) {
    const HostMatrix right = RightRowsOps::group_sums(r, group_of_key, groups);
    const auto [heads, queries, keys] = extents(r);
    HostMatrix mixed(right.rows(), right.cols());
    for (Index h = 0; h < heads; ++h) {
      for (Index q = 0; q < queries; ++q) mixed.row(q * heads + h) = right.row(h * queries + q);
    }
    return mixed;
  }
};

/// Weighs all heads the same.
struct IgnoresWeights : RightRowsOps {
  static HostMatrix weighted_heads(const Rows& r, std::span<const float> weights) {
    return RightRowsOps::weighted_heads(r, std::vector<float>(weights.size(), 1.0F));
  }
};

}  // namespace infoflow::laws
