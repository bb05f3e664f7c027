// SPDX-License-Identifier: MIT
// A run that really dies: its process is killed, its journal is cut at every byte.
#include <catch_compat.hpp>

#include "../laws/broken_journals.hpp"
#include "../laws/journal.laws.hpp"
#include "scratch.hpp"

using namespace infoflow;
using io_test::Scratch;

TEST_CASE("a run that is killed at random moments and resumed loses and doubles nothing",
          "[journal][kill]") {
  const Scratch scratch;
  const laws::JournalRun run(250, 60'000);
  int kills = 0;
  CHECK(laws::check_kills<Journal>(scratch / "journal.jsonl", run, 1, kills) == "");
  CHECK(kills > 20);
  CHECK(read_journal(scratch / "journal.jsonl").items.size() == 250);
}

TEST_CASE("the law of kills rejects a journal that leaves items in a buffer",
          "[journal][kill][broken]") {
  const Scratch scratch;
  const laws::JournalRun run(250, 100);
  int kills = 0;
  CHECK(laws::check_kills<laws::BufferedJournal>(scratch / "journal.jsonl", run, 1, kills) ==
        "an item that was safe is lost");
}

TEST_CASE("a journal cut at any byte of its last two lines is resumed to the same file",
          "[journal][law]") {
  const Scratch scratch;
  laws::JournalRun run(4, 5);
  for (ItemOutcome& item : run.items) item.runs.clear();
  const std::size_t last_two =
      outcome_line(run.items[2]).size() + outcome_line(run.items[3]).size() + 2;
  const std::size_t first = laws::whole_journal(run).size() - last_two;
  CHECK(laws::check_cut_anywhere<Journal>(scratch / "journal.jsonl", run, first) == "");
}

TEST_CASE("a journal cut inside its header begins again", "[journal][law]") {
  const Scratch scratch;
  const laws::JournalRun run(0, 0);
  CHECK(laws::check_cut_anywhere<Journal>(scratch / "journal.jsonl", run, 0, 9) == "");
}

TEST_CASE("the law of cuts rejects a journal that goes on after a torn line", "[journal][broken]") {
  const Scratch scratch;
  const laws::JournalRun run(4, 50);
  const std::size_t whole = laws::whole_journal(run).size();
  const std::size_t last = whole - outcome_line(run.items[3]).size() - 1;
  const auto check = [&](std::size_t first) {
    return laws::check_cut_anywhere<laws::TornJournal>(scratch / "journal.jsonl", run, first);
  };
  CHECK(check(whole) == "");
  CHECK(check(last) ==
        "cut at byte " + std::to_string(last + 1) + ", the resumed journal is another");
}
