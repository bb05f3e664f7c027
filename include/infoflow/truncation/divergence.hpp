// SPDX-License-Identifier: MIT
/// \file How far two predictions of the next token lie apart, from their logits.
#pragma once

#include <cmath>
#include <limits>

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

/// KL(p ‖ q) = Σ p (log p − log q) in nats, from log probabilities; what p gives no probability adds
/// nothing. Laws: ≥ 0, and 0 for p = q; not a number if a logit was none.
[[nodiscard]] inline double divergence(const Eigen::VectorXd& log_p, const Eigen::VectorXd& log_q) {
  // Eigen's exp(−∞) may be a tiny number, which would still count against log q = −∞.
  const auto ruled_out = log_p.array() == -std::numeric_limits<double>::infinity();
  const auto terms = log_p.array().exp() * (log_p - log_q).array();
  const double sum = ruled_out.select(0.0, terms).sum();
  return sum < 0 ? 0 : sum;  // Rounding must not make it negative.
}

}  // namespace infoflow
