// SPDX-License-Identifier: MIT
#include <catch_compat.hpp>

#include <infoflow/benchmarks/vqa/vqa.hpp>

#include "laws/metric.laws.hpp"

using namespace infoflow;

TEST_CASE("a lettered question is right by its letter", "[benchmarks][vqa]") {
  const VqaReference reference{{"B"}, {"right", "above"}};
  for (const std::string answer :
       {"B", "b", " B.\n", "b)", "(B)", "(b) above", "B: above", "B. x"}) {
    CAPTURE(answer);
    CHECK(Vqa().judge(answer, reference).score == 1);
    CHECK(Vqa().judge(answer, reference).parsed == "B");
  }
  for (const std::string answer : {"A", "above", "Both", "(B", "", "B above", "é"}) {
    CAPTURE(answer);
    CHECK(Vqa().judge(answer, reference).score == 0);
  }
}

TEST_CASE("a free answer is right if it is the same but for case, blanks and a period",
          "[benchmarks][vqa]") {
  const VqaReference one{{"A red Ring."}};
  CHECK(Vqa().judge(" a RED ring ", one).score == 1);
  CHECK(Vqa().judge("a red ring..", one).score == 0);
  CHECK(Vqa().judge("red ring", one).score == 0);
  CHECK(Vqa().judge("", one).score == 0);
  const VqaReference several{{"two", "2"}};
  CHECK(Vqa().judge("2", several).score == 1);
  CHECK(Vqa().judge("Two.", several).score == 1);
}

TEST_CASE("ten answers are annotators", "[benchmarks][vqa]") {
  VqaReference reference{{"dakota", "dakota"}};
  for (int i = 0; i < 8; ++i) reference.answers.push_back("other" + std::to_string(i));
  CHECK(Vqa::has_annotators(reference));
  CHECK(Vqa().judge("Dakota!", reference).score == Approx(0.6));
  reference.answers.pop_back();
  CHECK(Vqa().judge("Dakota", reference).score == 1);
}

TEST_CASE("own questions obey the laws of metrics", "[benchmarks][vqa][laws]") {
  const std::vector<std::pair<std::string, VqaReference>> items{
      {"B", {{"B"}, {"x", "y"}}}, {"red", {{"red"}}}, {"", {{"red"}}}, {"2", {{"two", "2"}}}};
  CHECK(laws::check_metric(Vqa(), items) == "");
}
