// SPDX-License-Identifier: MIT
#include <fstream>
#include <sstream>

#include <catch_compat.hpp>

#include "command.hpp"

using namespace command_test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// Two labels of POPE with answers, of which the second is wrong.
struct Pope {
  Scratch folder;
  std::string data = written(
      folder, "coco_pope_random.json",
      {R"({"question_id": 1, "image": "a.jpg", "text": "Is there a cup in the image?", "label": "yes"})",
       R"({"question_id": 2, "image": "a.jpg", "text": "Is there a cat in the image?", "label": "no"})"});
  std::string answers =
      written(folder, "answers.jsonl",
              {R"({"question_id": 1, "prompt": "Is there a cup in the image?", "text": "Yes"})",
               R"({"question_id": 2, "prompt": "Is there a cat in the image?", "text": "A cat"})"});

  [[nodiscard]] std::vector<std::string> operator()(
      const std::vector<std::string>& more = {}) const {
    return words({"score", "--task", "pope", "--data", data, "--answers", answers}, more);
  }
};

void check_refusal(const std::vector<std::string>& arguments, int exit_code,
                   const std::string& says) {
  const Outcome outcome = run_command(arguments);
  CAPTURE(arguments, outcome.error);
  CHECK(outcome.exit_code == exit_code);
  CHECK(outcome.out.empty());
  CHECK(std::count(outcome.error.begin(), outcome.error.end(), '\n') == 1);
  CHECK_THAT(outcome.error, ContainsSubstring(says));
}

std::vector<nlohmann::json> json_lines(const std::string& text) {
  std::vector<nlohmann::json> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

}  // namespace

TEST_CASE("score prints one JSON object with the metric's values", "[command][score]") {
  const Pope pope;
  const Outcome outcome = run_command(pope({"--json"}));
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.error.empty());
  CHECK(nlohmann::json::parse(outcome.out) == nlohmann::json{{"accuracy", 0.5},
                                                             {"precision", 0.5},
                                                             {"recall", 1.0},
                                                             {"f1", 2.0 / 3},
                                                             {"yes_ratio", 1.0},
                                                             {"n", 2}});
}

TEST_CASE("score writes every item in the order of the data", "[command][score]") {
  const Pope pope;
  const std::string file = (pope.folder / "items.jsonl").string();
  const Outcome outcome = run_command(pope({"--items", file}));
  CHECK(outcome.exit_code == 0);
  CHECK_THAT(outcome.out, ContainsSubstring("rule official"));
  const auto items = json_lines(content(file));
  REQUIRE(items.size() == 2);
  CHECK(items[0] == nlohmann::json{{"id", "1"}, {"parsed", "yes"}, {"score", 1.0}});
  CHECK(items[1] == nlohmann::json{{"id", "2"}, {"parsed", "yes"}, {"score", 0.0}});
}

TEST_CASE("score reads answers by the rule that is named", "[command][score]") {
  const Pope pope;
  const Outcome strict = run_command(pope({"--json", "--rule", "lmms-eval"}));
  CHECK(nlohmann::json::parse(strict.out)["yes_ratio"] == 0.5);
  check_refusal(pope({"--rule", "lmms"}), 1, "official, opera, vcd, lmms-eval");
}

TEST_CASE("zero denominators give 0 with a note", "[command][score]") {
  Pope pope;
  pope.answers = written(pope.folder, "no.jsonl", {R"({"answer": "no"})", R"({"answer": "no"})"});
  const Outcome table = run_command(pope());
  CHECK(table.exit_code == 0);
  CHECK_THAT(table.out, ContainsSubstring("note: precision is 0 because its denominator is 0"));
  const Outcome json = run_command(pope({"--json"}));
  CHECK(nlohmann::json::parse(json.out)["precision"] == 0.0);
  CHECK_THAT(json.error, ContainsSubstring("note: precision is 0"));
}

TEST_CASE("missing and doubled answers are counted and named", "[command][score]") {
  const Scratch folder;
  const std::string data = written(folder, "own.jsonl",
                                   {R"({"id": "a", "question": "?", "answer": "x"})",
                                    R"({"id": "b", "question": "?", "answer": "x"})"});
  const std::string answers = written(
      folder, "answers.jsonl", {R"({"id": "a", "answer": "y"})", R"({"id": "a", "answer": "x"})"});
  const std::string items = (folder / "items.jsonl").string();
  const Outcome outcome = run_command(
      {"score", "--task", "vqa", "--data", data, "--answers", answers, "--json", "--items", items});
  CHECK(nlohmann::json::parse(outcome.out) == nlohmann::json{{"accuracy", 0.5}, {"n", 2}});
  CHECK_THAT(outcome.error, ContainsSubstring("1 answers stand twice, the last counts: a"));
  CHECK_THAT(outcome.error, ContainsSubstring("1 answers are missing and count as wrong: b"));
  CHECK(json_lines(content(items)).at(1)["missing"] == true);
}

TEST_CASE("score of ScienceQA reports questions with a picture by themselves", "[command][score]") {
  const Scratch folder;
  const std::string data = written(
      folder, "problems.json",
      {R"({"4": {"question": "?", "choices": ["x", "y"], "answer": 1, "image": "image.png"},)",
       R"("5": {"question": "?", "choices": ["x", "y"], "answer": 0, "image": null}})"});
  const std::string splits = written(folder, "pid_splits.json", {R"({"test": ["4", "5"]})"});
  const std::string answers = written(folder, "answers.jsonl",
                                      {R"({"question_id": "4", "prompt": "<image>", "text": "B"})",
                                       R"({"question_id": "5", "prompt": "", "text": "B"})"});
  const Outcome outcome = run_command(
      {"score", "--task", "scienceqa", "--data", data, splits, "--answers", answers, "--json"});
  CHECK(nlohmann::json::parse(outcome.out) ==
        nlohmann::json{{"accuracy", 0.5}, {"image_accuracy", 1.0}, {"n", 2}, {"n_image", 1}});
}

TEST_CASE("what cannot be scored is refused with file and line", "[command][score]") {
  Pope pope;
  pope.data = written(pope.folder, "bad.json", {R"({"question_id": 1, "image": "a.jpg"})", "{"});
  check_refusal(pope(), 1, "bad.json:1");
  const Pope good;
  Pope broken;
  broken.answers = written(broken.folder, "bad.jsonl", {R"({"text": "Yes"})", "\x01\x1b[31m{"});
  check_refusal(broken(), 1, "bad.jsonl:2");
  broken.answers = written(broken.folder, "short.jsonl", {R"({"text": "Yes"})"});
  check_refusal(broken(), 1, "1 answers for 2 labels");
  broken.answers = "/no/such/file";
  check_refusal(broken(), 1, "/no/such/file");
  check_refusal(good({"--items", "/no/such/folder/items.jsonl"}), 1, "/no/such/folder");
}

TEST_CASE("wrong usage of score ends with 2", "[command][score]") {
  const Pope pope;
  check_refusal({"score", "--task", "pope", "--data", pope.data}, 2, "--answers");
  check_refusal({"score", "--task", "gqa", "--data", pope.data, "--answers", pope.answers}, 2,
                "--task");
}

TEST_CASE("names from files cannot reach the terminal as they are", "[command][score]") {
  const Scratch folder;
  const std::string data =
      written(folder, "own.jsonl",
              {R"({"id": "\u001b[31mred", "question": "?", "answer": "x"})",
               R"({"id": "b", "question": "?", "answer": "x", "kind": "\u001b[2J"})"});
  const std::string answers = written(folder, "answers.jsonl", {R"({"id": "b", "answer": "x"})"});
  const Outcome outcome =
      run_command({"score", "--task", "vqa", "--data", data, "--answers", answers});
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.out.find('\x1b') == std::string::npos);
  CHECK_THAT(outcome.out, ContainsSubstring("red"));
}

TEST_CASE("score gives published POPE answers their published F1", "[command][score]") {
  const char* reference = std::getenv("INFOFLOW_REFERENCE_DATA");
  if (reference == nullptr) INFOFLOW_NOT_RUN("INFOFLOW_REFERENCE_DATA names no folder");
  const std::string pope = std::string(reference) + "/pope/";
  const std::vector<std::pair<std::string, double>> published{
      {"adversarial", 0.8446}, {"random", 0.8714}, {"popular", 0.8625}};
  const Outcome all = run_command({"score", "--task", "pope", "--data", pope + "coco_e3e39262",
                                   "--answers", pope + "answers_llava-v1.5-13b.jsonl", "--json"});
  const auto json = nlohmann::json::parse(all.out);
  CHECK(json["n"] == 8910);
  for (const auto& [category, f1] : published) {
    CHECK(json["groups"][category]["f1"].get<double>() == Approx(f1).margin(5e-5));
    const Outcome one = run_command({"score", "--task", "pope", "--data",
                                     pope + "coco_e3e39262/coco_pope_" + category + ".json",
                                     "--answers", pope + "answers_llava-v1.5-13b.jsonl", "--json"});
    CHECK(nlohmann::json::parse(one.out) == json["groups"][category]);
  }
}
