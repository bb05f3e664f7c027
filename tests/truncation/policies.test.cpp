// SPDX-License-Identifier: MIT
#include <catch_compat.hpp>

#include <infoflow/truncation/cut_schedule.hpp>

#include "../laws/broken_policies.hpp"
#include "../laws/policy.laws.hpp"

using namespace infoflow;

TEST_CASE("policies keep all text, ascend, and keep only what is there",
          "[truncation][policy][law]") {
  for (std::uint64_t number = 0; number < 300; ++number) {
    const laws::PolicyCase c(number);
    INFO("case " << number);
    CHECK(laws::check_policy(DropAll{}, c.context()) == "");
    for (const Index k : {0, 1, 3, 100}) {
      CHECK(laws::check_policy(TopK{k}, c.context()) == "");
      CHECK(laws::check_top_k(TopK{k}, k, c.context()) == "");
      CHECK(laws::check_top_k(AnyPolicy(TopK{k}), k, c.context()) == "");
    }
    CHECK(laws::check_top_k(DropAll{}, 0, c.context()) == "");
    CHECK(laws::check_policy(FixedList{{7, 2, 2, 3, 1000}}, c.context()) == "");
  }
}

TEST_CASE("the laws of policies reject broken policies", "[truncation][policy][broken]") {
  // BOS, four image tokens of which position 2 is gone, one word.
  laws::PolicyCase c(0);
  c.partition = TokenPartition(6, {{1, 5}});
  c.survivors = {0, 1, 3, 4, 5};
  c.scores = {0, 0.25F, 1, 0.5F, 0.25F, 0};

  CHECK(laws::check_policy(laws::DropsText{}, c.context()) == "text position 5 is dropped");
  CHECK(laws::check_policy(laws::Resurrects{}, c.context()) ==
        "a kept position is not among the survivors");
  CHECK(laws::check_policy(laws::Backwards{}, c.context()) == "kept positions do not ascend");
  CHECK(laws::check_policy(laws::Remembers{}, c.context()) ==
        "asked again, the policy keeps others");
  CHECK(laws::check_top_k(laws::LastOnTies{2}, 2, c.context()) ==
        "a tie went to the later position");
  CHECK(laws::check_top_k(laws::BottomK{1}, 1, c.context()) == "a better token left");
  CHECK(laws::check_top_k(TopK{1}, 2, c.context()) == "another number of image tokens stays");
}

TEST_CASE("top-k by hand: the two best of four, the tie to the lower position",
          "[truncation][policy]") {
  laws::PolicyCase c(0);
  c.partition = TokenPartition(6, {{1, 5}});
  c.survivors = {0, 1, 2, 3, 4, 5};
  c.scores = {9, 0.25F, 0.5F, 0.25F, 0.125F, 9};

  CHECK(TopK{2}.keep(c.context()) == std::vector<Index>{0, 1, 2, 5});
  CHECK(TopK{0}.keep(c.context()) == std::vector<Index>{0, 5});
  CHECK(TopK{-3}.keep(c.context()) == std::vector<Index>{0, 5});
  CHECK(FixedList{{4, 0, 2}}.keep(c.context()) == std::vector<Index>{0, 2, 4, 5});
  CHECK(dropped_by(TopK{2}, c.context()) == std::vector<Index>{3, 4});
}

TEST_CASE("an erased policy remembers whether it wants scores", "[truncation][policy]") {
  CHECK(AnyPolicy(TopK{1}).wants_scores());
  CHECK_FALSE(AnyPolicy(DropAll{}).wants_scores());
}

TEST_CASE("a schedule is sorted, and no layer is given twice", "[truncation][schedule]") {
  const CutSchedule schedule{{{8, TopK{1}}, {2, TopK{4}}}};

  CHECK(schedule.cuts().front().layer == 2);
  CHECK(schedule.at(8) == &schedule.cuts().back());
  CHECK(schedule.at(3) == nullptr);
  CHECK(CutSchedule{}.cuts().empty());
  using Cuts = std::vector<Cut>;
  CHECK_THROWS_AS(CutSchedule(Cuts{{2, DropAll{}}, {2, DropAll{}}}), Error);
  CHECK_THROWS_AS(CutSchedule(Cuts{{-1, DropAll{}}}), Error);
}
