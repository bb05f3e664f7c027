// SPDX-License-Identifier: MIT
/// \file forward: one pass over prompt and answer, by whichever way the adapter offers.
#pragma once

#include <algorithm>
#include <iterator>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <infoflow/adapter/model_adapter.hpp>
#include <infoflow/attention/head_reduction.hpp>

namespace infoflow {

/// One sequence of a layerwise model, run through all layers with cuts on the way. It remembers what
/// each cut dropped: the choice is made once, at prefill, and every decoding step repeats it.
template <LayerwiseAdapter A>
class SequenceRun {
 public:
  using Tensor = typename A::Tensor;

  /// Embeds prompt + answer. `adapter` and `prompt` must outlive the run.
  /// \throws Error if a cut lies beyond the last layer
  SequenceRun(const A& adapter, const Prompt& prompt, const ImageTokensOf<A>& tokens,
              std::span<const TokenId> answer, Truncation truncation)
      : adapter_(adapter),
        prompt_(prompt),
        partition_(prompt.partition.with_answer(static_cast<Index>(answer.size()))),
        truncation_(std::move(truncation)),
        lane_(adapter.begin(prompt, tokens, answer)),
        dropped_(static_cast<std::size_t>(adapter.layer_count())) {
    for (const Cut& cut : truncation_.schedule.cuts()) {
      if (cut.layer > adapter.layer_count()) {
        throw Error("cut at layer " + std::to_string(cut.layer) + " of " +
                        std::to_string(adapter.layer_count()),
                    "CutSchedule", "cut at 0 … the number of layers (which means no cut)");
      }
    }
    survivors_.resize(static_cast<std::size_t>(partition_.size()));
    std::iota(survivors_.begin(), survivors_.end(), Index{0});
  }

  /// Runs the rows in flight through all layers.
  template <class Observer>
  void run(const Observer& observer) {
    lane_.masked.clear();
    for (int layer = 0; layer < adapter_.layer_count(); ++layer) {
      if (!prefilled_) decide(layer);
      apply(dropped_[static_cast<std::size_t>(layer)]);
      const auto with_scores = observe(
          ObserverRef(observer), on_attention(layers_scored_in(layer), [&](int, const auto& block) {
            next_scores_ = scores(block);
          }));
      adapter_.run_layer(layer, std::span(&lane_, 1), with_scores);
    }
    prefilled_ = true;
  }

  /// Puts one more token in flight, alone, after everything that was run.
  void append(TokenId token) {
    const Index position = partition_.size();
    partition_ = partition_.with_answer(partition_.answer_length() + 1);
    lane_.hidden = adapter_.embed(std::span(&token, 1));
    lane_.positions = {position};
    lane_.position_ids = {position};
  }

  /// Logits [positions, V] of rows in flight.
  [[nodiscard]] Tensor logits(std::span<const Index> positions) const {
    return adapter_.logits(lane_, positions);
  }

  [[nodiscard]] const TokenPartition& partition() const { return partition_; }

 private:
  void decide(int layer) {
    const Cut* cut = truncation_.schedule.at(layer);
    if (cut == nullptr) return;
    if (cut->policy.wants_scores() && !scored_before(layer)) {
      next_scores_ = scores(adapter_.attention(layer, lane_));
    }
    const CutContext context{.layer = layer,
                             .layers = adapter_.layer_count(),
                             .partition = partition_,
                             .layouts = prompt_.layouts,
                             .survivors = survivors_,
                             .scores = next_scores_,
                             .item_key = truncation_.item_key};
    std::vector<Index>& dropped = dropped_[static_cast<std::size_t>(layer)];
    dropped = dropped_by(cut->policy, context);
    if (!dropped.empty() && dropped.back() == partition_.prompt_length() - 1) {
      throw Error("the cut at layer " + std::to_string(layer) +
                      " drops the prompt's last row, which predicts the answer's first token",
                  "CutSchedule", "put text after the image, or keep its last token");
    }
    std::vector<Index> left;
    std::set_difference(survivors_.begin(), survivors_.end(), dropped.begin(), dropped.end(),
                        std::back_inserter(left));
    survivors_ = std::move(left);
  }

  void apply(const std::vector<Index>& dropped) {
    if (dropped.empty()) return;  // A cut that drops nothing must leave every bit as it was.
    if (truncation_.positions == PositionRule::renumber) {
      for (std::size_t i = 0; i < lane_.positions.size(); ++i) {
        lane_.position_ids[i] -=
            std::lower_bound(dropped.begin(), dropped.end(), lane_.positions[i]) - dropped.begin();
      }
    }
    if (truncation_.mode == CutMode::mask) {
      std::vector<Index> masked;
      std::set_union(lane_.masked.begin(), lane_.masked.end(), dropped.begin(), dropped.end(),
                     std::back_inserter(masked));
      lane_.masked = std::move(masked);
      return;
    }
    std::vector<Index> kept;
    std::set_difference(lane_.positions.begin(), lane_.positions.end(), dropped.begin(),
                        dropped.end(), std::back_inserter(kept));
    if (kept.size() != lane_.positions.size()) keep_rows(lane_, kept);
  }

  [[nodiscard]] bool scored_before(int cut_layer) const {
    return cut_layer > 0 && truncation_.scores != ScoreSource::at;
  }

  /// {layer} if the cut after it ranks by this layer's attention, else nothing.
  [[nodiscard]] Layers layers_scored_in(int layer) const {
    const Cut* next = truncation_.schedule.at(layer + 1);
    const bool scored = !prefilled_ && next != nullptr && layer + 1 < adapter_.layer_count() &&
                        next->policy.wants_scores() && scored_before(layer + 1);
    return scored ? Layers{layer} : Layers(std::vector<int>{});
  }

  /// Head-mean attention by position, of row P−1 or averaged over the user's rows.
  template <AttentionBlock Block>
  [[nodiscard]] std::vector<float> scores(const Block& block) const {
    std::vector<float> by_position(static_cast<std::size_t>(partition_.size()), 0.0F);
    if (partition_.images().empty()) return by_position;  // There is nothing to rank.
    std::vector<Index> queries{partition_.prompt_length() - 1};
    if (truncation_.scores == ScoreSource::user_mean) queries = partition_.positions(Role::user);
    if (queries.empty()) {
      throw Error("no text follows the image, so no user rows can be averaged",
                  "ScoreSource::user_mean", "rank by the last row (before, at), or add a question");
    }
    const HostMatrix rows = MeanOverHeads{}(block.rows(queries));
    const std::span<const Index> keys = block.key_positions();
    for (std::size_t k = 0; k < keys.size(); ++k) {
      by_position[static_cast<std::size_t>(keys[k])] = rows.col(static_cast<Index>(k)).mean();
    }
    return by_position;
  }

  const A& adapter_;
  const Prompt& prompt_;
  TokenPartition partition_;
  Truncation truncation_;
  Lane<Tensor> lane_;
  std::vector<Index> survivors_;
  std::vector<std::vector<Index>> dropped_;  ///< Per layer: what the cut there dropped.
  std::vector<float> next_scores_;
  bool prefilled_ = false;
};

/// Logits [rows, V] of one pass over prompt + answer, for the positions in `rows` only; shows the
/// observer what it wants. Takes the adapter's own forward if it has one, else runs its layers.
template <ModelAdapter A, class Observer>
[[nodiscard]] typename A::Tensor forward(const A& adapter, const Prompt& prompt,
                                         const ImageTokensOf<A>& tokens,
                                         std::span<const TokenId> answer,
                                         std::span<const Index> rows, const Observer& observer) {
  if constexpr (HasForward<A>) {
    return adapter.forward(prompt, tokens, answer, rows, observer);
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
  if constexpr (HasTruncatedForward<A>) {
    return adapter.forward(prompt, tokens, answer, rows, observer, truncation);
  } else {
    SequenceRun<A> sequence(adapter, prompt, tokens, answer, truncation);
    sequence.run(observer);
    return sequence.logits(rows);
  }
}

}  // namespace infoflow
