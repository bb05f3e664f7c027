// SPDX-License-Identifier: MIT
/// \file A sweep's journal held against its data: what it can say, and what finished runs found.
#pragma once

#include <algorithm>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <infoflow/core/version.hpp>
#include <infoflow/journal/journal_plan.hpp>
#include <infoflow/journal/merge_journals.hpp>
#include <infoflow/sweep/sweep_plan.hpp>
#include <infoflow/sweep/sweep_questions.hpp>
#include <infoflow/text/short_text.hpp>

namespace infoflow {

/// What the journal of these runs of the questions can hold. The questions must outlive it.
[[nodiscard]] inline JournalPlan journal_plan(std::vector<RunName> runs, RunName untouched,
                                              const SweepQuestions& questions) {
  JournalPlan plan(std::move(runs), std::move(untouched));
  const std::vector<BenchmarkItem>& items = questions.benchmark().items;
  for (std::size_t i = 0; i < items.size(); ++i) {
    plan.add(items[i], !questions.other_image(i).empty());
  }
  return plan;
}

/// A run that has come to its end, in the order of the data.
struct FinishedSweep {
  JournalHeader header;
  OrderedOutcomes outcomes;
  std::vector<std::string> doubled;  ///< Ids that stand in several journals.
};

namespace detail {

inline void require_same(const std::string& what, const std::string& there, const std::string& here,
                         const std::string& where, const std::string& fix) {
  if (there == here) return;
  throw Error("the journal is of another " + what + ": " + shortened(there, 90) + " there, " +
                  shortened(here, 90) + " here",
              where, fix);
}

/// The header against what can be known without the model.
inline void require_header(const JournalHeader& header, const std::string& model,
                           const std::string& policy, const SweepQuestions& questions,
                           const std::string& where) {
  require_same("version", header.version, std::string(version), where,
               "use the version that wrote it, or sweep again");
  require_same("data set", header.data, questions.name(), where,
               "give back the files and pictures that the run used");
  require_same("number of items", std::to_string(header.items),
               std::to_string(questions.benchmark().items.size()), where, "it was edited");
  require_same("policy", header.policy, policy, where, "it does not belong to run.json");
  require_same("model", header.model.substr(0, header.model.rfind(' ')), model, where,
               "it does not belong to run.json");
}

/// The plan that a header spells, with the main policy's last run as the untouched model.
[[nodiscard]] inline JournalPlan plan_of(const JournalHeader& header,
                                         const SweepQuestions& questions,
                                         const std::string& where) {
  const auto spelled = header.settings.find("runs");
  std::vector<RunName> runs =
      runs_spelled(spelled == header.settings.end() ? "" : spelled->second, where);
  RunName untouched{header.policy, -1};
  for (const RunName& run : runs) {
    if (run.policy != header.policy) continue;
    untouched.cut_layer = std::max(untouched.cut_layer, run.cut_layer);
  }
  if (untouched.cut_layer < 0) {
    throw Error("the setting \"runs\" has none of " + header.policy, where, "it was edited");
  }
  return journal_plan(std::move(runs), std::move(untouched), questions);
}

}  // namespace detail

/// Reads the journals of one run, whose runs the header names, and checks every line.
/// \throws Error if they are not of this data set, model, policy and version, an item is missing, or as
///         merge_journals()
[[nodiscard]] inline FinishedSweep read_finished(std::span<const std::filesystem::path> journals,
                                                 const std::string& model,
                                                 const std::string& policy,
                                                 const SweepQuestions& questions) {
  const JournalHeader header = read_journal_header(journals.front());
  detail::require_header(header, model, policy, questions, journals.front().string());
  const JournalPlan plan = detail::plan_of(header, questions, journals.front().string());
  MergedJournals merged = merge_journals(journals, &plan);
  if (merged.missing > 0) {
    throw Error(std::to_string(merged.missing) + " of " + std::to_string(merged.header.items) +
                    " items stand in none of the journals",
                journals.front().string(),
                "finish the run by --resume; of shards give the folders of all");
  }
  return {std::move(merged.header),
          in_data_order(std::move(merged.items), std::move(merged.skipped), questions.ids()),
          std::move(merged.doubled)};
}

/// Every row that the findings are without, each with its place and why: rows that could not be read,
/// and items that could not be asked.
[[nodiscard]] inline std::vector<std::string> skipped_rows(const SweepQuestions& questions,
                                                           const std::vector<SkippedItem>& items) {
  std::vector<std::string> rows = questions.benchmark().skipped;
  for (const SkippedItem& item : items) rows.push_back("item " + item.id + ": " + item.reason);
  return rows;
}

}  // namespace infoflow
