// SPDX-License-Identifier: MIT
#include <catch_compat.hpp>

#include "benchmark_support.hpp"

using namespace benchmark_test;
using Catch::Matchers::ContainsSubstring;

namespace {

AnswerRow only(const std::string& line) {
  const Scratch folder;
  const std::vector<AnswerRow> rows = read_answers(written(folder, "a.jsonl", {line}));
  REQUIRE(rows.size() == 1);
  return rows[0];
}

}  // namespace

TEST_CASE("each form of an answer is known", "[benchmarks][answers]") {
  const AnswerRow llava = only(
      R"({"question_id": 17, "prompt": "P", "text": "Yes", "answer_id": "x", "metadata": {}})");
  CHECK(llava.id == "17");
  CHECK(llava.prompt == "P");
  CHECK(llava.text == "Yes");
  CHECK_THAT(llava.where, ContainsSubstring("a.jsonl:1"));
  CHECK(only(R"({"question_id": "003a", "text": ""})").text.empty());
  CHECK(only(R"({"question": "q", "answer": "no"})").prompt == "q");
  CHECK(only(R"({"image_id": 42, "caption": "a cat"})").id == "42");
  CHECK(only(R"({"id": "a-1", "answer": "x"})").id == "a-1");
  const AnswerRow sample = only(
      R"({"doc_id": 3, "resps": [["B"]], "input": ["P"], "m": {"question_id": "9"}, "more": 1})");
  CHECK(sample.id == "9");
  CHECK(sample.prompt == "P");
  CHECK(sample.text == "B");
  CHECK(
      only(R"({"imgToEval": {"42": {"image_id": 42, "caption": "a cat", "Bleu_1": 0.5}}})").text ==
      "a cat");
}

TEST_CASE("rows that hold no answer are named", "[benchmarks][answers]") {
  for (const std::string bad : {"{", "[1]", "7", "{}", R"({"text": 7})",
                                R"({"question_id": 1.5, "text": "x"})", R"({"filtered_resps": []})",
                                R"({"resps": [[3]]})", R"({"question_id": 1, "answer": null})"}) {
    CAPTURE(bad);
    const Scratch folder;
    const std::string file = written(folder, "a.jsonl", {R"({"text": "x"})", bad});
    CHECK_THAT(refusal([&] { return read_answers(file); }), ContainsSubstring("a.jsonl:2"));
  }
  const Scratch folder;
  CHECK_FALSE(
      refusal([&] { return read_answers(written(folder, "b", {R"({"outputs": {}})"})); }).empty());
  CHECK_THAT(
      refusal([&] { return read_answers(written(folder, "c", {R"({"outputs": {"4": 1}})"})); }),
      ContainsSubstring("outputs 4"));
}

TEST_CASE("scores are those of the sum of the items' statistics", "[benchmarks][answers]") {
  const Scratch folder;
  std::vector<std::string> rows;
  std::vector<std::string> answers;
  for (int i = 0; i < 30; ++i) {
    const std::string id = std::to_string(i);
    rows.push_back(R"({"id": )" + id + R"(, "question": "?", "answer": "x", "kind": ")" +
                   std::to_string(i % 3) + "\"}");
    answers.push_back(R"({"id": )" + id + R"(, "answer": ")" + (i % 4 == 0 ? "x" : "y") + "\"}");
  }
  const AnswerScores scores =
      scored(read_vqa({written(folder, "d.jsonl", rows)}), written(folder, "a.jsonl", answers));
  Statistics sums;
  for (const ItemScore& item : scores.items) add_to(sums, item.scored.statistics);
  CHECK(sums == scores.all.sums);
  Statistics grouped;
  for (const GroupScore& group : scores.groups) add_to(grouped, group.sums);
  CHECK(grouped == scores.all.sums);
  CHECK(scores.all.values[0].value == Approx(8.0 / 30));
}

TEST_CASE("accuracy and F1 that contradict each other are named", "[benchmarks][answers]") {
  // Under lmms-eval's rule recall leaves out what is neither: 2 of 4 right, yet F1 is 1.
  const Scratch folder;
  const auto label = [](int id, const char* answer) {
    return R"({"question_id": )" + std::to_string(id) +
           R"(, "image": "a.jpg", "text": "Is it?", "label": ")" + answer + "\"}";
  };
  const std::string labels =
      written(folder, "coco_pope_random.json",
              {label(1, "yes"), label(2, "yes"), label(3, "no"), label(4, "no")});
  const std::string answers = written(folder, "a.jsonl",
                                      {R"({"answer": "yes"})", R"({"answer": "yes."})",
                                       R"({"answer": "no"})", R"({"answer": "no."})"});
  const AnswerScores lmms = scored(read_pope({labels}, "lmms-eval"), answers);
  CHECK(lmms.all.values[3].value == 1);
  REQUIRE(lmms.notes.size() == 1);
  CHECK_THAT(lmms.notes[0], ContainsSubstring("contradict"));
  CHECK(scored(read_pope({labels}), answers).notes.empty());
}
