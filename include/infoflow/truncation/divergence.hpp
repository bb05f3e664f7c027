// SPDX-License-Identifier: MIT
/// \file How far two predictions of the next token lie apart, from their logits.
#pragma once

#include <cmath>

#include <Eigen/Core>

#include <infoflow/core/tensor_ops.hpp>

namespace infoflow {

/// log softmax of one row of logits, in double.
template <class Row>
[[nodiscard]] Eigen::VectorXd log_probabilities(const Row& logits) {
  const Eigen::VectorXd x = logits.template cast<double>();
  const double most = x.maxCoeff();
  return x.array() - (most + std::log((x.array() - most).exp().sum()));
}

/// KL(p ‖ q) = Σ p (log p − log q) in nats, from log probabilities. Law: ≥ 0, and 0 for p = q.
[[nodiscard]] inline double divergence(const Eigen::VectorXd& log_p, const Eigen::VectorXd& log_q) {
  const double sum = (log_p.array().exp() * (log_p - log_q).array()).sum();
  return sum > 0 ? sum : 0;  // Rounding must not make it negative.
}

}  // namespace infoflow
