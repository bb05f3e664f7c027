// SPDX-License-Identifier: MIT
/// \file forward, observe_pass: one pass over prompt and answer, by whichever way the adapter offers.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include <infoflow/adapter/model_adapter.hpp>
#include <infoflow/adapter/observer_witness.hpp>
#include <infoflow/run/sequence_cuts.hpp>

namespace infoflow {

/// One sequence of a layerwise model, run through all layers with cuts on the way.
template <LayerwiseAdapter A>
class SequenceRun {
 public:
  using Tensor = typename A::Tensor;

  /// Embeds prompt + answer. `adapter` and `prompt` must outlive the run.
  /// \throws Error if a cut lies beyond the last layer
  SequenceRun(const A& adapter, const Prompt& prompt, const ImageTokensOf<A>& tokens,
              std::span<const TokenId> answer, Truncation truncation)
      : adapter_(adapter),
        partition_(prompt.partition.with_answer(static_cast<Index>(answer.size()))),
        lane_(adapter.begin(prompt, tokens, answer)),
        cuts_(std::move(truncation), adapter.layer_count(), partition_, prompt.layouts,
              lane_.position_ids) {}

  /// Runs the rows in flight through all layers.
  /// \throws Error naming what the observer wants and the adapter does not show
  template <class Observer>
  void run(const Observer& observer) {
    lane_.masked.clear();
    for (int layer = 0; layer < adapter_.layer_count(); ++layer) {
      if (!prefilled_) decide(layer);
      cuts_.apply(layer, lane_);
      const auto with_scores = observe(
          ObserverRef(observer), on_attention(layers_scored_in(layer), [&](int, const auto& block) {
            next_scores_ = scores(block);
          }));
      const Witness witness(with_scores, "run_layer");
      adapter_.run_layer(layer, std::span(&lane_, 1), witness);
      witness.require_layer(layer);
    }
    prefilled_ = true;
  }

  /// Puts one more token in flight, alone, after everything that was run.
  void append(TokenId token) {
    const Index position = partition_.size();
    partition_ = partition_.with_answer(partition_.answer_length() + 1);
    go_on_with(lane_, adapter_.embed(std::span(&token, 1)), 1, position);
  }

  /// Logits [positions, V] of rows in flight.
  [[nodiscard]] Tensor logits(std::span<const Index> positions) const {
    return adapter_.logits(lane_, positions);
  }

  [[nodiscard]] const TokenPartition& partition() const { return partition_; }

 private:
  void decide(int layer) {
    if (cuts_.scored_layer(layer) == layer) next_scores_ = scores(adapter_.attention(layer, lane_));
    cuts_.decide(layer, partition_, next_scores_);
  }

  /// {layer} if the cut after it ranks by this layer's attention, else nothing.
  [[nodiscard]] Layers layers_scored_in(int layer) const {
    const bool scored = !prefilled_ && cuts_.scored_layer(layer + 1) == layer;
    return scored ? Layers{layer} : Layers(std::vector<int>{});
  }

  template <AttentionBlock Block>
  [[nodiscard]] std::vector<float> scores(const Block& block) const {
    return ranking_scores(block, partition_, cuts_.truncation().scores);
  }

  const A& adapter_;
  TokenPartition partition_;
  Lane<Tensor> lane_;
  SequenceCuts cuts_;
  std::vector<float> next_scores_;
  bool prefilled_ = false;
};

/// Logits [rows, V] of one pass over prompt + answer, for the positions in `rows` only; shows the
/// observer what it wants. Takes the adapter's own forward if it has one, else runs its layers.
/// \throws Error naming what the observer wants and the adapter does not show, layer and site
template <ModelAdapter A, class Observer>
[[nodiscard]] typename A::Tensor forward(const A& adapter, const Prompt& prompt,
                                         const ImageTokensOf<A>& tokens,
                                         std::span<const TokenId> answer,
                                         std::span<const Index> rows, const Observer& observer) {
  require_observable(observer, adapter.layer_count());
  if constexpr (HasForward<A>) {
    const Witness witness(observer, "forward");
    typename A::Tensor logits = adapter.forward(prompt, tokens, answer, rows, witness);
    for (int layer = 0; layer < adapter.layer_count(); ++layer) witness.require_layer(layer);
    return logits;
  } else {
    SequenceRun<A> sequence(adapter, prompt, tokens, answer, {});
    sequence.run(observer);
    return sequence.logits(rows);
  }
}

/// The same with image tokens cut as `truncation` says.
/// Laws: dropping equals masking on kept rows; a cut that drops nothing changes no bit.
template <TruncatableAdapter A, class Observer>
[[nodiscard]] typename A::Tensor forward(const A& adapter, const Prompt& prompt,
                                         const ImageTokensOf<A>& tokens,
                                         std::span<const TokenId> answer,
                                         std::span<const Index> rows, const Observer& observer,
                                         const Truncation& truncation) {
  require_observable(observer, adapter.layer_count());
  if constexpr (HasTruncatedForward<A>) {
    const Witness witness(observer, "forward");
    typename A::Tensor logits = adapter.forward(prompt, tokens, answer, rows, witness, truncation);
    for (int layer = 0; layer < adapter.layer_count(); ++layer) witness.require_layer(layer);
    return logits;
  } else {
    SequenceRun<A> sequence(adapter, prompt, tokens, answer, truncation);
    sequence.run(observer);
    return sequence.logits(rows);
  }
}

/// One pass over prompt + answer for what the observer is shown; no row's logits are asked for.
/// \throws Error as `forward` does
template <ModelAdapter A, class Observer>
void observe_pass(const A& adapter, const Prompt& prompt, const ImageTokensOf<A>& tokens,
                  std::span<const TokenId> answer, const Observer& observer) {
  static_cast<void>(forward(adapter, prompt, tokens, answer, {}, observer));
}

/// The same with image tokens cut as `truncation` says.
template <TruncatableAdapter A, class Observer>
void observe_pass(const A& adapter, const Prompt& prompt, const ImageTokensOf<A>& tokens,
                  std::span<const TokenId> answer, const Observer& observer,
                  const Truncation& truncation) {
  static_cast<void>(forward(adapter, prompt, tokens, answer, {}, observer, truncation));
}

}  // namespace infoflow
