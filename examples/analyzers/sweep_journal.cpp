// SPDX-License-Identifier: MIT
#include "sweep_journal.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "sweep_plan.hpp"

namespace infoflow::analyzers {

namespace {

void require_same(const std::string& what, const std::string& there, const std::string& here,
                  const std::string& where, const std::string& fix) {
  if (there == here) return;
  throw Error("the journal is of another " + what + ": " + shortened(there, 90) + " there, " +
                  shortened(here, 90) + " here",
              where, fix);
}

/// The header against what can be known without the model.
void require_header(const JournalHeader& header, const SweepRunFile& run,
                    const SweepQuestions& questions, const std::string& where) {
  require_same("version", header.version, std::string(version), where,
               "use the version that wrote it, or sweep again");
  require_same("data set", header.data, name_of_data(questions), where,
               "give back the files and pictures that the run used");
  require_same("number of items", std::to_string(header.items),
               std::to_string(questions.benchmark().items.size()), where, "it was edited");
  require_same("policy", header.policy, run.policy, where, "it does not belong to run.json");
  require_same("model", header.model.substr(0, header.model.rfind(' ')), run.model, where,
               "it does not belong to run.json");
}

/// The plan that a header spells, with the main policy's last run as the untouched model.
JournalPlan plan_of(const JournalHeader& header, const SweepQuestions& questions,
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

}  // namespace

JournalPlan journal_plan(std::vector<RunName> runs, RunName untouched,
                         const SweepQuestions& questions) {
  JournalPlan plan(std::move(runs), std::move(untouched));
  const std::vector<BenchmarkItem>& items = questions.benchmark().items;
  for (std::size_t i = 0; i < items.size(); ++i) {
    plan.add(items[i], !questions.other_image(i).empty());
  }
  return plan;
}

std::string name_of_data(const SweepQuestions& questions) {
  const Benchmark& benchmark = questions.benchmark();
  return benchmark.task + " " + benchmark.rule + " " + questions.digest();
}

FinishedRun read_finished(const std::vector<std::filesystem::path>& journals,
                          const SweepRunFile& run, const SweepQuestions& questions) {
  const JournalHeader header = read_journal_header(journals.front());
  require_header(header, run, questions, journals.front().string());
  const JournalPlan plan = plan_of(header, questions, journals.front().string());
  MergedJournals merged = merge_journals(journals, &plan);
  if (merged.missing > 0) {
    throw Error(fmt::format("{} of {} items stand in none of the journals", merged.missing,
                            merged.header.items),
                journals.front().string(),
                "finish the run by --resume; of shards give the folders of all");
  }
  return {std::move(merged.header),
          in_data_order(std::move(merged.items), std::move(merged.skipped), questions.ids()),
          std::move(merged.doubled)};
}

std::vector<std::string> skipped_rows(const SweepQuestions& questions,
                                      const std::vector<SkippedItem>& items) {
  std::vector<std::string> rows = questions.benchmark().skipped;
  for (const SkippedItem& item : items) rows.push_back("item " + item.id + ": " + item.reason);
  return rows;
}

}  // namespace infoflow::analyzers
