// SPDX-License-Identifier: MIT
/// \file When tokens are dropped: the layers at which policies act, and how.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <infoflow/cut/truncation_policy.hpp>

namespace infoflow {

/// How a dropped token is made absent from layers ≥ the cut.
enum class CutMode {
  drop,  ///< Its row and cache entries do not exist there; saves the work.
  mask,  ///< It is hidden from every other query; saves nothing. Law: kept rows equal `drop`'s.
};

/// The position ids of the tokens that stay.
enum class PositionRule {
  keep,  ///< Original ids; dropped tokens leave a gap (the default: renumbering ruins grounding).
  renumber,  ///< Closed up from the cut's layer on; keys below keep their old ids.
};

/// Whose attention ranks the image tokens (head mean), for policies that need scores.
enum class ScoreSource {
  before,     ///< Row P−1 in layer l−1, as FastV; at l = 0, where there is none, `at`.
  at,         ///< Row P−1 in layer l itself, before the cut.
  user_mean,  ///< The mean over the user's rows in layer l−1 (l = 0: in layer 0).
};

/// One cut: from `layer` on, only what `policy` keeps.
struct Cut {
  int layer = 0;
  AnyPolicy policy;
};

/// {layer → policy}, ascending. Empty: the untouched model. FastV is one cut, PyramidDrop several.
class CutSchedule {
 public:
  CutSchedule() = default;

  /// \throws Error if two cuts share a layer or a layer is negative
  CutSchedule(std::vector<Cut> cuts) : cuts_(std::move(cuts)) {  // NOLINT: {{l, policy}} reads well
    std::sort(cuts_.begin(), cuts_.end(), [](auto& a, auto& b) { return a.layer < b.layer; });
    for (std::size_t i = 0; i < cuts_.size(); ++i) {
      if (cuts_[i].layer < 0 || (i > 0 && cuts_[i].layer == cuts_[i - 1].layer)) {
        throw Error("cut layer " + std::to_string(cuts_[i].layer) + " is negative or given twice",
                    "CutSchedule", "give each layer once, counted from 0");
      }
    }
  }

  [[nodiscard]] const std::vector<Cut>& cuts() const { return cuts_; }

  /// The cut whose first layer is `layer`, if there is one.
  [[nodiscard]] const Cut* at(int layer) const {
    for (const Cut& cut : cuts_) {
      if (cut.layer == layer) return &cut;
    }
    return nullptr;
  }

 private:
  std::vector<Cut> cuts_;
};

/// Everything that a truncated pass is told.
struct Truncation {
  CutSchedule schedule;
  CutMode mode = CutMode::drop;
  PositionRule positions = PositionRule::keep;
  ScoreSource scores = ScoreSource::before;
  std::uint64_t item_key = 0;
};

}  // namespace infoflow
