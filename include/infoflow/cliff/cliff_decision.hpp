// SPDX-License-Identifier: MIT
/// \file What the tests of floors and cuts come to.
#pragma once

#include <algorithm>
#include <optional>
#include <span>

#include <infoflow/cliff/cliff.hpp>

namespace infoflow {

/// The last cut that passes when cuts are tested from the highest downwards, stopping at the first
/// failure; none if the highest fails. Each test needs no correction: to pass below the true cliff,
/// one test, that of the cut just below it, must err (a fixed sequence; Maurer, Hothorn &
/// Lehmacher, 1995).
/// \param cuts  ascending
[[nodiscard]] inline std::optional<int> last_passed(std::span<const RunComparison> cuts) {
  std::optional<int> layer;
  for (std::size_t i = cuts.size(); i-- > 0 && cuts[i].passed;) layer = cuts[i].point.cut_layer;
  return layer;
}

/// One more than the last cut shown to lose too much when cuts are tested from the lowest upwards,
/// stopping at the first that is not; 0 if the lowest is not. Law: never above last_passed.
[[nodiscard]] inline int first_not_lossy(std::span<const RunComparison> cuts) {
  int bound = 0;
  for (const RunComparison& cut : cuts) {
    if (!cut.lossy) break;
    bound = cut.point.cut_layer + 1;
  }
  return bound;
}

/// Enters status, cliff and lower bound. Each status but `not_enough_items` is a claim, and every
/// test that it rests on has been passed: nothing is concluded from an estimate, nor from a test
/// that failed.
///
/// | floors                         | cuts                 | status                  |
/// |--------------------------------|----------------------|-------------------------|
/// | both lose                      | the last one passes  | found                   |
/// | both lose                      | the last one loses   | no_cliff                |
/// | both pass                      | all pass             | does_not_need_the_image |
/// | one passes, the other loses    | any                  | no_cliff                |
/// | one passes, the other does not | one loses            | no_cliff                |
/// | any other                      | any other            | not_enough_items        |
///
/// A model that is at its worst untouched has `nothing_to_lose`, whatever the tests say.
inline void decide(Cliff& cliff) {
  const auto passed = [](const RunComparison& run) { return run.passed; };
  const auto lossy = [](const RunComparison& run) { return run.lossy; };
  const auto all = [](const auto& runs, auto is) {
    return std::all_of(runs.begin(), runs.end(), is);
  };
  const auto any = [](const auto& runs, auto is) {
    return std::any_of(runs.begin(), runs.end(), is);
  };

  cliff.status = CliffStatus::not_enough_items;
  cliff.lower_bound = first_not_lossy(cliff.cuts);
  if (!cliff.at_its_worst.empty()) {
    cliff.status = CliffStatus::nothing_to_lose;
    cliff.lower_bound = 0;
  } else if (all(cliff.floors, lossy)) {
    cliff.cliff_layer = last_passed(cliff.cuts);
    if (cliff.cliff_layer) {
      cliff.status = CliffStatus::found;
    } else if (cliff.cuts.back().lossy) {
      cliff.status = CliffStatus::no_cliff;
    }
  } else if (all(cliff.floors, passed) && all(cliff.cuts, passed)) {
    cliff.status = CliffStatus::does_not_need_the_image;
    cliff.cliff_layer = 0;
  } else if (any(cliff.floors, passed) && (any(cliff.floors, lossy) || any(cliff.cuts, lossy))) {
    cliff.status = CliffStatus::no_cliff;
  }
}

}  // namespace infoflow
