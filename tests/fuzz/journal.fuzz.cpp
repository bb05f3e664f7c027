// SPDX-License-Identifier: MIT
// Journals: the first part as it stands, two others behind a header that is right, as they are and
// held against the plan of a run.
#include <array>
#include <string>
#include <vector>

#include <infoflow/journal/journal_plan.hpp>
#include <infoflow/journal/merge_journals.hpp>

#include "fuzz.hpp"

namespace {

/// Four items: with a picture and its control, with one, without a picture, with a name of bytes.
std::vector<infoflow::BenchmarkItem> planned_items() {
  std::vector<infoflow::BenchmarkItem> items(4);
  for (std::size_t i = 0; i < items.size(); ++i) {
    items[i].id = i == 3 ? "\xff" : std::to_string(i + 1);
    items[i].image = i == 2 ? "" : items[i].id + ".png";
    items[i].group = "g";
    items[i].reference = i == 0 ? "Yes" : "";
    items[i].score = [](std::string_view answer) {
      return infoflow::ScoredAnswer{{answer.empty() ? 0.0 : 1.0, 1.0}, "", 0};
    };
  }
  return items;
}

infoflow::JournalPlan plan_of(const std::vector<infoflow::BenchmarkItem>& items) {
  infoflow::JournalPlan plan({{"drop-all", 0}, {"drop-all", 4}}, {"drop-all", 4});
  for (const auto& item : items) plan.add(item, item.id == "1");
  return plan;
}

}  // namespace

INFOFLOW_FUZZ_TARGET(journal) {
  using namespace infoflow;
  const auto parts = fuzz::parts(input, 3);
  fuzz::run(
      [](std::string_view text) { (void)read_journal(fuzz::folder().file("journal.jsonl", text)); },
      parts[0]);
  const std::string header =
      header_line({.model = "m", .data = "d", .prompt = "p", .policy = "drop-all", .items = 4}) +
      "\n";
  const std::array<std::filesystem::path, 2> shards{
      fuzz::folder().file("shard1.jsonl", header + std::string(parts[1])),
      fuzz::folder().file("shard2.jsonl", header + std::string(parts[2]))};
  fuzz::run(
      [](std::string_view) {
        static const std::vector<BenchmarkItem> items = planned_items();
        static const JournalPlan plan = plan_of(items);
        const std::filesystem::path& folder = fuzz::folder().path();
        const std::array files{folder / "shard1.jsonl", folder / "shard2.jsonl"};
        (void)merge_journals(files, &plan);
      },
      input);
  const MergedJournals merged = merge_journals(shards);
  (void)journal_text(merged.header, merged.items, merged.skipped);
  (void)in_data_order(merged.items, merged.skipped, std::array<std::string, 2>{"1", "2"});
}
