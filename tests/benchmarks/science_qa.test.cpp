// SPDX-License-Identifier: MIT
#include <catch_compat.hpp>

#include <infoflow/benchmarks/science_qa/science_qa.hpp>
#include <infoflow/benchmarks/text/answer_rule.hpp>

#include "laws/metric.laws.hpp"

using namespace infoflow;

namespace {

const Choices capitals{"Phoenix", "Baton Rouge", "Honolulu", "Cheyenne"};

/// The letter that the answer names, "" if it names no offered option.
std::string read(std::string_view rule, std::string_view answer,
                 const Choices& choices = capitals) {
  return ScienceQa(rule_named(science_qa_rules, rule)).read(answer, {choices, 0, false});
}

}  // namespace

TEST_CASE("LLaVA's rule takes the bare letter, the letter with its option, or the statement",
          "[benchmarks][scienceqa]") {
  CHECK(read("llava", "B") == "B");
  CHECK(read("llava", "B. Baton Rouge") == "B");
  CHECK(read("llava", "B. ") == "B");
  CHECK(read("llava", "The answer is C.") == "C");
  CHECK(read("llava", "So: The answer is C, clearly") == "C");
  for (const std::string answer :
       {"B.", "(B)", "B)", "b", "Answer: B", "The answer is B", "\nB", " B", "B.Baton", "",
        "The answer is B\n", "The answer is b.", "The answer is A. The answer is B."}) {
    CAPTURE(answer);
    CHECK(read("llava", answer).empty());
  }
}

TEST_CASE("letters beyond the options are wrong, not drawn at random", "[benchmarks][scienceqa]") {
  const Choices two{"no", "yes"};
  CHECK(read("llava", "E", two).empty());
  CHECK(read("llava", "C", two).empty());
  CHECK(read("original", "The answer is D.", two).empty());
  CHECK(read("internvl", "x", two).empty());
}

TEST_CASE("the original rule takes the statement alone", "[benchmarks][scienceqa]") {
  CHECK(read("original", "The answer is B. BECAUSE: …") == "B");
  CHECK(read("original", "B").empty());
  // A statement uses up the character after its letter, which cannot begin the next one.
  CHECK(read("original", "The answer is BThe answer is C.") == "B");
  CHECK(read("original", "The answer is B.The answer is C.").empty());
}

TEST_CASE("lmms-eval takes the letter in either case, or a capital with a period",
          "[benchmarks][scienceqa]") {
  for (const std::string answer : {"b", "B", " B\n", "B.", "B.x", "B. Baton Rouge"}) {
    CAPTURE(answer);
    CHECK(read("lmms-eval", answer) == "B");
  }
  for (const std::string answer : {"(B)", "B)", "b.", "Baton Rouge", "", "1", "The answer is B."}) {
    CAPTURE(answer);
    CHECK(read("lmms-eval", answer).empty());
  }
}

TEST_CASE("InternVL takes a first letter, then an option's text, then a bracket",
          "[benchmarks][scienceqa]") {
  CHECK(read("internvl", "A picture of a cat") == "A");
  CHECK(read("internvl", " B\n") == "B");
  CHECK(read("internvl", "It is Honolulu, not Phoenix") == "A");  // The first option that occurs.
  CHECK(read("internvl", "(C)") == "C");
  CHECK(read("internvl", "(c)").empty());
  CHECK(read("internvl", "(x").empty());  // Its own code fails here with an index error.
  CHECK(read("internvl", "b").empty());
  CHECK(read("internvl", "").empty());
}

TEST_CASE("VLMEvalKit takes the only letter near the end, a statement, or the only text",
          "[benchmarks][scienceqa]") {
  CHECK(read("vlmevalkit", "(B).") == "B");
  CHECK(read("vlmevalkit", "I choose option C: it fits") == "C");
  CHECK(read("vlmevalkit", "B is what I would say about this").empty());  // Too far from the end.
  CHECK(read("vlmevalkit", "The correct Answer  is **d**, I think so, really") == "D");
  CHECK(read("vlmevalkit", "A or B").empty());
  CHECK(read("vlmevalkit", "it must be honolulu") == "C");
  CHECK(read("vlmevalkit", "honolulu or phoenix").empty());
  CHECK(read("vlmevalkit", "honolulu" + std::string(80, '!')).empty());  // Longer than 2 · 34.
  CHECK(read("vlmevalkit", "").empty());
}

TEST_CASE("VLMEvalKit's steps are taken in its order: refusals, words, Z, statement, text",
          "[benchmarks][scienceqa]") {
  const Choices cities{"Dublin", "Rome", "Belfast"};
  CHECK(read("vlmevalkit", "The answer is Dublin.", cities) == "A");  // D is not offered.
  CHECK(read("vlmevalkit", "The answer is Dublin.", {"Dublin", "Rome", "x", "y"}) == "D");
  CHECK(read("vlmevalkit", "Cannot determine the answer: Dublin", cities).empty());
  CHECK(read("vlmevalkit", "I can't process this file. A", cities).empty());
  CHECK(read("vlmevalkit", "Failed to obtain answer via API B", cities).empty());
  CHECK(read("vlmevalkit", "Failed to obtain answer via API Rome", {"Dublin", "Rome is a big city"})
            .empty());
  const Choices long_one{"Dublin is far away", "Rome"};
  CHECK(read("vlmevalkit", "Failed to obtain answer via API: Rome", long_one) == "B");
  CHECK(read("vlmevalkit", "Z, not Rome", cities).empty());
  CHECK(read("vlmevalkit", "Rome", cities) == "B");
}

TEST_CASE("ScienceQA counts questions with a picture by themselves, too",
          "[benchmarks][scienceqa]") {
  const ScienceQa metric;
  const ScienceQaReference with{capitals, 3, true};
  const ScienceQaReference without{capitals, 1, false};
  Statistics sums;
  add_to(sums, metric.statistics("D", with));
  add_to(sums, metric.statistics("A", with));
  add_to(sums, metric.statistics("B", without));
  CHECK(sums == Statistics{2, 3, 1, 2});
  const std::vector<NamedValue> values = metric.values(sums);
  CHECK(values[0].value == Approx(2.0 / 3));
  CHECK(values[1] == NamedValue{"image_accuracy", 0.5, true});
}

TEST_CASE("ScienceQA under every rule obeys the laws of metrics", "[benchmarks][scienceqa][laws]") {
  std::vector<std::pair<std::string, ScienceQaReference>> items;
  for (const std::string answer : {"A", "b", "The answer is C.", "Cheyenne", "", "E"}) {
    for (std::size_t right = 0; right < 4; ++right) {
      items.push_back({answer, {capitals, right, right % 2 == 0}});
    }
  }
  for (const ScienceQaRule& rule : science_qa_rules) {
    CAPTURE(rule.name);
    CHECK(laws::check_metric(ScienceQa(rule), items) == "");
  }
}
