// SPDX-License-Identifier: MIT
/// \file Asking every item under every cut of a plan, each item written down as it is finished.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <infoflow/io/journal.hpp>

#include "study.hpp"
#include "sweep_findings.hpp"
#include "sweep_plan.hpp"
#include "sweep_questions.hpp"

namespace infoflow::analyzers {

struct SweepRunSettings {
  std::filesystem::path journal;
  JournalHeader header;
  bool resume = false;
  bool skip_bad = false;
};

/// What a run came to.
struct SweepRun {
  std::vector<ItemOutcome> items;    ///< Of the whole journal, earlier runs' items included.
  std::vector<std::string> skipped;  ///< Items that could not be asked, and why.
  bool interrupted = false;          ///< By Ctrl-C, after the item at hand.
};

/// Asks the items of the header's shard that the journal does not have.
/// \throws Error if an item cannot be asked (unless bad ones are skipped), or as Journal
[[nodiscard]] SweepRun run_sweep(Sweeper& sweeper, const ModelInfo& model, const SweepPlan& plan,
                                 const SweepQuestions& questions, const SweepRunSettings& settings);

/// Seconds per answer, over the first few items that have a picture.
[[nodiscard]] Latency measure_latency(Sweeper& sweeper, const SweepQuestions& questions,
                                      const Truncation& cut);

}  // namespace infoflow::analyzers
