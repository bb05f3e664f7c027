// SPDX-License-Identifier: MIT
#include <catch_compat.hpp>

#include <infoflow/cliff/policy_file.hpp>

#include "../laws/policy.laws.hpp"
#include "scratch.hpp"

using namespace infoflow;
using Catch::Matchers::ContainsSubstring;
using io_test::content;
using io_test::Scratch;

namespace {

std::string error_of(const std::string& text) {
  try {
    (void)parse_policy_file(text, "policy.json");
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("a policy file comes back as it was written", "[cliff][policy_file]") {
  const Scratch scratch;
  const std::vector<PolicyFile> files{
      {.policy = "drop-all", .cut_layer = 18},
      {"top-k:64", 2, ScoreSource::user_mean, PositionRule::renumber, "LLaVA-1.5", "a\n\"note\""},
      {"pyramid:8=0.5,16=0.25", std::nullopt, ScoreSource::at, PositionRule::renumber, "", ""}};
  for (const PolicyFile& file : files) {
    write_policy_file(scratch / "policy.json", file);
    CHECK(read_policy_file(scratch / "policy.json") == file);
  }
  CHECK(scratch.file_count() == 1);
  write_policy_file(scratch / "policy.json", {.policy = "drop-all", .cut_layer = 18});
  CHECK(content(scratch / "policy.json") ==
        "{\n  \"policy\": \"drop-all\",\n  \"cut_layer\": 18,\n  \"score\": \"before\",\n"
        "  \"positions\": \"keep\",\n  \"model\": \"\",\n  \"note\": \"\"\n}\n");
}

TEST_CASE("a policy file says what a pass is to do", "[cliff][policy_file]") {
  const PolicyFile file = parse_policy_file(
      R"({"policy": "random:2", "cut_layer": 3, "score": "at", "positions": "renumber"})", "");
  const Truncation truncation = truncation_of(file, /*item_key=*/7, /*seed=*/5, "");
  CHECK(truncation.item_key == 7);
  CHECK(truncation.scores == ScoreSource::at);
  CHECK(truncation.positions == PositionRule::renumber);
  CHECK(truncation.mode == CutMode::drop);
  REQUIRE(truncation.schedule.at(3) != nullptr);
  const laws::PolicyCase c(2);
  CHECK(truncation.schedule.at(3)->policy.keep(c.context()) == Random{2, 5}.keep(c.context()));

  const PolicyFile pyramid = parse_policy_file(R"({"policy": "pyramid:8=0.5,16=0.25"})", "");
  CHECK(truncation_of(pyramid, 0, 0, "").schedule.cuts().size() == 2);
  CHECK(pyramid.score == ScoreSource::before);
}

TEST_CASE("a malformed policy file gets one line that says what is wrong and where",
          "[cliff][policy_file]") {
  CHECK(error_of(R"({"policy": "drop-all", "cut_layer": 18})") == "no error");
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"", "no JSON"},
      {"[]", "no JSON object"},
      {"{\"policy\": \"drop-all\", \"cut_layer\": 18", "no JSON"},
      {R"({"cut_layer": 18})", "\"policy\" is missing"},
      {R"({"policy": "drop-all"})", "\"cut_layer\" is missing"},
      {R"({"policy": "dropall", "cut_layer": 18})", "known are drop-all"},
      {R"({"policy": "drop-all", "cut_layer": -1})", "negative"},
      {R"({"policy": "drop-all", "cut_layer": "18"})", "must be a whole number"},
      {R"({"policy": "drop-all", "cut_layer": 18.5})", "must be a whole number"},
      {R"({"policy": "drop-all", "cut_layer": null})", "\"cut_layer\" is missing"},
      {R"({"policy": "drop-all", "cut_layer": 18, "score": "after"})", "known are before, at"},
      {R"({"policy": "drop-all", "cut_layer": 18, "positions": 1})", "must be a text"},
      {R"({"policy": "drop-all", "cut_layer": 18, "layer": 3})", "\"layer\" is not known"},
      {R"({"policy": "drop-all", "policy": "top-k:3", "cut_layer": 18})", "stands twice"},
      {R"({"policy": "pyramid:8=0.5", "cut_layer": 8})", "names its own layers"},
      {R"({"policy": "pyramid:8", "cut_layer": 8})", "names its own layers"},
      {R"({"policy": "pyramid:8"})", "no stage"}};
  for (const auto& [text, says] : wrong) {
    INFO(text);
    CHECK_THAT(error_of(text), ContainsSubstring(says));
    CHECK(error_of(text).find('\n') == std::string::npos);
  }
  const Scratch scratch;
  CHECK_THROWS_AS(read_policy_file(scratch / "none.json"), Error);
  CHECK_THROWS_AS(write_policy_file(scratch / "no/such/policy.json", {}), Error);
}
