// SPDX-License-Identifier: MIT
// Journals: the first part as it stands, two others behind a header that is right.
#include <array>

#include "fuzz.hpp"

#include <infoflow/io/merge_journals.hpp>

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
  const MergedJournals merged = merge_journals(shards);
  (void)journal_text(merged.header, merged.items, merged.skipped);
  (void)in_data_order(merged.items, merged.skipped, std::array<std::string, 2>{"1", "2"});
}
