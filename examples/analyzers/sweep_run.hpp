// SPDX-License-Identifier: MIT
/// \file Asking every item under every cut of a plan, each item written down as it is finished.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <infoflow/io/journal.hpp>
#include <infoflow/io/merge_journals.hpp>

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

/// Looks at every prompt of the header's shard and asks the items that the journal does not have. An
/// item whose picture or prompt is bad is known before the first one is asked: it ends the run there,
/// or, if bad ones are skipped, is journalled with the reason. What fails later is the model or the
/// machine, and ends the run whatever may be skipped.
/// \return the whole journal in the order of the data, earlier runs' items included
/// \throws Error if an item cannot be asked, the model gives numbers that are none, or as Journal
/// \throws Stopped by a signal, after the item at hand
[[nodiscard]] OrderedOutcomes run_sweep(Sweeper& sweeper, const ModelInfo& model, const SweepPlan& plan,
                                 const SweepQuestions& questions, const SweepRunSettings& settings);

/// Seconds per answer, over the first few items of a run that have a picture.
[[nodiscard]] Latency measure_latency(Sweeper& sweeper, const SweepQuestions& questions,
                                      const std::vector<ItemOutcome>& items, const Truncation& cut);

}  // namespace infoflow::analyzers
