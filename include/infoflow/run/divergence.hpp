// SPDX-License-Identifier: MIT
/// \file How far two predictions of the next token lie apart, from their logits.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include <infoflow/core/tensor_ops.hpp>

namespace infoflow {

/// One log-probability per token of the vocabulary.
using LogProbabilities = std::vector<double>;

/// log softmax of one row of logits, in double; `logits` has size() and (token).
template <class Row>
[[nodiscard]] LogProbabilities log_probabilities(const Row& logits) {
  LogProbabilities x(static_cast<std::size_t>(logits.size()));
  double most = -std::numeric_limits<double>::infinity();
  for (std::size_t token = 0; token < x.size(); ++token) {
    x[token] = static_cast<double>(logits(static_cast<Index>(token)));
    most = std::max(most, x[token]);
  }
  double sum = 0;
  for (const double value : x) sum += std::exp(value - most);
  const double log_sum = most + std::log(sum);
  for (double& value : x) value -= log_sum;
  return x;
}

/// A prediction that many others are held against: its probabilities are worked out once.
struct Prediction {
  LogProbabilities log_p;
  std::vector<double> p;

  explicit Prediction(LogProbabilities of) : log_p(std::move(of)) {
    for (const double value : log_p) p.push_back(std::exp(value));
  }
};

/// KL(p ‖ q) = Σ p (log p − log q) in nats, from log probabilities; what p gives no probability adds
/// nothing. Laws: ≥ 0, and 0 for p = q; not a number if a logit was none.
[[nodiscard]] inline double divergence(const Prediction& of, const LogProbabilities& log_q) {
  double sum = 0;
  for (std::size_t token = 0; token < of.p.size(); ++token) {
    const double p = of.p[token];
    if (p == 0) continue;  // Also of a finite logarithm below −745, which else meets an infinity.
    sum += p * (of.log_p[token] - log_q[token]);
  }
  return sum < 0 ? 0 : sum;  // Rounding must not make it negative.
}
[[nodiscard]] inline double divergence(const LogProbabilities& log_p,
                                       const LogProbabilities& log_q) {
  return divergence(Prediction(log_p), log_q);
}

}  // namespace infoflow
