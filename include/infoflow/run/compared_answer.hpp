// SPDX-License-Identifier: MIT
/// \file What a cut made of one answer, and how that is measured from logits.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include <infoflow/run/divergence.hpp>
#include <infoflow/run/generate.hpp>

namespace infoflow {

/// What an item gave under one truncation, or with another prompt.
struct ComparedAnswer {
  Generation answer;
  bool agrees = false;  ///< The same tokens as the untouched answer, and the same end.
  double kl = 0;        ///< KL(untouched ‖ this), nats, mean over the untouched answer's tokens.
  double kl_first = 0;  ///< Of the first token alone.
  double reference_probability =
      std::numeric_limits<double>::quiet_NaN();  ///< NaN: none was given.
  std::vector<Index> prompt_rows;  ///< Per layer: rows of the prompt that went through it.
  Index image_tokens = 0;          ///< Image tokens left after the last cut.
  double seconds = 0;              ///< An equal part of what all runs of the item took together.
};

/// Notes how many tokens a policy drops at each layer; asks it as often as it is asked.
struct NotingPolicy {
  static constexpr bool needs_scores = true;  // Unless wants_scores() says otherwise.
  AnyPolicy policy;
  std::shared_ptr<std::map<int, Index>> dropped;

  [[nodiscard]] bool wants_scores() const { return policy.wants_scores(); }
  [[nodiscard]] std::vector<Index> keep(const CutContext& context) const {
    std::vector<Index> kept = policy.keep(context);
    (*dropped)[context.layer] = static_cast<Index>(context.survivors.size() - kept.size());
    return kept;
  }
};

/// Fills what a run's dropped tokens imply. `dropped_at(layer)`: how many the cut there drops.
template <class DroppedAt>
void count_prompt_rows(const TokenPartition& partition, int layers, DroppedAt dropped_at,
                       ComparedAnswer& run) {
  Index rows = partition.prompt_length();
  run.image_tokens = partition.count(Role::image);
  for (int layer = 0; layer < layers; ++layer) {
    const Index dropped = dropped_at(layer);
    rows -= dropped;
    run.image_tokens -= dropped;
    run.prompt_rows.push_back(rows);
  }
}

/// Fills both divergences. Rows [≥ tokens, V]: row i predicts answer token i.
inline void measure_divergences(const std::vector<Prediction>& untouched, const HostMatrix& logits,
                                ComparedAnswer& run) {
  for (std::size_t i = 0; i < untouched.size(); ++i) {
    const double kl =
        divergence(untouched[i], log_probabilities(logits.row(static_cast<Index>(i))));
    run.kl += kl / static_cast<double>(untouched.size());
    if (i == 0) run.kl_first = kl;
  }
}

/// The probability that rows of logits give to `tokens`, row i to token i.
[[nodiscard]] inline double probability_of(const HostMatrix& logits,
                                           std::span<const TokenId> tokens) {
  double sum = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const LogProbabilities row = log_probabilities(logits.row(static_cast<Index>(i)));
    sum += row.at(static_cast<std::size_t>(tokens[i]));
  }
  return std::exp(sum);
}

/// What each of the first `n` rows of logits predicts.
[[nodiscard]] inline std::vector<Prediction> predictions_of(const HostMatrix& logits,
                                                            std::size_t n) {
  std::vector<Prediction> rows;
  for (std::size_t i = 0; i < n; ++i) {
    rows.emplace_back(log_probabilities(logits.row(static_cast<Index>(i))));
  }
  return rows;
}

[[nodiscard]] inline TokenId most_likely_at(const HostMatrix& logits, Index row) {
  const float* first = logits.data() + row * logits.cols();
  return std::max_element(first, first + logits.cols()) - first;
}

}  // namespace infoflow
