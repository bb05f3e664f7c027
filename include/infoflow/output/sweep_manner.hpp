// SPDX-License-Identifier: MIT
/// \file How a sweep was run: what its decision does not say and a reader of its files must know.
#pragma once

#include <string>

namespace infoflow {

struct SweepManner {
  std::string prompts{};         ///< The template of the questions; empty: the family's evaluation.
  std::string score = "before";  ///< Attention that ranks, as SweepCuts has it.
  std::string positions = "keep";  ///< Position ids, as SweepCuts has it.
  std::string command{};           ///< As it could be typed again; may be empty.
};

}  // namespace infoflow
