// SPDX-License-Identifier: MIT
/// \file What a law checker answers, and how far two tensors may differ.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>

#include <infoflow/core/tensor_ops.hpp>

namespace infoflow::laws {

/// Empty if the law holds, else what is wrong. A value and not an assertion, so that a test can
/// also show that the law rejects a broken implementation.
using Violation = std::string;

/// max|a − b| / max|b|; infinite if the shapes differ or a value is not a number.
template <class A, class B>
[[nodiscard]] double relative_error(const Eigen::MatrixBase<A>& a, const Eigen::MatrixBase<B>& b) {
  if (a.rows() != b.rows() || a.cols() != b.cols()) return INFINITY;
  if (a.size() == 0) return 0;
  const double difference = static_cast<double>((a - b).cwiseAbs().maxCoeff());
  const double size = static_cast<double>(b.cwiseAbs().maxCoeff());
  if (!a.allFinite() || !b.allFinite()) return INFINITY;
  return difference == 0 ? 0 : difference / std::max(size, 1e-30);
}

[[nodiscard]] inline Violation within(double error, double tolerance, const std::string& what) {
  return error <= tolerance ? "" : what + ": relative error " + std::to_string(error);
}

/// The first of several violations.
template <class... Rest>
[[nodiscard]] Violation first_of(Violation first, Rest... rest) {
  if constexpr (sizeof...(rest) > 0) {
    if (first.empty()) return first_of(rest...);
  }
  return first;
}

}  // namespace infoflow::laws
