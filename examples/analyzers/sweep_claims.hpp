// SPDX-License-Identifier: MIT
/// \file The paper's claims held against sweeps: what was measured, on how much, and what came out.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sweep_folder.hpp"

namespace infoflow::analyzers {

/// A sweep's folder, read back.
struct LoadedSweep {
  SweepRunFile run;
  SweepQuestions questions;
  std::vector<ItemOutcome> items;
  SweepFindings findings;
};

/// \throws Error if the folder is not that of a finished sweep, or its data are gone
[[nodiscard]] std::unique_ptr<LoadedSweep> load_sweep(const std::filesystem::path& folder);

/// The models of the sweeps, each once.
[[nodiscard]] std::string models_of(std::span<const LoadedSweep* const> sweeps);

/// A claim, by what it was tested, and the verdict.
struct Claim {
  std::string claim;
  std::string measured;
  std::string result;
  std::string verdict;   ///< "held", "did not hold", "not decided" or "not testable here".
  std::string together;  ///< The same if no verdict of the page is to be wrong (Holm).
};

/// In the order of the sweeps, which should be from the task that needs most reasoning to the one that
/// needs least: the paper says that their cliffs come in this order. Only neighbours of one model and
/// policy are compared.
[[nodiscard]] std::vector<Claim> claims_of(std::span<const LoadedSweep* const> sweeps);

/// The claims as a Markdown table under a heading that names models and margins.
[[nodiscard]] std::string claims_markdown(std::span<const LoadedSweep* const> sweeps);

}  // namespace infoflow::analyzers
