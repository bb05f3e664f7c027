// SPDX-License-Identifier: MIT
#include <catch_compat.hpp>

#include <infoflow/journal/merge_journals.hpp>

#include "../laws/journal.laws.hpp"
#include "scratch.hpp"

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
          "[journal][merge]") {
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
      const OrderedOutcomes ordered = in_data_order(std::move(merged.items), {}, ids_of(run));
      CHECK(ordered.missing.empty());
      CHECK(lines_of(ordered.items) == lines_of(run.items));
      CHECK(journal_text(merged.header, ordered.items) == laws::whole_journal(run));
      std::reverse(paths.begin(), paths.end());
    }
  }
}

TEST_CASE("what a merge misses and has twice is reported", "[journal][merge]") {
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
  const OrderedOutcomes ordered = in_data_order(std::move(merged.items), {}, ids_of(run));
  CHECK(ordered.missing == std::vector<std::string>{"item 9"});
  CHECK(laws::text_of(scratch / "a").size() == whole.size() - 5);  // Merging changes no file.
}

TEST_CASE("journals that do not belong together are refused", "[journal][merge]") {
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
  CHECK_THROWS_AS(in_data_order(run.items, {}, std::vector<std::string>{"item 0"}), Error);
}

TEST_CASE("skipped items are merged, counted and kept in the order of the data",
          "[journal][merge]") {
  const Scratch scratch;
  laws::JournalRun run(10, 5);
  const std::vector<std::string> ids = ids_of(run);
  Paths paths;
  for (const Index number : {1, 2}) {
    JournalHeader header = run.header;
    header.shard = {number, 2};
    paths.push_back(scratch / std::to_string(number));
    Journal journal = Journal::open(paths.back(), header, false);
    for (std::size_t i = 0; i < run.items.size(); ++i) {
      if (!in_shard(run.items[i].image, run.items[i].id, header.shard)) continue;
      if (i == 3 || i == 8) {
        journal.skip({run.items[i].id, "too long"});
      } else {
        journal.append(run.items[i]);
      }
    }
  }
  std::string text;
  for (int order = 0; order < 2; ++order) {
    MergedJournals merged = merge_journals(paths);
    CHECK(merged.missing == 0);
    CHECK(merged.items.size() == 8);
    const OrderedOutcomes ordered =
        in_data_order(std::move(merged.items), std::move(merged.skipped), ids);
    CHECK(ordered.missing.empty());
    REQUIRE(ordered.skipped.size() == 2);
    CHECK(ordered.skipped[0] == SkippedItem{"item 3", "too long"});
    CHECK(ordered.skipped[1] == SkippedItem{"item 8", "too long"});
    const std::string joined = journal_text(merged.header, ordered.items, ordered.skipped);
    if (order == 1) CHECK(joined == text);
    text = joined;
    std::reverse(paths.begin(), paths.end());
  }
  write_file(scratch / "joined", text);
  CHECK(read_journal(scratch / "joined").skipped.size() == 2);

  // Skipped twice is skipped, whatever file the reason names; skipped here and answered there is not.
  JournalHeader header = run.header;
  {
    Journal again = Journal::open(scratch / "again", header, false);
    again.skip({"item 3", "too long, on another machine"});
  }
  paths.push_back(scratch / "again");
  CHECK(merge_journals(paths).doubled == std::vector<std::string>{"item 3"});
  Journal answered = Journal::open(scratch / "answered", header, false);
  answered.append(run.items[8]);
  CHECK_THAT(error_of({paths[0], paths[1], scratch / "answered"}),
             ContainsSubstring("item \"item 8\" has another result"));
}

TEST_CASE("the order of lines and of journals changes nothing", "[journal][merge][law]") {
  const Scratch scratch;
  const laws::JournalRun run(20, 5);
  const auto in_order = [&](const std::filesystem::path& path) {
    MergedJournals merged = merge_journals(Paths{path});
    const auto ordered = in_data_order(std::move(merged.items), {}, ids_of(run));
    return journal_text(merged.header, ordered.items);
  };
  const auto as_it_stands = [](const std::filesystem::path& path) {
    const JournalContents contents = read_journal(path);
    return journal_text(*contents.header, contents.items);
  };
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    CHECK(laws::check_line_order(scratch / "j", run, seed, in_order) == "");
    CHECK(laws::check_line_order(scratch / "j", run, seed, as_it_stands) ==
          "another order of lines gives another result");
  }

  // An item that two journals have, with other times: the same one of the two is kept.
  laws::JournalRun late = run;
  for (ItemOutcome& item : late.items) item.runs[0].seconds = 9;
  write_file(scratch / "a", laws::whole_journal(run));
  write_file(scratch / "b", laws::whole_journal(late));
  CHECK(lines_of(merge_journals(Paths{scratch / "a", scratch / "b"}).items) ==
        lines_of(merge_journals(Paths{scratch / "b", scratch / "a"}).items));
}
