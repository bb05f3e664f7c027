// SPDX-License-Identifier: MIT
// The table of small inputs that once failed, row by row, on the files of the folder that
// INFOFLOW_CASES names: <folder>/README.md says what is right.
#include <cstdlib>

#include <catch_compat.hpp>

#include "command.hpp"

using namespace command_test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// The folder of cases, empty if there is none here.
std::string cases() {
  const char* folder = std::getenv("INFOFLOW_CASES");
  return folder == nullptr || *folder == '\0' ? "" : std::string(folder) + "/";
}

const std::string tiny_llava = std::string(INFOFLOW_SOURCE_DIR) + "/examples/tiny_llava";

nlohmann::json scores(const std::string& task, const std::string& data,
                      const std::string& answers) {
  const Outcome outcome =
      run_command({"score", "--task", task, "--data", data, "--answers", answers, "--json"});
  CAPTURE(outcome.error);
  REQUIRE(outcome.exit_code == 0);
  return nlohmann::json::parse(outcome.out);
}

/// What a refusal says, which is one line and nothing else.
std::string refusal(const std::vector<std::string>& arguments) {
  const Outcome outcome = run_command(arguments);
  CAPTURE(outcome.out, outcome.error);
  CHECK(outcome.exit_code == 1);
  CHECK(outcome.out.empty());
  CHECK(std::count(outcome.error.begin(), outcome.error.end(), '\n') == 1);
  return outcome.error;
}

}  // namespace

TEST_CASE("case pope_rows_name_pictures: rows that name pictures are paired by them",
          "[command][cases]") {
  if (cases().empty()) INFOFLOW_NOT_RUN("INFOFLOW_CASES names no folder");
  const std::string folder = cases() + "pope_rows_name_pictures/";
  const auto values = scores("pope", folder + "two_pope_x.json", folder + "rev.jsonl");
  CHECK(values["accuracy"] == 1.0);
  CHECK(values["n"] == 2);
}

TEST_CASE("case chair_ids: image_id names the picture, and COCO's file names are ids",
          "[command][cases]") {
  if (cases().empty()) INFOFLOW_NOT_RUN("INFOFLOW_CASES names no folder");
  const std::string folder = cases() + "chair_ids/";
  for (const std::string answers : {"qid_42.jsonl", "file.jsonl"}) {
    CAPTURE(answers);
    const auto values = scores("chair", folder + "obj.jsonl", folder + answers);
    CHECK(values["chair_s"] == 0.0);  // A dog is in 42, a bus in 73.
    CHECK(values["chair_i"] == 0.0);
    CHECK(values["n"] == 2);
  }
}

TEST_CASE("case point_boxes: boxes in other units are refused with line and units",
          "[command][cases]") {
  if (cases().empty()) INFOFLOW_NOT_RUN("INFOFLOW_CASES names no folder");
  const std::string folder = cases() + "point_boxes/";
  const auto said = [&](const std::string& data) {
    return refusal({"point", "--model", tiny_llava + "/checkpoint", "--images", tiny_llava,
                    "--data", folder + data});
  };
  const std::string norm = said("b_norm.jsonl");
  CHECK_THAT(norm, ContainsSubstring("b_norm.jsonl:1"));
  CHECK_THAT(norm, ContainsSubstring("wanted are pixels"));
  CHECK_THAT(norm, ContainsSubstring("--boxes unit"));
  const std::string big = said("b_big.jsonl");
  CHECK_THAT(big, ContainsSubstring("b_big.jsonl:1"));
  CHECK_THAT(big, ContainsSubstring("outside its picture"));
}

TEST_CASE("case python_nan: NaN is named as Python's, with its key", "[command][cases]") {
  if (cases().empty()) INFOFLOW_NOT_RUN("INFOFLOW_CASES names no folder");
  const std::string folder = cases() + "python_nan/";
  const std::string said = refusal({"score", "--task", "pope", "--data", folder + "one_pope_x.json",
                                    "--answers", folder + "nan.jsonl"});
  CHECK_THAT(said, ContainsSubstring("NaN"));
  CHECK_THAT(said, ContainsSubstring("\"text\""));
  CHECK_THAT(said, ContainsSubstring("Python's, not JSON's"));
  CHECK_THAT(said, ContainsSubstring("nan.jsonl:1"));
}
