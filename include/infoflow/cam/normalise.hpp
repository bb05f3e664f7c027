// SPDX-License-Identifier: MIT
/// \file Scales for showing heat, and how concentrated it is.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>

#include <infoflow/core/tensor_ops.hpp>

namespace infoflow {

/// heat / maximum; an empty map stays all zero (the released code divides 0 by 0 here).
/// Law: values lie in [0, 1] for heat ≥ 0.
[[nodiscard]] inline HostVector normalise(const HostVector& heat, float maximum) {
  return maximum > 0 ? HostVector(heat / maximum) : HostVector(HostVector::Zero(heat.size()));
}

[[nodiscard]] inline HostVector normalise(const HostVector& heat) {
  return normalise(heat, heat.size() == 0 ? 0.0F : heat.maxCoeff());
}

/// The largest value of all maps: one scale on which layers can be compared.
[[nodiscard]] inline float common_maximum(std::span<const HostVector> maps) {
  float most = 0;
  for (const HostVector& map : maps) {
    if (map.size() > 0) most = std::max(most, map.maxCoeff());
  }
  return most;
}

/// 1 − entropy / log n of the heat as a distribution: 0 if even, 1 if all heat is on one position,
/// 0 for an empty map.
[[nodiscard]] inline float concentration(const HostVector& heat) {
  const float total = heat.sum();
  if (total <= 0 || heat.size() < 2) return 0;
  double entropy = 0;
  for (const float h : heat) {
    if (h > 0) entropy -= h / total * std::log(h / total);
  }
  return static_cast<float>(1.0 - entropy / std::log(static_cast<double>(heat.size())));
}

}  // namespace infoflow
