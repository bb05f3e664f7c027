// SPDX-License-Identifier: MIT
/// \file Whether sums over channels say anything, or are what rounding left of terms that cancel.
#pragma once

#include <algorithm>
#include <cmath>

#include <infoflow/core/tensor_ops.hpp>

namespace infoflow {

/// Half the distance from 1 to the next number of a tensor's own type: TensorOps<T>::unit_roundoff
/// where there is one, else float32's.
template <MatrixTensor T>
[[nodiscard]] double unit_roundoff([[maybe_unused]] const T& tensor) {
  if constexpr (requires { TensorOps<T>::unit_roundoff(tensor); }) {
    return TensorOps<T>::unit_roundoff(tensor);
  } else {
    return 0x1p-24;
  }
}

/// True if the sums over channels of `terms` are next to nothing beside what terms of independent
/// signs would leave, the root of the sum of their squares: less than a thousandth, or in half
/// precision than four roundings.
///
/// Σ_k G_k A_k is 0 for every A that is read by a norm alone, since a norm does not see scale:
/// z(tA) = z(A), so by Euler ⟨∂z/∂A, A⟩ = 0. Computed, it is rounding and the norm's ε: another
/// order of sums gives another map. Law: scaling all terms changes nothing; terms that are all 0 do
/// not cancel.
/// \param terms  [positions, channels]  \param sums  [positions], over channels
template <MatrixTensor T>
[[nodiscard]] bool sums_cancel(const T& terms, const HostVector& sums, double roundoff) {
  constexpr double smallest_part = 1e-3;
  const HostVector squares = TensorOps<T>::sum_over_channels(TensorOps<T>::multiply(terms, terms));
  const double independent = std::sqrt(squares.template cast<double>().sum());
  const double left = sums.template cast<double>().norm();
  return independent > 0 && left <= std::max(smallest_part, 4 * roundoff) * independent;
}

}  // namespace infoflow
