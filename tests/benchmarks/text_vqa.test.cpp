// SPDX-License-Identifier: MIT
#include <algorithm>

#include <catch_compat.hpp>

#include <infoflow/benchmarks/text/answer_rule.hpp>
#include <infoflow/benchmarks/text_vqa/text_vqa.hpp>

#include "laws/metric.laws.hpp"

using namespace infoflow;
using Annotators = std::vector<std::string>;

namespace {

/// `given` as often as said, the rest of ten all different.
Annotators ten(const std::string& given, int times) {
  Annotators annotators;
  for (int i = 0; i < 10; ++i) {
    annotators.push_back(i < times ? given : "other" + std::to_string(i));
  }
  return annotators;
}

JudgedAnswer judge(std::string_view rule, const std::string& answer, const Annotators& annotators) {
  return TextVqa(rule_named(text_vqa_rules, rule)).judge(answer, annotators);
}

}  // namespace

TEST_CASE("the EvalAI processor gives what is published of it", "[benchmarks][textvqa]") {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"King's Cross", "king 's cross"},
      {"Coca-Cola", "coca cola"},
      {"7 - eleven", "7 eleven"},
      {"7- eleven", "7 eleven"},
      {"don't", "don't"},
      {"dont", "don't"},
      {"1,000", "1000"},
      {"yes, it is", "yes it is"},
      {"the", ""},
      {"24/7", "24 7"},
      {"İstanbul", "i\u0307stanbul"},
      {"3.5", "3.5"},
      {"3.", "3"},
      {"u.s.a.", "usa"},
      {".5", ".5"},
      {"let's", "let 's"},
      {"Im", "im"},
      {"None of the Ten", "0 of 10"},
      {"a\u00A0b", "b"},
      {"two\nthree\tfour", "2 3 4"},
      {"#1 & $5 * 2 'x' : ~ ^ |", "#1 & $5 * 2 'x' : ~ ^ |"},
      {" What?! ", "what"},
      {"ÉCOLE", "école"},
  };
  for (const auto& [answer, wanted] : cases) {
    CAPTURE(answer);
    CHECK(evalai_answer(answer) == wanted);
  }
}

TEST_CASE("punctuation beside a blank anywhere is deleted, else it becomes a blank",
          "[benchmarks][textvqa]") {
  const auto plain = [](std::string_view t) {
    return without_punctuation(t, PeriodRule::not_before_digit);
  };
  CHECK(plain("a-b") == "a b");
  CHECK(plain("a-b -c") == "ab c");
  CHECK(plain("1,000-x") == "1000x");  // A comma between digits deletes every mark,
  CHECK(plain("١,٢-x") == "١٢x");      // of any script.
  CHECK(plain("١,b-x") == "١ b x");
  CHECK(plain("a,b-x") == "a b x");
}

TEST_CASE("only the first 32 periods are dropped", "[benchmarks][textvqa]") {
  std::string dotted;
  for (int i = 0; i < 34; ++i) dotted += "a.";
  CHECK(without_punctuation(dotted, PeriodRule::not_before_digit) == std::string(32, 'a') + "a.a.");
  CHECK(without_punctuation("3. 3.5 a.", PeriodRule::not_before_digit) == "3 3.5 a");
  CHECK(without_punctuation("3. 3.5 a.", PeriodRule::not_beside_digit) == "3. 3.5 a");
}

TEST_CASE("k of ten annotators are worth 0, 0.3, 0.6, 0.9 and then 1", "[benchmarks][textvqa]") {
  const std::vector<double> worth{0, 0.3, 0.6, 0.9, 1, 1, 1, 1, 1, 1, 1};
  for (int k = 0; k <= 10; ++k) {
    CAPTURE(k);
    CHECK(judge("m4c", "Dakota!", ten("dakota", k)).score ==
          Approx(worth[static_cast<std::size_t>(k)]));
  }
  CHECK(annotator_agreement("x", {}) == 0);
}

TEST_CASE("an empty answer agrees with annotators that become empty", "[benchmarks][textvqa]") {
  CHECK(judge("m4c", "", ten("The", 10)).score == 1);
  CHECK(judge("m4c", "", ten("sign", 10)).score == 0);
}

TEST_CASE("the VQA rule leaves everything as it is where all annotators agree",
          "[benchmarks][textvqa]") {
  CHECK(judge("vqa", "Bowmore", ten("Bowmore", 10)).score == 1);
  CHECK(judge("vqa", "bowmore", ten("Bowmore", 10)).score == 0);
  CHECK(judge("vqa", "bowmore", ten("Bowmore", 9)).score == 1);
  CHECK(judge("m4c", "bowmore", ten("Bowmore", 10)).score == 1);
  CHECK(judge("vqa", "King's", ten("kings", 5)).score == 0);  // No possessive is split.
  CHECK(judge("vqa", "King's", ten("King's", 5)).parsed == "king's");
}

TEST_CASE("Qwen-VL's rule never meets capitals and number words", "[benchmarks][textvqa]") {
  CHECK(judge("qwen-vl", "Bowmore", ten("Bowmore", 9)).score == 0);
  CHECK(judge("qwen-vl", "two", ten("two", 9)).score == 0);
  CHECK(judge("qwen-vl", "Two", ten("2", 9)).score == 1);
  CHECK(judge("qwen-vl", "coca-cola", ten("coca-cola", 9)).score == 1);
  CHECK(judge("qwen-vl", "coca-cola", ten("coca-cola", 10)).score == 0);  // Not even punctuation.
}

TEST_CASE("VLMEvalKit's rule keeps a period after a digit", "[benchmarks][textvqa]") {
  CHECK(judge("vlmevalkit", "3.", ten("3", 9)).score == 0);
  CHECK(judge("m4c", "3.", ten("3", 9)).score == 1);
  CHECK(judge("vlmevalkit", "Bowmore.", ten("bowmore", 10)).score == 1);
}

TEST_CASE("TextVQA wants ten annotators", "[benchmarks][textvqa]") {
  CHECK_THROWS_AS(judge("m4c", "x", Annotators(9, "x")), Error);
}

TEST_CASE("TextVQA under every rule obeys the laws of metrics", "[benchmarks][textvqa][laws]") {
  std::vector<std::pair<std::string, Annotators>> items;
  for (const std::string answer : {"dakota", "Two", "", "the", "3."}) {
    for (int k = 0; k <= 10; k += 2) items.emplace_back(answer, ten("dakota", k));
  }
  for (const TextVqaRule& rule : text_vqa_rules) {
    CAPTURE(rule.name);
    CHECK(laws::check_metric(TextVqa(rule), items) == "");
  }
}
