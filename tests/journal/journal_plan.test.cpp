// SPDX-License-Identifier: MIT
#include <catch_compat.hpp>

#include <infoflow/journal/journal.hpp>
#include <infoflow/journal/merge_journals.hpp>

#include "../laws/broken_journals.hpp"
#include "../laws/journal_plan.laws.hpp"
#include "scratch.hpp"

using namespace infoflow;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;
using io_test::content;
using io_test::Scratch;

TEST_CASE("a run's own lines fit its plan, and no lie about one does", "[journal][law]") {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    CHECK(laws::check_plan<JournalPlan>(seed) == "");
  }
}

TEST_CASE("the law of plans rejects one that believes what stands behind an id",
          "[journal][broken]") {
  CHECK(laws::check_plan<laws::BelievingPlan>(1) == "believed: another item's line");
}

TEST_CASE("the law of plans rejects one that asks the same of every item", "[journal][broken]") {
  CHECK_THAT(laws::check_plan<laws::UniformPlan>(1),
             StartsWith("an honest line has a fault: run 5: there are more runs"));
}

TEST_CASE("a line that does not fit is named by file and line, and the journal is left alone",
          "[journal]") {
  const Scratch scratch;
  const laws::PlannedRunExample example;
  const auto plan = example.plan<JournalPlan>();
  laws::Draw draw(1);
  JournalHeader header{.model = "toy", .data = "three", .prompt = "", .policy = "drop-all"};
  header.items = 3;
  for (const laws::Lie& lie : laws::lies()) {
    ItemOutcome told = example.outcome(0, draw);
    lie.tell(told);
    const std::vector<ItemOutcome> items{example.outcome(2, draw), told};
    write_file(scratch / "j", journal_text(header, items));
    const std::string text = content(scratch / "j");
    CAPTURE(lie.name);
    const std::vector<std::filesystem::path> paths{scratch / "j"};
    CHECK_NOTHROW(read_journal(scratch / "j"));  // Without a plan it is only read.
    CHECK_THROWS_WITH(merge_journals(paths, &plan), ContainsSubstring("j:3"));
    CHECK_THROWS_WITH(Journal::open(scratch / "j", header, true, &plan),
                      ContainsSubstring("this is not what the run found") &&
                          ContainsSubstring("j:3") && ContainsSubstring("remove the line"));
    CHECK(content(scratch / "j") == text);
  }
}

TEST_CASE("a skipped item stands in the journal with its reason, and is not asked again",
          "[journal]") {
  const Scratch scratch;
  const laws::PlannedRunExample example;
  const auto plan = example.plan<JournalPlan>();
  laws::Draw draw(1);
  JournalHeader header{.model = "toy", .data = "three", .prompt = "", .policy = "drop-all"};
  header.items = 3;
  {
    Journal journal = Journal::open(scratch / "j", header, false, &plan);
    journal.skip({"pair", "the prompt is too long (data.jsonl:1)"});
    CHECK(journal.has("pair"));
    CHECK_THROWS_AS(journal.append(example.outcome(0, draw)), Error);
    journal.append(example.outcome(1, draw));
  }
  CHECK_THAT(content(scratch / "j"),
             ContainsSubstring(
                 "\n{\"id\":\"pair\",\"skipped\":\"the prompt is too long (data.jsonl:1)\"}\n"));
  const Journal journal = Journal::open(scratch / "j", header, true, &plan);
  CHECK(journal.has("pair"));
  CHECK(journal.items().size() == 1);
  REQUIRE(journal.skipped().size() == 1);
  CHECK(journal.skipped()[0].reason == "the prompt is too long (data.jsonl:1)");

  const auto error_of = [&](const std::string& line) {
    write_file(scratch / "k", header_line(header) + "\n" + line + "\n");
    try {
      (void)read_journal(scratch / "k", nullptr, &plan);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  CHECK(error_of(R"({"id":"pair","skipped":"why"})") == "no error");
  CHECK_THAT(error_of(R"({"id":"pair","skipped":true})"), ContainsSubstring("must be a text"));
  CHECK_THAT(error_of(R"({"skipped":"why"})"), ContainsSubstring("\"id\" is missing"));
  CHECK_THAT(error_of(R"({"id":"pair","skipped":"why","runs":[]})"),
             ContainsSubstring("\"runs\" is not known"));
  CHECK_THAT(error_of(R"({"id":"nobody","skipped":"why"})"),
             ContainsSubstring("k:2") && ContainsSubstring("no item \"nobody\""));
}
