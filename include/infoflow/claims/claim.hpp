// SPDX-License-Identifier: MIT
/// \file A claim held against sweeps: what was measured, on how much, and what came out.
#pragma once

#include <string>
#include <vector>

#include <infoflow/cliff/outcome.hpp>
#include <infoflow/sweep/decide.hpp>

namespace infoflow {

/// A claim, by what it was tested, and the verdict.
struct Claim {
  std::string claim;
  std::string measured;
  std::string result;
  std::string verdict;   ///< "held", "did not hold", "not decided" or "not testable here".
  std::string together;  ///< The same if no verdict of the page is to be wrong (Holm).
};

/// A sweep that a claim is held against. Both must outlive it.
struct JudgedSweep {
  const Decision& decision;
  const std::vector<ItemOutcome>& items;  ///< Those that were decided on.
};

namespace claims {

// The verdicts. "held" may go on: ", improves".
inline constexpr const char* held = "held";
inline constexpr const char* not_held = "did not hold";
inline constexpr const char* undecided = "not decided";
inline constexpr const char* untestable = "not testable here";

}  // namespace claims

}  // namespace infoflow
