// SPDX-License-Identifier: MIT
/// \file Published ways to drop image tokens, as cuts: FastV and PyramidDrop.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <infoflow/core/error.hpp>
#include <infoflow/cut/attention_policies.hpp>
#include <infoflow/cut/budget.hpp>
#include <infoflow/cut/cut_schedule.hpp>

namespace infoflow {

/// FastV's rule: drops the part `dropped` of the image tokens, those with the least attention.
/// \throws Error if `dropped` is not in [0, 1]
[[nodiscard]] inline TopK fast_v(double dropped) {
  return {Budget::part(1 - dropped)};
}

/// FastV (K = `layer`, R = `dropped`) as one cut: layers 0 … K−1 see all image tokens, and the last
/// prompt row's attention in layer K−1 ranks them (`ScoreSource::before`, the default).
/// Source: Chen et al., "An Image is Worth 1/2 Tokens After Layer 2" (ECCV 2024).
[[nodiscard]] inline Cut fast_v(int layer, double dropped) {
  return {layer, fast_v(dropped)};
}

/// From `layer` on, the part `kept` of the prompt's image tokens stays.
struct PyramidStage {
  int layer = 0;
  double kept = 1;
};

/// PyramidDrop: stage by stage fewer of the image tokens, ranked anew at each among those left.
///
/// The released code ranks with the stage's own layer and renumbers what stays: that is
/// `ScoreSource::at` with `PositionRule::renumber`; its setting for LLaVA-1.5 is
/// {{8, 0.5}, {16, 0.25}, {24, 0.125}}. In the schedule's other settings it is a variant.
/// Source: Xing et al., "PyramidDrop" (CVPR 2025).
/// \throws Error if a part is not in [0, 1] or larger than an earlier stage's, or as CutSchedule
[[nodiscard]] inline CutSchedule pyramid_drop(const std::vector<PyramidStage>& stages) {
  std::vector<Cut> cuts;
  for (const PyramidStage& stage : stages) {
    for (const PyramidStage& earlier : stages) {
      if (earlier.layer < stage.layer && earlier.kept < stage.kept) {
        throw Error("more image tokens kept at layer " + std::to_string(stage.layer) +
                        " than at layer " + std::to_string(earlier.layer),
                    "pyramid_drop", "give parts of the prompt's image tokens that do not grow");
      }
    }
    cuts.push_back({stage.layer, TopK{Budget::part(stage.kept)}});
  }
  return CutSchedule(std::move(cuts));
}

}  // namespace infoflow
