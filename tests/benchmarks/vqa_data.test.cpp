// SPDX-License-Identifier: MIT
#include <catch_compat.hpp>

#include "benchmark_support.hpp"

using namespace benchmark_test;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("own rows become items with group, choices and place as id", "[benchmarks][vqa]") {
  const Scratch folder;
  const std::string file = written(
      folder, "own.jsonl",
      {R"({"image": "a.png", "question": "What?", "answers": ["Cup", "a cup"]})", "",
       R"({"id": 7, "image": "b.png", "question": "Where?\nA. left\nB. right", "choices": ["left", "right"], "answer": "right", "family": "choice", "kind": "side"})",
       R"({"question": "Two?", "answer": "yes", "kind": "text"})"});
  const Benchmark data = read_benchmark("vqa", {file});
  REQUIRE(data.items.size() == 3);
  CHECK(data.metric.per_item_binary);
  CHECK(data.items[0].id == "1");
  CHECK(data.items[0].reference == "Cup");
  CHECK(data.items[0].score("A CUP.").score == 1);
  CHECK(data.items[1].id == "7");
  CHECK(data.items[1].group == "choice/side");
  CHECK(data.items[1].question == "Where?");  // Its options stand in choices.
  CHECK(data.items[1].reference == "B");
  CHECK(data.items[1].score("b").parsed == "B");
  CHECK(data.items[2].image.empty());
  CHECK(data.items[2].group == "text");
}

TEST_CASE("ten answers make a data set that is not binary", "[benchmarks][vqa]") {
  const Scratch folder;
  const nlohmann::json row{{"question", "?"}, {"answers", std::vector<std::string>(10, "x")}};
  CHECK_FALSE(read_vqa({written(folder, "a.jsonl", {row.dump()})}).metric.per_item_binary);
}

TEST_CASE("answers to own questions are found by id, and missing ones are wrong",
          "[benchmarks][vqa]") {
  const Scratch folder;
  const std::string file = written(folder, "own.jsonl",
                                   {R"({"id": "a", "question": "?", "answer": "yes"})",
                                    R"({"id": "b", "question": "?", "answer": "no"})"});
  const std::string answers = written(folder, "answers.jsonl", {R"({"id": "a", "answer": "Yes"})"});
  const AnswerScores scores = scored(read_vqa({file}), answers);
  CHECK(scores.all.sums == Statistics{1, 2});
  CHECK_THAT(scores.notes.at(0), ContainsSubstring("count as wrong: b"));
  const std::string places =
      written(folder, "places.jsonl", {R"({"answer": "no"})", R"({"answer": "no"})"});
  CHECK(scored(read_vqa({file}), places).all.sums == Statistics{1, 2});
}

TEST_CASE("malformed own rows are named by file and line", "[benchmarks][vqa]") {
  const Scratch folder;
  for (const std::string bad :
       {"{", "7", R"({"question": "?"})", R"({"answer": "x"})", R"({"question": "?", "answer": 3})",
        R"({"question": "?", "answers": []})", R"({"question": "?", "answers": [" "]})",
        R"({"question": "?", "answers": "x"})",
        R"({"question": "?", "answer": "z", "choices": ["x", "y"]})",
        R"({"question": "?", "answer": "A", "choices": ["x"]})",
        R"({"question": "?", "answers": ["A", "B"], "choices": ["x", "y"]})",
        R"({"id": [1], "question": "?", "answer": "x"})"}) {
    CAPTURE(bad);
    const std::string file =
        written(folder, "own.jsonl", {R"({"question": "?", "answer": "x"})", bad});
    CHECK_THAT(refusal([&] { return read_vqa({file}); }), ContainsSubstring("own.jsonl:2"));
    CHECK(read_vqa({file}, "", true).skipped.size() == 1);
  }
}

TEST_CASE("the shipped question sets are own data", "[benchmarks][vqa]") {
  const std::string sets = INFOFLOW_SOURCE_DIR "/examples/tiny_llava/";
  for (const std::string name : {"yesno", "choice", "short", "caption"}) {
    CAPTURE(name);
    const Benchmark data = read_vqa({sets + name + ".jsonl"});
    CHECK(data.items.size() >= 100);
    for (const BenchmarkItem& item : data.items) {
      CHECK(item.score(item.reference).score == 1);
      CHECK(item.choices.empty() == (name != "choice"));
    }
  }
}

TEST_CASE("a task that is not known is refused with the names of all", "[benchmarks][vqa]") {
  CHECK_THAT(refusal([] { return read_benchmark("vqav2", {"x"}); }),
             ContainsSubstring("pope, scienceqa, textvqa, chair, vqa"));
  CHECK_THAT(refusal([] { return read_benchmark("vqa", {"x"}, "m4c"); }),
             ContainsSubstring("--rule"));
}
