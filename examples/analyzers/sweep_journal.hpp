// SPDX-License-Identifier: MIT
/// \file A sweep's journal held against its data: what it can say, and what finished runs found.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <infoflow/io/journal_plan.hpp>
#include <infoflow/io/merge_journals.hpp>

#include "sweep_folder.hpp"
#include "sweep_questions.hpp"

namespace infoflow::analyzers {

/// What the journal of these runs of the questions can hold. The questions must outlive it.
[[nodiscard]] JournalPlan journal_plan(std::vector<RunName> runs, RunName untouched,
                                       const SweepQuestions& questions);

/// Task, rule and digest of the data, as a journal's header names them.
[[nodiscard]] std::string name_of_data(const SweepQuestions& questions);

/// A run that has come to its end, in the order of the data.
struct FinishedRun {
  JournalHeader header;
  OrderedOutcomes outcomes;
  std::vector<std::string> doubled;  ///< Ids that stand in several journals.
};

/// Reads the journals of one run, whose runs the header names, and checks every line.
/// \throws Error if they are not of this data set, model and version, an item is missing, or as
///         merge_journals()
[[nodiscard]] FinishedRun read_finished(const std::vector<std::filesystem::path>& journals,
                                        const SweepRunFile& run, const SweepQuestions& questions);

/// Every row that the findings are without, each with its place and why: rows that could not be read,
/// and items that could not be asked.
[[nodiscard]] std::vector<std::string> skipped_rows(const SweepQuestions& questions,
                                                    const std::vector<SkippedItem>& items);

}  // namespace infoflow::analyzers
