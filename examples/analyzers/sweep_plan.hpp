// SPDX-License-Identifier: MIT
/// \file Which cuts a sweep makes of every item.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <infoflow/io/journal_plan.hpp>
#include <infoflow/truncation/cut_schedule.hpp>

namespace infoflow::analyzers {

/// One run of every item, under the names that results carry.
struct PlannedRun {
  std::string policy;
  int cut_layer = 0;
  Truncation truncation;
};

/// What a user asks for.
struct SweepCuts {
  std::string policy = "drop-all";
  std::vector<std::string> controls;  ///< Further policies, at the same layers, and schedules.
  std::string layers = "all";         ///< "all", "0,4,8" or "8:24" (both included).
  std::string score = "before";
  std::string positions = "keep";
  std::uint64_t seed = 0;
};

struct SweepPlan {
  std::string policy;            ///< The main one, by its canonical name.
  std::vector<int> layers;       ///< Ascending; 0 and L are always among them.
  std::vector<PlannedRun> runs;  ///< The untouched model is the main policy's run at L.

  /// The number of the untouched model's run.
  [[nodiscard]] std::size_t untouched() const;

  /// How everything would be written again, for the fingerprint of a run.
  [[nodiscard]] std::string spelled() const;
};

/// The runs that a plan so spelled has, in order. \throws Error if the text is none
[[nodiscard]] std::vector<RunName> runs_spelled(std::string_view text, const std::string& where);

/// The cuts at each layer asked for, by the main policy and every control; text with the image's gap
/// (drop-all at 0) and the untouched model always. Without controls of the user's, top-k, random and
/// inverse each keep a quarter of the tokens at about four of the layers: a lane that keeps tokens
/// costs many times one that drops all.
/// \throws Error if a policy, a layer or a setting makes no sense
[[nodiscard]] SweepPlan plan_sweep(const SweepCuts& cuts, int layers);

}  // namespace infoflow::analyzers
