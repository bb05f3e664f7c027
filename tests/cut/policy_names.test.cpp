// SPDX-License-Identifier: MIT
#include <catch_compat.hpp>

#include <infoflow/cut/policy_names.hpp>
#include <infoflow/cut/setting_names.hpp>

#include "../laws/policy.laws.hpp"

using namespace infoflow;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string error_of(const std::string& text) {
  try {
    (void)(names_schedule(text) ? parse_schedule(text).name : parse_policy(text).name);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

/// A policy of a user's own, which an erased one must not be told apart from.
struct EverySecond {
  static constexpr bool needs_scores = false;
  [[nodiscard]] std::vector<Index> keep(const CutContext& context) const {
    std::vector<Index> kept;
    const std::vector<Index> images = context.image_survivors();
    for (std::size_t i = 0; i < images.size(); i += 2) kept.push_back(images[i]);
    return context.text_and(kept);
  }
};

}  // namespace

TEST_CASE("a policy's name gives the policy that it says", "[cut][names]") {
  for (std::uint64_t number = 0; number < 40; ++number) {
    const laws::PolicyCase c(number);
    const CutContext context = c.context();
    const auto same = [&](const std::string& name, const AnyPolicy& policy) {
      INFO(name << ", case " << number);
      CHECK(parse_policy(name, 5).keep(context) == policy.keep(context));
      CHECK(parse_policy(name, 5).wants_scores() == policy.wants_scores());
      CHECK(AnyPolicy(parse_policy(name, 5)).wants_scores() == policy.wants_scores());
    };
    same("drop-all", DropAll{});
    same("top-k:3", TopK{3});
    same("top-k:0.5", TopK{Budget::part(0.5)});
    same("top-p:0.75", TopP(0.75));
    same("random:2", Random{2, 5});
    same("random:0.25", Random{Budget::part(0.25), 5});
    same("uniform:2", UniformGrid{2});
    same("inverse:3", Inverse{3});
    same("fastv:0.75", TopK{Budget::part(0.25)});
    same("keep:0-1,4", FixedTokens{{{0, 2}, {4, 5}}});
  }
}

TEST_CASE("names come out in one way of writing, which reads back as itself", "[cut][names]") {
  const std::vector<std::pair<std::string, std::string>> names{
      {"drop-all", "drop-all"},
      {"top-k:064", "top-k:64"},
      {"top-k:.50", "top-k:0.5"},
      {"random:1", "random:1"},
      {"random:1.0", "random:1.0"},
      {"uniform:1.", "uniform:1.0"},
      {"top-p:1", "top-p:1.0"},
      {"fastv:0.1000", "fastv:0.1"},
      {"inverse:7", "inverse:7"},
      {"top-p:0.00001", "top-p:0.00001"},
      {"keep:40,0-9,5-15,16", "keep:0-16,40"}};
  for (const auto& [written, name] : names) {
    CHECK(parse_policy(written).name == name);
    CHECK(parse_policy(name).name == name);
  }
  CHECK(parse_schedule("pyramid:16=.25,8=0.50").name == "pyramid:8=0.5,16=0.25");
}

TEST_CASE("a pyramid's name gives its stages", "[cut][names]") {
  const CutSchedule schedule = parse_schedule("pyramid:8=0.5,16=0.25").schedule;
  REQUIRE(schedule.cuts().size() == 2);
  const laws::PolicyCase c(3);
  CHECK(schedule.at(8)->policy.keep(c.context()) == TopK{Budget::part(0.5)}.keep(c.context()));
  CHECK(schedule.at(16)->policy.keep(c.context()) == TopK{Budget::part(0.25)}.keep(c.context()));
}

TEST_CASE("a name that is none gets one line with what is known", "[cut][names]") {
  for (const std::string text : {"", "dropall", "top-k", "topk:3", "drop-all:3", "Top-K:3"}) {
    INFO(text);
    CHECK_THAT(error_of(text), ContainsSubstring("policy " + text));
  }
  CHECK_THAT(error_of("topk:3"), ContainsSubstring("known are drop-all, top-k:64, top-p:0.9"));
  CHECK_THAT(error_of("pyramid:"), ContainsSubstring("known") || ContainsSubstring("layer=part"));
  for (const std::string text : {"top-k:",
                                 "top-k:-1",
                                 "top-k: 3",
                                 "top-k:3x",
                                 "top-k:1e3",
                                 "top-k:99999999999999999999",
                                 "top-k:1.5",
                                 "top-p:nan",
                                 "top-p:-0.5",
                                 "top-p:1.01",
                                 "top-p:0x1",
                                 "random:",
                                 "uniform:+3",
                                 "keep:",
                                 "keep:5-3",
                                 "keep:1,,2",
                                 "keep:-3",
                                 "keep:0-99999999999999999999",
                                 "fastv:2",
                                 "pyramid:8",
                                 "pyramid:8=2",
                                 "pyramid:x=0.5",
                                 "pyramid:8=0.5,",
                                 "pyramid:8=0.25,16=0.5",
                                 "pyramid:8=0.5,8=0.25",
                                 "pyramid:99999999999=0.5"}) {
    INFO(text);
    CHECK(error_of(text) != "no error");
    CHECK(error_of(text).find('\n') == std::string::npos);
  }
  CHECK_THROWS_AS(parse_schedule("drop-all"), Error);
  // A list that names a billion tokens costs nothing until there are so many.
  const laws::PolicyCase c(1);
  CHECK(parse_policy("keep:0-1000000000").keep(c.context()) == c.survivors);
}

TEST_CASE("the settings of a cut have names", "[cut][names]") {
  for (const ScoreSource source : {ScoreSource::before, ScoreSource::at, ScoreSource::user_mean}) {
    CHECK(parse_score_source(to_string(source), "--score") == source);
  }
  CHECK(to_string(ScoreSource::user_mean) == "user-mean");
  for (const PositionRule rule : {PositionRule::keep, PositionRule::renumber}) {
    CHECK(parse_position_rule(to_string(rule), "--positions") == rule);
  }
  CHECK_THROWS_AS(parse_score_source("after", "--score"), Error);
  CHECK_THROWS_AS(parse_position_rule("", "--positions"), Error);
}

TEST_CASE("a policy of one's own stands where a named one does", "[cut][names]") {
  const laws::PolicyCase c(7);
  const NamedPolicy named{"every-second", EverySecond{}};
  CHECK(laws::check_policy(named, c.context()) == "");
  CHECK(named.keep(c.context()) == EverySecond{}.keep(c.context()));
  const CutSchedule schedule{{{3, named}}};
  CHECK_FALSE(schedule.at(3)->policy.wants_scores());
}
