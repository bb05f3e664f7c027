// SPDX-License-Identifier: MIT
#include <map>

#include <catch_compat.hpp>

#include <infoflow/benchmarks/pope/pope.hpp>
#include <infoflow/benchmarks/text/answer_rule.hpp>
#include <infoflow/statistics/f1_range.hpp>

#include "laws/broken_metrics.hpp"
#include "laws/generators.hpp"
#include "laws/metric.laws.hpp"

using namespace infoflow;

namespace {

constexpr YesNo yes = YesNo::yes;
constexpr YesNo no = YesNo::no;
constexpr YesNo neither = YesNo::neither;

YesNo read(std::string_view rule, std::string_view answer, YesNo label = YesNo::yes) {
  return rule_named(pope_rules, rule).read(answer, label);
}

/// Answers of all kinds, with labels.
std::vector<std::pair<std::string, YesNo>> generated(std::uint64_t number) {
  const std::vector<std::string> answers{"Yes",   "No",    "yes.",       "",   "not sure",
                                         "Maybe", "no no", "Answer: no", "NO", "There isn't one"};
  laws::Draw draw(number);
  std::vector<std::pair<std::string, YesNo>> items;
  for (Index n = draw.index(1, 40); n > 0; --n) {
    items.emplace_back(answers[static_cast<std::size_t>(draw.index(0, 9))], draw.coin() ? yes : no);
  }
  return items;
}

std::map<std::string, NamedValue> by_name(const std::vector<NamedValue>& values) {
  std::map<std::string, NamedValue> named;
  for (const NamedValue& value : values) named[value.name] = value;
  return named;
}

}  // namespace

TEST_CASE("the official rule looks for No, no or not in the first sentence", "[benchmarks][pope]") {
  for (const std::string answer : {"No", "no", "not", "No,", "No, there is none", "I am not sure",
                                   "Yes and no", "Well, no. Yes", "  no"}) {
    CAPTURE(answer);
    CHECK(read("official", answer) == no);
  }
  for (const std::string answer :
       {"Yes", "", "garbage", "NO", "No!", "No\n", "Nope", "Not", "isn't", "cannot", "**No**",
        "(no)", "Yes. There is no dog", "3.5 no", ".no", "no\tone", "\nno"}) {
    CAPTURE(answer);
    CHECK(read("official", answer) == yes);
  }
}

TEST_CASE("OPERA's rule reads the whole answer and knows n't and NO", "[benchmarks][pope]") {
  for (const std::string answer :
       {"Yes. There is not a cat", "NO", "There isn't one", "Yes. no", "No.", "n't", "isn't it"}) {
    CAPTURE(answer);
    CHECK(read("opera", answer) == no);
  }
  for (const std::string answer : {"1.no", "Yes", "", "Not", "Nope"}) {
    CAPTURE(answer);
    CHECK(read("opera", answer) == yes);
  }
}

TEST_CASE("VCD's rule finds the label anywhere, whatever else is said", "[benchmarks][pope]") {
  CHECK(read("vcd", " YES!", yes) == yes);
  CHECK(read("vcd", "eyes", yes) == yes);
  CHECK(read("vcd", "maybe", yes) == no);
  for (const std::string answer : {"not", "I know", "another", "snow", "yes and no"}) {
    CAPTURE(answer);
    CHECK(read("vcd", answer, no) == no);
  }
  CHECK(read("vcd", "yes and no", yes) == yes);
  CHECK(read("vcd", "maybe", no) == yes);
}

TEST_CASE("lmms-eval wants the word and nothing else", "[benchmarks][pope]") {
  CHECK(read("lmms-eval", " Yes\n") == yes);
  CHECK(read("lmms-eval", "NO") == no);
  for (const std::string answer : {"Yes.", "no, there is none", "", "y"}) {
    CHECK(read("lmms-eval", answer) == neither);
  }
}

TEST_CASE("VLMEvalKit wants one of the words and not the other", "[benchmarks][pope]") {
  CHECK(read("vlmevalkit", "Yes.") == yes);
  CHECK(read("vlmevalkit", "(NO)") == no);
  CHECK(read("vlmevalkit", "No, there is not") == no);
  for (const std::string answer : {"yes and no", "", "nope", "There isn't one"}) {
    CHECK(read("vlmevalkit", answer) == neither);
  }
}

TEST_CASE("Shikra's rule wants its template once", "[benchmarks][pope]") {
  CHECK(read("shikra", "The answer is yes .") == yes);
  CHECK(read("shikra", "So the answer is no.") == no);
  CHECK(read("shikra", "I see it.\nAnswer: yes") == yes);
  for (const std::string answer : {"yes", "The answer is Yes.", "the answer is yes\nAnswer: yes",
                                   "The answer is ", "The answer is yes, of course", ""}) {
    CAPTURE(answer);
    CHECK(read("shikra", answer) == neither);
  }
}

TEST_CASE("POPE's values are those of the confusion matrix", "[benchmarks][pope]") {
  // LLaVA-1.5-13B on adversarial: TP 1182, FP 117, TN 1383, FN 318.
  const Statistics sums{1182, 117, 1383, 318, 0, 0};
  auto values = by_name(Pope().values(sums));
  CHECK(values["accuracy"].value == (1182.0 + 1383) / 3000);
  CHECK(values["precision"].value == 1182.0 / 1299);
  CHECK(values["recall"].value == 1182.0 / 1500);
  CHECK(values["f1"].value == Approx(2 * 1182.0 / (2 * 1182 + 117 + 318)));
  CHECK(values["yes_ratio"].value == 1299.0 / 3000);
}

TEST_CASE("answers that are neither count as each evaluator has it", "[benchmarks][pope]") {
  // 4 labels yes: read yes, no, neither, neither; 2 labels no: read yes, neither.
  const Statistics sums{1, 1, 0, 1, 2, 1};
  auto kit = by_name(Pope(rule_named(pope_rules, "vlmevalkit")).values(sums));
  CHECK(kit["accuracy"].value == Approx(1.0 / 6));
  CHECK(kit["precision"].value == 0.5);
  CHECK(kit["recall"].value == 0.25);
  CHECK(kit["yes_ratio"].value == Approx(2.0 / 6));
  auto lmms = by_name(Pope(rule_named(pope_rules, "lmms-eval")).values(sums));
  CHECK(lmms["recall"].value == 0.5);  // 1 of the two that were yes or no.
  CHECK(lmms["f1"].value == 0.5);
  CHECK(lmms["yes_ratio"].value == Approx(4.0 / 6));  // Of the labels.
}

TEST_CASE("zero denominators give 0, not defined", "[benchmarks][pope]") {
  auto values = by_name(Pope().values(Statistics{0, 0, 5, 0, 0, 0}));  // Nobody says yes.
  CHECK(values["accuracy"] == NamedValue{"accuracy", 1, true});
  CHECK(values["precision"] == NamedValue{"precision", 0, false});
  CHECK(values["recall"] == NamedValue{"recall", 0, false});
  CHECK(values["f1"] == NamedValue{"f1", 0, false});
  CHECK(values["yes_ratio"] == NamedValue{"yes_ratio", 0, true});
}

TEST_CASE("POPE under every rule obeys the laws of metrics", "[benchmarks][pope][laws]") {
  for (const PopeRule& rule : pope_rules) {
    CAPTURE(rule.name);
    for (std::uint64_t number = 0; number < 20; ++number) {
      CHECK(laws::check_metric(Pope(rule), generated(number)) == "");
    }
  }
}

TEST_CASE("the laws of metrics reject metrics that break them", "[benchmarks][pope][laws]") {
  const auto rejected = [](const auto& metric) {
    for (std::uint64_t number = 0; number < 20; ++number) {
      if (!laws::check_metric(metric, generated(number)).empty()) return true;
    }
    return false;
  };
  CHECK(rejected(laws::DividesByNothing()));
  CHECK(rejected(laws::GivesHalfPoints()));
  CHECK(rejected(laws::ReportsAnother()));
}

TEST_CASE("an accuracy of 94.01 on balanced labels forbids an F1 of 86.31", "[benchmarks][pope]") {
  // Errors 0.0599. All of them missed: 2·0.4401 / (2·0.4401 + 0.0599) = 0.8802 / 0.9401.
  const Interval range = f1_range(0.9401, 0.5);
  CHECK(range.low == Approx(0.8802 / 0.9401));
  CHECK(range.high == Approx(1.0 / 1.0599));
  CHECK(range.low > 0.936);
  CHECK(0.8631 < range.low);
}

TEST_CASE("every yes/no confusion lies in the F1 range, and its ends are reached",
          "[benchmarks][pope]") {
  for (int positives = 0; positives <= 6; ++positives) {
    for (int hits = 0; hits <= positives; ++hits) {
      for (int alarms = 0; alarms <= 6 - positives; ++alarms) {
        const int missed = positives - hits;
        const double f1 = hits == 0 ? 0 : 2.0 * hits / (2 * hits + missed + alarms);
        const Interval range = f1_range(1 - (missed + alarms) / 6.0, positives / 6.0);
        CAPTURE(positives, hits, alarms, range.low, range.high);
        CHECK(f1 >= range.low - 1e-12);
        CHECK(f1 <= range.high + 1e-12);
        const bool only_missed = alarms == 0;
        if (only_missed) CHECK(f1 == Approx(range.low).margin(1e-12));
        const bool only_alarms = missed == 0;
        if (only_alarms) CHECK(f1 == Approx(range.high).margin(1e-12));
      }
    }
  }
}
