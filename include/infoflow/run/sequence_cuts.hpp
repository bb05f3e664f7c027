// SPDX-License-Identifier: MIT
/// \file The cuts of one sequence: decided once, at prefill, and repeated at every decoding step.
#pragma once

#include <algorithm>
#include <iterator>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <infoflow/adapter/lane.hpp>
#include <infoflow/adapter/position_id.hpp>
#include <infoflow/adapter/prompt.hpp>
#include <infoflow/attention/attention_block.hpp>
#include <infoflow/attention/head_reduction.hpp>
#include <infoflow/cut/cut_schedule.hpp>

namespace infoflow {

/// What image tokens are ranked by: head-mean attention by position, of row P−1, or averaged over the
/// user's rows. Shape: [positions]; 0 where the block has no key.
/// \throws Error if user rows are to be averaged and there are none
template <AttentionBlock Block>
[[nodiscard]] std::vector<float> ranking_scores(const Block& block, const TokenPartition& partition,
                                                ScoreSource source) {
  std::vector<float> by_position(static_cast<std::size_t>(partition.size()), 0.0F);
  if (partition.images().empty()) return by_position;  // There is nothing to rank.
  std::vector<Index> queries{partition.prompt_length() - 1};
  if (source == ScoreSource::user_mean) queries = partition.positions(Role::user);
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

/// Which positions each cut of a truncation drops from one sequence, and their removal from lanes.
class SequenceCuts {
 public:
  /// \param layouts  of the prompt's images; must outlive the decisions
  /// \param ids      one per position, before any cut
  /// \throws Error if a cut lies beyond the last layer
  SequenceCuts(Truncation truncation, int layers, const TokenPartition& partition,
               std::span<const ImageLayout> layouts, std::span<const PositionId> ids)
      : truncation_(std::move(truncation)),
        layouts_(layouts),
        ids_(ids.begin(), ids.end()),
        survivors_(static_cast<std::size_t>(partition.size())),
        dropped_(static_cast<std::size_t>(layers)),
        freed_(static_cast<std::size_t>(layers)) {
    for (const Cut& cut : truncation_.schedule.cuts()) {
      if (cut.layer > layers) {
        throw Error("cut at layer " + std::to_string(cut.layer) + " of " + std::to_string(layers),
                    "CutSchedule", "cut at 0 … the number of layers (which means no cut)");
      }
    }
    std::iota(survivors_.begin(), survivors_.end(), Index{0});
  }

  [[nodiscard]] const Truncation& truncation() const { return truncation_; }

  /// True if there is a cut at `layer`. A cut at L, after the last layer, is none.
  [[nodiscard]] bool cuts_at(int layer) const { return cut_at(layer) != nullptr; }

  /// The layer whose attention ranks the tokens for the cut at `layer`: `layer` itself, before it is
  /// run, or the one before. None if the cut there does not rank by attention.
  [[nodiscard]] std::optional<int> scored_layer(int layer) const {
    const Cut* cut = cut_at(layer);
    if (cut == nullptr || !cut->policy.wants_scores()) return std::nullopt;
    return layer > 0 && truncation_.scores != ScoreSource::at ? layer - 1 : layer;
  }

  /// Asks the policy of the cut at `layer`, if there is one, what stays.
  /// \param scores  by position, as ranking_scores gives them; may be empty where none are needed
  /// \throws Error if the policy breaks its contract or drops the prompt's last row
  void decide(int layer, const TokenPartition& partition, std::span<const float> scores) {
    const Cut* cut = cut_at(layer);
    if (cut == nullptr) return;
    const CutContext context{.layer = layer,
                             .layers = static_cast<int>(dropped_.size()),
                             .partition = partition,
                             .layouts = layouts_,
                             .survivors = survivors_,
                             .scores = scores,
                             .item_key = truncation_.item_key};
    std::vector<Index> dropped = dropped_by(cut->policy, context);
    if (!dropped.empty() && dropped.back() == partition.prompt_length() - 1) {
      throw Error("the cut at layer " + std::to_string(layer) +
                      " drops the prompt's last row, which predicts the answer's first token",
                  "CutSchedule", "put text after the image, or keep its last token");
    }
    std::vector<Index> left;
    std::set_difference(survivors_.begin(), survivors_.end(), dropped.begin(), dropped.end(),
                        std::back_inserter(left));
    survivors_ = std::move(left);
    if (truncation_.positions == PositionRule::renumber) {
      std::vector<Index>& freed = freed_[static_cast<std::size_t>(layer)];
      freed = freed_ids(ids_, dropped, survivors_);
      for (PositionId& id : ids_) id = closed_up(id, freed);
    }
    dropped_[static_cast<std::size_t>(layer)] = std::move(dropped);
  }

  /// The positions that the cut at `layer` drops, ascending.
  [[nodiscard]] const std::vector<Index>& dropped(int layer) const {
    return dropped_[static_cast<std::size_t>(layer)];
  }

  /// Of the positions that were there at the start, those that no cut has dropped so far.
  [[nodiscard]] std::span<const Index> survivors() const { return survivors_; }

  /// Does to a lane that is about to enter `layer` what the cut there says.
  template <MatrixTensor Tensor>
  void apply(int layer, Lane<Tensor>& lane) const {
    const std::vector<Index>& gone = dropped(layer);
    if (gone.empty()) return;  // A cut that drops nothing must leave every bit as it was.
    const std::vector<Index>& freed = freed_[static_cast<std::size_t>(layer)];
    for (PositionId& id : lane.position_ids) id = closed_up(id, freed);
    if (truncation_.mode == CutMode::mask) {
      std::vector<Index> masked;
      std::set_union(lane.masked.begin(), lane.masked.end(), gone.begin(), gone.end(),
                     std::back_inserter(masked));
      lane.masked = std::move(masked);
      return;
    }
    std::vector<Index> kept;
    std::set_difference(lane.positions.begin(), lane.positions.end(), gone.begin(), gone.end(),
                        std::back_inserter(kept));
    if (kept.size() != lane.positions.size()) keep_rows(lane, kept);
  }

 private:
  [[nodiscard]] const Cut* cut_at(int layer) const {
    return layer < static_cast<int>(dropped_.size()) ? truncation_.schedule.at(layer) : nullptr;
  }

  Truncation truncation_;
  std::span<const ImageLayout> layouts_;
  std::vector<PositionId> ids_;  ///< One per position, after the cuts so far.
  std::vector<Index> survivors_;
  std::vector<std::vector<Index>> dropped_;  ///< Per layer.
  std::vector<std::vector<Index>> freed_;    ///< Per layer: ids to be closed up, if cuts renumber.
};

}  // namespace infoflow
