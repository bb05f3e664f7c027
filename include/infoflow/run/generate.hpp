// SPDX-License-Identifier: MIT
/// \file generate: the model's own answer, greedily.
#pragma once

#include <algorithm>
#include <concepts>
#include <span>
#include <vector>

#include <infoflow/run/forward.hpp>
#include <infoflow/run/logits.hpp>

namespace infoflow {

/// A greedy answer. The stop token is not part of it.
struct Generation {
  std::vector<TokenId> ids;
  bool stopped = false;  ///< False: the limit came first.
};

namespace detail {

template <MatrixTensor Tensor>
[[nodiscard]] TokenId most_likely(const Tensor& logits) {
  const HostMatrix values = TensorOps<Tensor>::to_host(logits);
  require_telling(values);
  Index row = 0;
  Index token = 0;
  values.maxCoeff(&row, &token);
  return token;
}

/// `next(answer)` gives the token after prompt + answer.
template <class Next>
[[nodiscard]] Generation greedy(const std::vector<TokenId>& stop_ids, Index max_new_tokens,
                                Next next) {
  Generation answer;
  while (static_cast<Index>(answer.ids.size()) < max_new_tokens) {
    const TokenId token = next(answer.ids);
    if (std::find(stop_ids.begin(), stop_ids.end(), token) != stop_ids.end()) {
      answer.stopped = true;
      break;
    }
    answer.ids.push_back(token);
  }
  return answer;
}

struct Silent {
  void operator()(Index) const {}
};

}  // namespace detail

/// Greedy decoding whatever the checkpoint's generation settings say: the most likely token each
/// time, the lower id on ties, until a stop token or `max_new_tokens`.
///
/// A layerwise adapter decodes with its caches; cuts are decided at prefill and hold for all steps.
/// Other adapters run `forward` anew for each token.
/// \throws Error as require_telling()
/// \param on_token  told how many tokens there are, before each further one: for showing progress
template <TruncatableAdapter A, class OnToken = detail::Silent>
[[nodiscard]] Generation generate(const A& adapter, const Prompt& prompt,
                                  const ImageTokensOf<A>& tokens, Index max_new_tokens,
                                  const Truncation& truncation, OnToken on_token = {}) {
  if constexpr (LayerwiseAdapter<A>) {
    SequenceRun<A> sequence(adapter, prompt, tokens, {}, truncation);
    return detail::greedy(adapter.stop_ids(), max_new_tokens, [&](const auto& answer) {
      on_token(static_cast<Index>(answer.size()));
      if (!answer.empty()) sequence.append(answer.back());
      sequence.run(observe());
      const Index last = sequence.partition().size() - 1;
      return detail::most_likely(sequence.logits(std::span(&last, 1)));
    });
  } else {
    return detail::greedy(adapter.stop_ids(), max_new_tokens, [&](const auto& answer) {
      on_token(static_cast<Index>(answer.size()));
      const Index last = prompt.partition.prompt_length() + static_cast<Index>(answer.size()) - 1;
      return detail::most_likely(
          forward(adapter, prompt, tokens, answer, std::span(&last, 1), observe(), truncation));
    });
  }
}

/// The untouched model's answer.
template <ModelAdapter A, std::invocable<Index> OnToken>
[[nodiscard]] Generation generate(const A& adapter, const Prompt& prompt,
                                  const ImageTokensOf<A>& tokens, Index max_new_tokens,
                                  OnToken on_token) {
  if constexpr (TruncatableAdapter<A>) {
    return generate(adapter, prompt, tokens, max_new_tokens, Truncation{}, on_token);
  } else {
    return detail::greedy(adapter.stop_ids(), max_new_tokens, [&](const auto& answer) {
      on_token(static_cast<Index>(answer.size()));
      const Index last = prompt.partition.prompt_length() + static_cast<Index>(answer.size()) - 1;
      return detail::most_likely(
          forward(adapter, prompt, tokens, answer, std::span(&last, 1), observe()));
    });
  }
}
template <ModelAdapter A>
[[nodiscard]] Generation generate(const A& adapter, const Prompt& prompt,
                                  const ImageTokensOf<A>& tokens, Index max_new_tokens) {
  return generate(adapter, prompt, tokens, max_new_tokens, detail::Silent{});
}

}  // namespace infoflow
