// SPDX-License-Identifier: MIT
#include "../laws/journal.laws.hpp"
#include "scratch.hpp"
#include <catch_compat.hpp>

#include <infoflow/io/merge_journals.hpp>

using namespace infoflow;
using Catch::Matchers::ContainsSubstring;
using io_test::Scratch;

namespace {

using Paths = std::vector<std::filesystem::path>;

/// The journals of `count` shards of the run, as `count` processes would leave them.
Paths write_shards(const Scratch& scratch, const laws::JournalRun& run, Index count) {
  Paths paths;
  for (Index number = 1; number <= count; ++number) {
    JournalHeader header = run.header;
    header.shard = {number, count};
    paths.push_back(scratch / ("shard " + std::to_string(number) + " of " + std::to_string(count)));
    Journal journal = Journal::open(paths.back(), header, false);
    for (const ItemOutcome& item : run.items) {
      if (in_shard(item.image, item.id, header.shard)) journal.append(item);
    }
  }
  return paths;
}

std::vector<std::string> lines_of(const std::vector<ItemOutcome>& items) {
  std::vector<std::string> lines;
  for (const ItemOutcome& item : items) lines.push_back(outcome_line(item));
  return lines;
}

std::string error_of(const Paths& paths) {
  try {
    (void)merge_journals(paths);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

std::vector<std::string> ids_of(const laws::JournalRun& run) {
  std::vector<std::string> ids;
  for (const ItemOutcome& item : run.items) ids.push_back(item.id);
  return ids;
}

}  // namespace

TEST_CASE("merged shards are the run that was not split, for every number of shards",
          "[io][journal][merge]") {
  const Scratch scratch;
  const laws::JournalRun run(30, 5);
  for (const Index count : {1, 2, 5}) {
    Paths paths = write_shards(scratch, run, count);
    for (int order = 0; order < 2; ++order) {
      MergedJournals merged = merge_journals(paths);
      CHECK(merged.missing == 0);
      CHECK(merged.doubled.empty());
      CHECK(fingerprint_of(merged.header) == fingerprint_of(run.header));
      CHECK(merged.header.shard == Shard{});
      const OrderedOutcomes ordered = in_data_order(std::move(merged.items), ids_of(run));
      CHECK(ordered.missing.empty());
      CHECK(lines_of(ordered.items) == lines_of(run.items));
      CHECK(journal_text(merged.header, ordered.items) == laws::whole_journal(run));
      std::reverse(paths.begin(), paths.end());
    }
  }
}

TEST_CASE("what a merge misses and has twice is reported", "[io][journal][merge]") {
  const Scratch scratch;
  const laws::JournalRun run(10, 5);
  const std::string whole = laws::whole_journal(run);
  laws::JournalRun late = run;  // The same results, but slower.
  for (ItemOutcome& item : late.items) item.runs[0].seconds = 9;
  late.items.resize(2);
  write_file(scratch / "a", whole.substr(0, whole.size() - 5));  // The last item is torn.
  write_file(scratch / "b", laws::whole_journal(late));

  MergedJournals merged = merge_journals(Paths{scratch / "a", scratch / "b"});
  CHECK(merged.items.size() == 9);
  CHECK(merged.missing == 1);
  CHECK(merged.doubled == std::vector<std::string>{"item 0", "item 1"});
  const OrderedOutcomes ordered = in_data_order(std::move(merged.items), ids_of(run));
  CHECK(ordered.missing == std::vector<std::string>{"item 9"});
  CHECK(laws::text_of(scratch / "a").size() == whole.size() - 5);  // Merging changes no file.
}

TEST_CASE("journals that do not belong together are refused", "[io][journal][merge]") {
  const Scratch scratch;
  const laws::JournalRun run(3, 5);
  write_file(scratch / "a", laws::whole_journal(run));

  laws::JournalRun other = run;
  other.header.seed = 8;
  write_file(scratch / "seed", laws::whole_journal(other));
  CHECK_THAT(error_of({scratch / "a", scratch / "seed"}),
             ContainsSubstring("another run: seed (8 there, 0 here)"));

  laws::JournalRun changed = run;
  changed.items[1].runs[0].answer = "no";
  write_file(scratch / "answer", laws::whole_journal(changed));
  CHECK_THAT(error_of({scratch / "a", scratch / "answer"}),
             ContainsSubstring("item \"item 1\" has another result than at") &&
                 ContainsSubstring("a:3") && ContainsSubstring("answer:3"));

  laws::JournalRun more = run;
  more.items.push_back(laws::JournalRun(4, 5).items[3]);
  write_file(scratch / "more", laws::whole_journal(more));
  CHECK_THAT(error_of({scratch / "more"}), ContainsSubstring("4 items for a run of 3"));

  write_file(scratch / "begun", header_line(run.header));
  CHECK_THAT(error_of({scratch / "a", scratch / "begun"}), ContainsSubstring("has no header"));
  CHECK_THAT(error_of({scratch / "none"}), ContainsSubstring("no such file"));
  CHECK_THAT(error_of({}), ContainsSubstring("no journals"));
  CHECK_THROWS_AS(in_data_order(run.items, std::vector<std::string>{"item 0"}), Error);
}
