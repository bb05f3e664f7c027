// SPDX-License-Identifier: MIT
#include <catch_compat.hpp>

#include "benchmark_support.hpp"

using namespace benchmark_test;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string label(int id, const std::string& thing, const std::string& answer) {
  return R"({"question_id": )" + std::to_string(id) +
         R"(, "image": "a.jpg", "text": "Is there a )" + thing + R"( in the image?", "label": ")" +
         answer + "\"}";
}

std::string question(int id, const std::string& thing, const std::string& category) {
  return R"({"question_id": )" + std::to_string(id) +
         R"(, "image": "a.jpg", "text": "Is there a )" + thing +
         R"( in the imange?\nAnswer in one word.", "category": ")" + category + "\"}";
}

std::string answer(int id, const std::string& thing, const std::string& text) {
  return R"({"question_id": )" + std::to_string(id) + R"(, "prompt": "Is there a )" + thing +
         R"( in the image?\nAnswer …", "text": ")" + text + "\"}";
}

/// Two categories of two questions each: a cup (yes) and a cat or a dog (no).
struct Data {
  Scratch folder;
  std::string random =
      written(folder, "coco_pope_random.json", {label(1, "cup", "yes"), label(2, "cat", "no")});
  std::string popular =
      written(folder, "coco_pope_popular.json", {label(1, "cup", "yes"), label(2, "dog", "no")});
};

Statistics sums(const AnswerScores& scores) {
  return scores.all.sums;
}

/// Accuracy, F1 and the confusion counts of the published answers.
void check_published(const std::string& category, const Statistics& counts, double f1) {
  const auto folder = reference_data();
  if (!folder) INFOFLOW_NOT_RUN("INFOFLOW_REFERENCE_DATA names no folder");
  const std::string pope = *folder + "/pope/";
  const Benchmark data = read_pope({pope + "coco_e3e39262/coco_pope_" + category + ".json"});
  const AnswerScores scores = scored(data, pope + "answers_llava-v1.5-13b.jsonl");
  CHECK(scores.all.sums == counts);
  CHECK(scores.all.values[3].name == "f1");
  CHECK(scores.all.values[3].value == Approx(f1).margin(5e-5));
  // The file answers all three categories.
  CHECK(scores.notes == Files{std::to_string(8910 - data.items.size()) +
                              " answers belong to no question of the data and are left out"});
}

}  // namespace

TEST_CASE("label files become items in their order", "[benchmarks][pope]") {
  const Data data;
  const Benchmark one = read_pope({data.random});
  REQUIRE(one.items.size() == 2);
  CHECK(one.task == "pope");
  CHECK(one.rule == "official");
  CHECK(one.items[1].id == "2");
  CHECK(one.items[1].where == data.random + ":2");
  CHECK(one.items[1].question == "Is there a cat in the image?");
  CHECK(one.items[1].reference == "No");
  CHECK(one.items[1].group == "random");
  CHECK(one.items[1].score("No").score == 1);
  CHECK(one.items[1].score("No").parsed == "no");

  const Benchmark folder = read_pope({data.folder.path().string()});  // In order of name.
  REQUIRE(folder.items.size() == 4);
  CHECK(folder.items[0].id == "popular/1");
  CHECK(folder.items[3].id == "random/2");
}

TEST_CASE("answers in POPE's own form are paired by place", "[benchmarks][pope]") {
  const Data data;
  const std::string answers =
      written(data.folder, "answers.json",
              {R"({"question": "is there a cup in the image?", "answer": "yes"})",
               R"({"question": "is there a cat in the image?", "answer": "no"})"});
  CHECK(sums(scored(read_pope({data.random}), answers)) == Statistics{1, 0, 1, 0, 0, 0});
  CHECK_THAT(refusal([&] { return scored(read_pope({data.folder.path().string()}), answers); }),
             ContainsSubstring("2 answers for 4 labels"));
}

TEST_CASE("one answer file of LLaVA serves each category by its ids", "[benchmarks][pope]") {
  const Data data;
  const std::string answers =
      written(data.folder, "answers.jsonl",
              {answer(1, "cow", "No"), answer(2, "cow", "No"),  // adversarial, of no label file
               answer(10000001, "cup", "Yes"), answer(10000002, "cat", "Yes"),
               answer(20000001, "cup", "No"), answer(20000002, "dog", "No")});
  const AnswerScores random = scored(read_pope({data.random}), answers);
  CHECK(sums(random) == Statistics{1, 1, 0, 0, 0, 0});
  CHECK(random.notes == Files{"4 answers belong to no question of the data and are left out"});
  CHECK(sums(scored(read_pope({data.popular}), answers)) == Statistics{0, 0, 1, 1, 0, 0});

  const AnswerScores both = scored(read_pope({data.random, data.popular}), answers);
  REQUIRE(both.groups.size() == 2);
  CHECK(both.groups[0].name == "random");
  CHECK(both.groups[0].sums == sums(random));
  CHECK(both.all.n == 4);
}

TEST_CASE("answers of another version of the labels are refused", "[benchmarks][pope]") {
  const Data data;
  const std::string fewer = written(data.folder, "fewer.jsonl", {answer(10000001, "cup", "Yes")});
  const std::string said = refusal([&] { return scored(read_pope({data.random}), fewer); });
  CHECK_THAT(said, ContainsSubstring("1 answers for 2 labels of category random"));
  CHECK_THAT(said, ContainsSubstring("2910"));

  const std::string others = written(
      data.folder, "others.jsonl", {answer(10000001, "cup", "Yes"), answer(10000002, "dog", "No")});
  const std::string named = refusal([&] { return scored(read_pope({data.random}), others); });
  CHECK_THAT(named, ContainsSubstring("others.jsonl:2"));
  CHECK_THAT(named, ContainsSubstring("coco_pope_random.json:2"));
}

TEST_CASE("an answer that stands twice is named, and the last counts", "[benchmarks][pope]") {
  const Data data;
  for (const int base : {0, 10000000}) {
    const std::string answers =
        written(data.folder, "twice.jsonl",
                {answer(base + 1, "cup", "No"), answer(base + 2, "cat", "No"),
                 answer(base + 1, "cup", "Yes")});
    CAPTURE(base);
    const AnswerScores scores = scored(read_pope({data.random}), answers);
    CHECK(sums(scores)[Pope::true_no] == 1);
    CHECK(sums(scores)[Pope::true_yes] + sums(scores)[Pope::false_no] == 1);
    REQUIRE(scores.notes.size() >= 1);
    CHECK_THAT(scores.notes[0], ContainsSubstring("twice"));
  }
}

TEST_CASE("answers out of order are paired by their ids", "[benchmarks][pope]") {
  const Data data;
  const std::string answers =
      written(data.folder, "shuffled.jsonl", {answer(2, "cat", "No"), answer(1, "cup", "Yes")});
  CHECK(sums(scored(read_pope({data.random}), answers)) == Statistics{1, 0, 1, 0, 0, 0});
}

TEST_CASE("samples of lmms-eval are read in the order of their data set", "[benchmarks][pope]") {
  const Data data;
  const auto sample = [](int doc, const std::string& id, const std::string& responses) {
    return R"({"doc_id": )" + std::to_string(doc) + R"(, "target": "yes", "filtered_resps": )" +
           responses + R"(, "pope_accuracy": {"question_id": ")" + id +
           R"(", "score": 1.0, "prediction": "yes"}, "new": {"key": 1}})";
  };
  const std::string answers = written(data.folder, "samples.jsonl",
                                      {sample(1, "2", R"([["No"]])"), sample(0, "1", R"(["Yes"])"),
                                       sample(2, "1", R"("Yes")"), sample(3, "2", R"(["Yes"])")});
  const Benchmark labels = read_pope({data.random, data.popular}, "lmms-eval");
  const AnswerScores scores = scored(labels, answers);
  CHECK(scores.groups[0].sums == Statistics{1, 0, 1, 0, 0, 0});
  CHECK(scores.groups[1].sums == Statistics{1, 1, 0, 0, 0, 0});
  CHECK_THAT(refusal([&] { return scored(read_pope({data.random}), answers); }),
             ContainsSubstring("4 answers for 2 labels"));
}

TEST_CASE("LLaVA's question file takes its labels by place within a category",
          "[benchmarks][pope]") {
  const Data data;
  const std::string questions =
      written(data.folder, "llava_pope_test.jsonl",
              {question(1, "cow", "adversarial"), question(10000001, "cup", "random"),
               question(20000001, "cup", "popular"), question(10000002, "cat", "random"),
               question(20000002, "dog", "popular")});
  const Benchmark joined = read_pope({questions, data.popular, data.random});
  REQUIRE(joined.items.size() == 4);  // Nothing is known about adversarial.
  CHECK(joined.items[0].id == "10000001");
  CHECK(joined.items[2].id == "10000002");
  CHECK(joined.items[2].group == "random");
  CHECK(joined.items[2].question == "Is there a cat in the image?");

  CHECK_THAT(refusal([&] { return read_pope({questions}); }), ContainsSubstring("no labels"));
  const std::string other = written(data.folder, "other.jsonl",
                                    {question(1, "cup", "random"), question(2, "cow", "random")});
  CHECK_THAT(refusal([&] { return read_pope({other, data.random}); }),
             ContainsSubstring("other.jsonl:2"));
  CHECK_THAT(refusal([&] {
               return read_pope({questions, data.random, data.popular,
                                 written(data.folder, "coco_pope_adversarial.json",
                                         {label(1, "a", "no"), label(2, "b", "no")})});
             }),
             ContainsSubstring("category adversarial has 1 questions and 2 labels"));
}

TEST_CASE("bad labels are named by file and line, or skipped and named", "[benchmarks][pope]") {
  const Scratch folder;
  const std::string file = written(
      folder, "coco_pope_random.json",
      {label(1, "cup", "yes"), label(2, "cat", "maybe"), "{", label(1, "cat", "no"), "7",
       R"({"question_id": 5, "image": 3, "text": "?", "label": "no"})", label(6, "cat", "No")});
  CHECK_THAT(refusal([&] { return read_pope({file}); }), ContainsSubstring("random.json:2"));
  const Benchmark rest = read_pope({file}, "", true);
  CHECK(rest.items.size() == 2);
  CHECK(rest.items[1].reference == "No");
  REQUIRE(rest.skipped.size() == 5);
  CHECK_THAT(rest.skipped[1], ContainsSubstring("random.json:3"));
  CHECK_THAT(rest.skipped[2], ContainsSubstring("stands twice"));
  CHECK_THAT(refusal([&] { return read_pope({file, file}, "", true); }),
             ContainsSubstring("given twice"));
  CHECK_THAT(refusal([&] { return read_pope({file}, "oficial"); }), ContainsSubstring("official"));
}

TEST_CASE("LLaVA-1.5-13B's published answers score on adversarial as published",
          "[benchmarks][pope]") {
  check_published("adversarial", {1182, 117, 1383, 318, 0, 0}, 0.8446);
}

TEST_CASE("LLaVA-1.5-13B's published answers score on random as published", "[benchmarks][pope]") {
  check_published("random", {1182, 31, 1379, 318, 0, 0}, 0.8714);
}

TEST_CASE("LLaVA-1.5-13B's published answers score on popular as published", "[benchmarks][pope]") {
  check_published("popular", {1182, 59, 1441, 318, 0, 0}, 0.8625);
}

TEST_CASE("both published versions of the labels are read", "[benchmarks][pope]") {
  const auto folder = reference_data();
  if (!folder) INFOFLOW_NOT_RUN("INFOFLOW_REFERENCE_DATA names no folder");
  const std::string pope = *folder + "/pope/";
  CHECK(read_pope({pope + "coco_head"}).items.size() == 9000);
  CHECK(read_pope({pope + "coco_e3e39262"}).items.size() == 8910);
  const Benchmark joined = read_pope({pope + "llava_pope_test.jsonl", pope + "coco_e3e39262"});
  CHECK(joined.items.size() == 8910);
  const AnswerScores scores = scored(joined, pope + "answers_llava-v1.5-13b.jsonl");
  CHECK(scores.all.sums == Statistics{3546, 207, 4203, 954, 0, 0});
  CHECK_THAT(
      refusal([&] { return read_pope({pope + "llava_pope_test.jsonl", pope + "coco_head"}); }),
      ContainsSubstring("2910 questions and 3000 labels"));
}
