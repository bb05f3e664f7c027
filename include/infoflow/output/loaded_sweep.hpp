// SPDX-License-Identifier: MIT
/// \file A finished sweep read back from its folder, and decided again.
#pragma once

#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include <infoflow/claims/claim.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/output/sweep_data.hpp>
#include <infoflow/output/sweep_run_file.hpp>
#include <infoflow/sweep/decide.hpp>
#include <infoflow/sweep/finished_sweep.hpp>

namespace infoflow {

/// What a folder's run.json, journal and data say.
struct LoadedSweep {
  SweepRunFile run;
  SweepInput input;
  std::vector<ItemOutcome> items;
  Decision decision;

  /// As claims are held against it; views this.
  [[nodiscard]] JudgedSweep judged() const { return {decision, items}; }
};

/// It stays where it is, since pages and claims view it.
/// \throws Error if the folder is not that of a finished sweep, or its data are gone
[[nodiscard]] inline std::unique_ptr<LoadedSweep> load_sweep(const std::filesystem::path& folder) {
  SweepRunFile run = read_run_file(folder);
  SweepInput input = read_sweep_data(run.data);
  const SweepQuestions& questions = input.questions;
  const std::vector<std::filesystem::path> journals{folder / "journal.jsonl"};
  FinishedSweep finished = read_finished(journals, run.model, run.policy, questions);
  std::vector<ItemOutcome> items = std::move(finished.outcomes.items);
  if (items.empty()) {
    throw Error("no finished items", folder.string(), "give the folder of a finished sweep");
  }
  Decision decision = decide(items, questions.benchmark(), decision_request(run, questions));
  decision.latency = run.latency;
  decision.skipped = skipped_rows(questions, finished.outcomes.skipped);
  return std::make_unique<LoadedSweep>(
      LoadedSweep{std::move(run), std::move(input), std::move(items), std::move(decision)});
}

}  // namespace infoflow
