// SPDX-License-Identifier: MIT
// Every evaluator's rule on generated answers, against Python's own text functions: recorded by
// tests/golden/make_rule_goldens.py.
#include <cmath>
#include <fstream>
#include <string>
#include <vector>

#include <catch_compat.hpp>
#include <nlohmann/json.hpp>

#include <infoflow/benchmarks/pope/pope_rules.hpp>
#include <infoflow/benchmarks/science_qa/science_qa.hpp>
#include <infoflow/benchmarks/text/answer_rule.hpp>
#include <infoflow/benchmarks/text_vqa/text_vqa.hpp>

using namespace infoflow;
using nlohmann::json;

namespace {

const std::vector<json>& golden() {
  static const std::vector<json> rows = [] {
    std::vector<json> read;
    std::ifstream file(std::string(INFOFLOW_SOURCE_DIR) + "/tests/golden/rules.jsonl");
    for (std::string line; std::getline(file, line);) read.push_back(json::parse(line));
    return read;
  }();
  return rows;
}

/// Calls `reads(row, rule)` for each answer of the task under each rule. \return how many differ
template <class Reads>
int differences(const std::string& task, Reads reads) {
  int answers = 0;
  int different = 0;
  for (const json& row : golden()) {
    if (row["task"] != task) continue;
    ++answers;
    for (const auto& [rule, wanted] : row["reads"].items()) {
      if (reads(row, rule, wanted)) continue;
      ++different;
      UNSCOPED_INFO(rule << " on " << row.dump());
    }
  }
  CHECK(answers == 500);
  return different;
}

}  // namespace

TEST_CASE("POPE's rules read generated answers as Python does", "[benchmarks][pope][rules]") {
  CHECK(differences("pope", [](const json& row, const std::string& rule, const json& wanted) {
          const YesNo label = row["label"] == "yes" ? YesNo::yes : YesNo::no;
          const std::string answer = row["answer"];
          const std::string_view read = name_of(rule_named(pope_rules, rule).read(answer, label));
          return read == wanted.get<std::string>();
        }) == 0);
}

TEST_CASE("ScienceQA's rules read generated answers as Python does",
          "[benchmarks][scienceqa][rules]") {
  CHECK(differences("scienceqa", [](const json& row, const std::string& rule, const json& wanted) {
          const ScienceQa metric(rule_named(science_qa_rules, rule));
          const std::string answer = row["answer"];
          return metric.read(answer, {row["choices"], 0, false}) == wanted.get<std::string>();
        }) == 0);
}

TEST_CASE("TextVQA's rules read and score generated answers as Python does",
          "[benchmarks][textvqa][rules]") {
  CHECK(differences("textvqa", [](const json& row, const std::string& rule, const json& wanted) {
          const TextVqa metric(rule_named(text_vqa_rules, rule));
          const JudgedAnswer judged =
              metric.judge(row["answer"].get<std::string>(), row["annotators"]);
          return judged.parsed == wanted[0].get<std::string>() &&
                 std::abs(judged.score - wanted[1].get<double>()) < 1e-12;
        }) == 0);
}

TEST_CASE("the recorded answers reject a rule that takes a letter that is not offered",
          "[benchmarks][scienceqa][rules]") {
  // "The answer is Dublin." says D only where there is a fourth option.
  const auto broken = [](const json& row, const std::string& rule, const json& wanted) {
    if (rule != "vlmevalkit") return true;
    const std::string answer = row["answer"];
    const char stated = infoflow::detail::letter_after_answer_is(answer);
    if (stated != '\0') return wanted.get<std::string>() == std::string(1, stated);
    return ScienceQa(rule_named(science_qa_rules, rule)).read(answer, {row["choices"], 0, false}) ==
           wanted.get<std::string>();
  };
  CHECK(differences("scienceqa", broken) > 0);
}
