// SPDX-License-Identifier: MIT
/// \file What a gradient is taken of: a function of the logits, as its derivative.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <span>
#include <string>
#include <vector>

#include <infoflow/core/error.hpp>
#include <infoflow/core/tensor_ops.hpp>

namespace infoflow {

/// One entry of dz/dlogits: row i of the logits is the row that predicts answer token i.
struct CotangentEntry {
  Index row = 0;
  TokenId token = 0;
  float weight = 0;

  friend bool operator==(const CotangentEntry&, const CotangentEntry&) = default;
};

/// dz/dlogits as a sparse list; entries that are not listed are zero.
using Cotangent = std::vector<CotangentEntry>;

/// z as a callable that gives its cotangent: `target(logits, answer)` with logits [T, V] of the
/// predicting rows and the T answer tokens. ReLU is not linear, so maps of single tokens do not add
/// up to the map of their sum; each target costs a backward.
template <class T>
concept Target =
    requires(const T& target, const HostMatrix& logits, std::span<const TokenId> answer) {
      { target(logits, answer) } -> std::convertible_to<Cotangent>;
    };

/// z = Σ_i logit of answer token i (eq. 1): raw logits, weight 1 each. The paper's target.
struct AnswerSum {
  Cotangent operator()(const HostMatrix&, std::span<const TokenId> answer) const {
    Cotangent z;
    for (std::size_t i = 0; i < answer.size(); ++i)
      z.push_back({static_cast<Index>(i), answer[i], 1});
    return z;
  }
};

/// z = the logit of one answer token. \throws Error if the answer is shorter
struct AnswerToken {
  Index index = 0;

  Cotangent operator()(const HostMatrix&, std::span<const TokenId> answer) const {
    if (index < 0 || index >= static_cast<Index>(answer.size())) {
      throw Error("target token " + std::to_string(index) + " of an answer of " +
                      std::to_string(answer.size()) + " tokens",
                  "AnswerToken", "count answer tokens from 0");
    }
    return {{index, answer[static_cast<std::size_t>(index)], 1}};
  }
};

/// z = the log-probability of one answer token: dz/dlogits = onehot − softmax, dense over its row.
struct AnswerLogProbability {
  Index index = 0;

  Cotangent operator()(const HostMatrix& logits, std::span<const TokenId> answer) const {
    const CotangentEntry chosen = AnswerToken{index}(logits, answer).front();
    float most = logits(index, 0);
    for (Index v = 1; v < logits.cols(); ++v) most = std::max(most, logits(index, v));
    double sum = 0;
    for (Index v = 0; v < logits.cols(); ++v) sum += std::exp(double{logits(index, v)} - most);
    Cotangent z;
    for (Index v = 0; v < logits.cols(); ++v) {
      const auto p = static_cast<float>(std::exp(double{logits(index, v)} - most) / sum);
      z.push_back({index, v, (v == chosen.token ? 1.0F : 0.0F) - p});
    }
    return z;
  }
};

/// z = logit of the answer's token `index` minus the logit of `other` in the same row.
struct LogitDifference {
  Index index = 0;
  TokenId other = 0;

  Cotangent operator()(const HostMatrix& logits, std::span<const TokenId> answer) const {
    Cotangent z = AnswerToken{index}(logits, answer);
    z.push_back({index, other, -1});
    return z;
  }
};

}  // namespace infoflow
