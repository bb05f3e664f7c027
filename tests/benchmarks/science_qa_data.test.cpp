// SPDX-License-Identifier: MIT
#include <catch_compat.hpp>

#include "benchmark_support.hpp"

using namespace benchmark_test;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string problems = R"({"10": {"question": "Q10", "choices": ["x", "y"], "answer": 1,
  "hint": "", "image": null, "split": "test"}, "9": {"question": "Q9", "choices": ["p", "q", "r"],
  "answer": 2, "hint": "Look.", "image": "image.png", "split": "test"},
  "8": {"question": "Q8", "choices": ["x", "y"], "answer": 0, "hint": "", "split": "train"}})";

std::string conversation(const std::string& id, const std::string& image, const std::string& text,
                         const std::string& answer) {
  nlohmann::json row{
      {"id", id},
      {"conversations",
       {{{"from", "human"}, {"value", text}}, {{"from", "gpt"}, {"value", answer}}}}};
  if (!image.empty()) row["image"] = image;
  return row.dump();
}

std::string answer(const std::string& id, const std::string& text) {
  return nlohmann::json{{"question_id", id}, {"prompt", "…"}, {"text", text}}.dump();
}

/// The text of LLaVA 1.5 again.
std::string rebuilt(const BenchmarkItem& item) {
  std::string text = item.hint ? "Context: " + *item.hint + "\n" : "";
  text += item.question;
  for (std::size_t i = 0; i < item.choices.size(); ++i) {
    text += std::string("\n") + letter_of(i) + ". " + item.choices[i];
  }
  return text;
}

}  // namespace

TEST_CASE("problems with splits come in the splits' order", "[benchmarks][scienceqa]") {
  const Scratch folder;
  const std::string file = written(folder, "problems.json", {problems});
  const std::string splits =
      written(folder, "pid_splits.json", {R"({"train": ["8"], "test": ["10", "9"]})"});
  const Benchmark data = read_science_qa({splits, file});
  REQUIRE(data.items.size() == 2);
  CHECK(data.rule == "llava");
  CHECK(data.items[0].id == "10");
  CHECK(data.items[0].reference == "B");
  CHECK(data.items[0].image.empty());
  CHECK(data.items[1].image == "9/image.png");
  CHECK(data.items[1].hint == "Look.");
  CHECK(data.items[1].choices == Choices{"p", "q", "r"});
  CHECK(data.items[1].score("C").statistics == Statistics{1, 1, 1, 1});
  CHECK(data.items[1].score("C. r").parsed == "C");

  const Benchmark alone = read_science_qa({file});  // The test split, by ascending id.
  REQUIRE(alone.items.size() == 2);
  CHECK(alone.items[0].id == "9");

  const std::string more = written(folder, "more.json", {R"({"test": ["9", "77"]})"});
  CHECK_THAT(refusal([&] { return read_science_qa({file, more}); }),
             ContainsSubstring("problem 77"));
  CHECK(read_science_qa({file, more}, "", true).skipped.size() == 1);
  CHECK_THAT(refusal([&] { return read_science_qa({splits}); }), ContainsSubstring("no problems"));
}

TEST_CASE("LLaVA's file is read in both forms of its texts", "[benchmarks][scienceqa]") {
  const Scratch folder;
  const std::string file = written(
      folder, "llava.json",
      {"[" +
       conversation(
           "62", "62/image.png",
           "<image>\nContext: Select the best.\nTwice.\nWhat is it?\nA. See you,\nJanet\nB. no",
           "A") +
       "," + conversation("15", "", "Would you?\nReally?\nA. no\nB. yes", "B") + "," +
       conversation("7", "7/image.png",
                    "Context: N/A\nQuestion: Which?\nOptions: (A) one (two) (B) three\n<image>",
                    "The answer is B.") +
       "]"});
  const Benchmark data = read_science_qa({file});
  REQUIRE(data.items.size() == 3);
  CHECK(data.items[0].hint == "Select the best.\nTwice.");
  CHECK(data.items[0].question == "What is it?");
  CHECK(data.items[0].choices == Choices{"See you,\nJanet", "no"});
  CHECK(data.items[0].reference == "A");
  CHECK_FALSE(data.items[1].hint);
  CHECK(data.items[1].question == "Would you?\nReally?");
  CHECK(data.items[1].reference == "B");
  CHECK_FALSE(data.items[2].hint);
  CHECK(data.items[2].question == "Which?");
  CHECK(data.items[2].choices == Choices{"one (two)", "three"});
  CHECK(data.items[2].image == "7/image.png");
  CHECK(data.items[2].reference == "B");

  const std::string splits = written(folder, "splits.json", {R"({"test": ["62", "15"]})"});
  CHECK(read_science_qa({file, splits}).items.size() == 2);
}

TEST_CASE("a missing answer is wrong, and no question with a picture under LLaVA's rule",
          "[benchmarks][scienceqa]") {
  const Scratch folder;
  const std::string file = written(folder, "problems.json", {problems});
  const std::string answers =
      written(folder, "a.jsonl", {answer("10", "A"), answer("10", "B"), answer("99", "A")});
  const AnswerScores scores = scored(read_science_qa({file}), answers);
  CHECK(scores.all.sums == Statistics{1, 2, 0, 0});
  CHECK(scores.all.n == 2);
  CHECK(scores.items[0].id == "9");
  CHECK(scores.items[0].missing);
  std::string notes;
  for (const std::string& note : scores.notes) notes += note + "\n";
  CHECK_THAT(notes, ContainsSubstring("1 answers stand twice, the last counts: 10"));
  CHECK_THAT(notes, ContainsSubstring("1 answers are missing and count as wrong: 9"));
  CHECK_THAT(notes, ContainsSubstring("1 answers belong to no question"));
  CHECK_THAT(notes, ContainsSubstring("image_accuracy is 0 because its denominator is 0"));
  CHECK(scored(read_science_qa({file}, "internvl"), answers).all.sums == Statistics{1, 2, 0, 1});
}

TEST_CASE("answers without ids are for all questions, or for those with a picture",
          "[benchmarks][scienceqa]") {
  const Scratch folder;
  const Benchmark data =
      read_science_qa({written(folder, "problems.json", {problems})}, "lmms-eval");
  const auto sample = [](int doc, const std::string& text) {
    return nlohmann::json{{"doc_id", doc}, {"resps", {{text}}}, {"exact_match", 1.0}}.dump();
  };
  const std::string all = written(folder, "all.jsonl", {sample(1, "b"), sample(0, "C.")});
  CHECK(scored(data, all).all.sums == Statistics{2, 2, 1, 1});
  const std::string pictures = written(folder, "img.jsonl", {sample(0, "c")});
  CHECK(scored(data, pictures).all.sums == Statistics{1, 2, 1, 1});
  const std::string many =
      written(folder, "many.jsonl", {sample(0, "c"), sample(1, "c"), sample(2, "c")});
  CHECK_THAT(refusal([&] { return scored(data, many); }), ContainsSubstring("3 answers"));
}

TEST_CASE("results by id are answers, too", "[benchmarks][scienceqa]") {
  const Scratch folder;
  const Benchmark data =
      read_science_qa({written(folder, "problems.json", {problems})}, "original");
  const std::string results = written(
      folder, "results.json",
      {R"({"acc": 50, "results": {"9": 2}, "outputs": {"9": "The answer is C.", "10": "x"}})"});
  CHECK(scored(data, results).all.sums == Statistics{1, 2, 1, 1});
}

TEST_CASE("malformed problems are named", "[benchmarks][scienceqa]") {
  const Scratch folder;
  const auto said = [&](const std::string& text) {
    const std::string file = written(folder, "p.json", {text});
    return refusal([&] { return read_science_qa({file}); });
  };
  CHECK_THAT(said(R"({"4": {"question": "q", "choices": ["x"], "answer": 0}})"),
             ContainsSubstring("problem 4"));
  CHECK_THAT(said(R"({"4": {"question": "q", "choices": ["x", "y"], "answer": 2}})"),
             ContainsSubstring("answer"));
  CHECK_THAT(said(R"({"4": {"question": "q", "choices": ["x", "y"], "answer": -1}})"),
             ContainsSubstring("answer"));
  CHECK_THAT(said(R"({"4": [1]})"), ContainsSubstring("problem 4"));
  CHECK_THAT(said("[" + conversation("1", "", "no options", "A") + "]"),
             ContainsSubstring("entry 1"));
  CHECK_THAT(said("[" + conversation("1", "", "q\nA. x\nB. y", "C") + "]"),
             ContainsSubstring("none of the options"));
  CHECK_THAT(said(R"([{"id": "1", "conversations": [7]}])"), ContainsSubstring("conversations"));
  CHECK_FALSE(said("[7]").empty());
}

TEST_CASE("LLaVA's published ScienceQA file is read without loss", "[benchmarks][scienceqa]") {
  const auto folder = reference_data();
  if (!folder) INFOFLOW_NOT_RUN("INFOFLOW_REFERENCE_DATA names no folder");
  const std::string file = *folder + "/scienceqa/llava_test_CQM-A.json";
  const Benchmark data = read_science_qa({*folder + "/scienceqa/pid_splits.json", file});
  REQUIRE(data.items.size() == 4241);
  const std::vector<JsonRow> rows = read_json_rows(file);
  std::size_t pictures = 0;
  std::size_t same = 0;
  std::map<std::size_t, int> by_choices;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string text = rows[i].value["conversations"][0]["value"];
    same += rebuilt(data.items[i]) == text::strip(text::replaced(text, "<image>", "")) ? 1 : 0;
    pictures += data.items[i].image.empty() ? 0 : 1;
    ++by_choices[data.items[i].choices.size()];
  }
  CHECK(same == rows.size());
  CHECK(pictures == 2017);
  CHECK(by_choices == std::map<std::size_t, int>{{2, 2228}, {3, 971}, {4, 1004}, {5, 38}});
}
