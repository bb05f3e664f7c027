// SPDX-License-Identifier: MIT
// How the families' evaluations word the benchmarks. LLaVA's texts are those of its own question files
// and scripts for v1.5.
#include <algorithm>
#include <array>

#include <catch_compat.hpp>

#include <adapters/evaluation/instructblip_wording.hpp>
#include <adapters/evaluation/internvl_wording.hpp>
#include <adapters/evaluation/llava_next_wording.hpp>
#include <adapters/evaluation/llava_wording.hpp>
#include <adapters/evaluation/qwen2_5_vl_wording.hpp>
#include <adapters/evaluation/qwen_vl_wording.hpp>
#include <adapters/evaluation/shikra_wording.hpp>
#include <adapters/qwen_vl/prompts.hpp>
#include <infoflow/benchmarks/benchmark_files.hpp>

using namespace infoflow;
using namespace infoflow::adapters;

namespace {

BenchmarkItem item(std::string question, std::vector<std::string> choices = {}) {
  BenchmarkItem item;
  item.question = std::move(question);
  item.choices = std::move(choices);
  return item;
}

std::string asked(EvaluationWording evaluation, std::string_view task, const BenchmarkItem& item) {
  return wording_of(evaluation, task).question(item);
}

template <class Rules>
bool has(const Rules& rules, std::string_view name) {
  return std::any_of(rules.begin(), rules.end(),
                     [&](const auto& rule) { return rule.name == name; });
}

bool has_rule(std::string_view task, std::string_view rule) {
  return (task == "pope" && has(pope_rules, rule)) ||
         (task == "scienceqa" && has(science_qa_rules, rule)) ||
         (task == "textvqa" && has(text_vqa_rules, rule));
}

/// The law of evaluations: every row is of a benchmark that can be read, and the only one of it; its rule
/// is one of that benchmark's.
std::string check_tasks(EvaluationWording evaluation) {
  for (const TaskWording& row : evaluation) {
    const auto is_of_task = [&](const auto& other) { return other.task == row.task; };
    if (std::count_if(evaluation.begin(), evaluation.end(), is_of_task) != 1) {
      return std::string(row.task) + " has two rows";
    }
    if (std::none_of(benchmark_tasks.begin(), benchmark_tasks.end(),
                     [&](const BenchmarkTask& known) { return known.name == row.task; })) {
      return std::string(row.task) + " is no benchmark";
    }
    if (!row.rule.empty() && !has_rule(row.task, row.rule)) {
      return std::string(row.task) + " has no rule " + std::string(row.rule);
    }
  }
  return "";
}

}  // namespace

TEST_CASE("a row of an evaluation is of a benchmark, and the only one of it", "[adapters][law]") {
  for (const EvaluationWording evaluation :
       {EvaluationWording(llava_evaluation), EvaluationWording(llava_next_evaluation),
        EvaluationWording(internvl_evaluation), EvaluationWording(qwen_vl_chat_evaluation),
        EvaluationWording(qwen_vl_raw_evaluation), EvaluationWording(shikra_evaluation),
        EvaluationWording(instructblip_evaluation), EvaluationWording(qwen2_5_vl_evaluation)}) {
    CHECK(check_tasks(evaluation) == "");
    CHECK(evaluation.size() == benchmark_tasks.size());  // These families word them all.
  }
}

TEST_CASE("the law of evaluations rejects a misspelt task and a second row", "[adapters][broken]") {
  constexpr std::array<TaskWording, 1> misspelt{{{"text_vqa", question_with_options}}};
  CHECK(check_tasks(misspelt) == "text_vqa is no benchmark");
  constexpr std::array<TaskWording, 2> twice{
      {{"pope", question_with_options, 10}, {"pope", question_with_options, 20}}};
  CHECK(check_tasks(twice) == "pope has two rows");
  constexpr std::array<TaskWording, 1> elsewhere{{{"pope", question_with_options, 10, "internvl"}}};
  CHECK(check_tasks(elsewhere) == "pope has no rule internvl");
}

TEST_CASE("a benchmark that an evaluation does not word is asked as it stands", "[adapters]") {
  const TaskWording plain = wording_of({}, "new");
  CHECK(plain.task == "new");
  CHECK(plain.question(item("Where?", {"left", "right"})) == "Where?\nA. left\nB. right");
  CHECK(plain.answer_limit == 128);
}

TEST_CASE("benchmarks' questions are put as LLaVA's evaluation puts them", "[adapters][llava]") {
  CHECK(asked(llava_evaluation, "pope", item("Is there a cup in the image?")) ==
        "Is there a cup in the image?\nAnswer the question using a single word or phrase.");
  CHECK(asked(llava_evaluation, "chair", item("Please describe this image in detail.")) ==
        "Please describe this image in detail.");

  BenchmarkItem science = item("What is the capital of Wyoming?", {"Phoenix", "Cheyenne"});
  const std::string options =
      "What is the capital of Wyoming?\nA. Phoenix\nB. Cheyenne\n"
      "Answer with the option's letter from the given choices directly.";
  CHECK(asked(llava_evaluation, "scienceqa", science) == options);
  science.hint = "Select the best answer.";
  CHECK(asked(llava_evaluation, "scienceqa", science) ==
        "Context: Select the best answer.\n" + options);

  BenchmarkItem text = item("What is the brand?");
  CHECK(asked(llava_evaluation, "textvqa", text) ==
        "What is the brand?\nAnswer the question using a single word or phrase.");
  text.hint = "DAKOTA, X";
  CHECK(asked(llava_evaluation, "textvqa", text) ==
        "What is the brand?\nReference OCR token: DAKOTA, X\n"
        "Answer the question using a single word or phrase.");
  text.hint = "";  // LLaVA's file keeps the line where there are no tokens, blank included.
  CHECK(asked(llava_evaluation, "textvqa", text) ==
        "What is the brand?\nReference OCR token: \n"
        "Answer the question using a single word or phrase.");

  CHECK(wording_of(llava_evaluation, "pope").answer_limit == 128);
  CHECK(wording_of(llava_evaluation, "scienceqa").answer_limit == 1024);
  CHECK(wording_of(llava_evaluation, "chair").answer_limit == 512);
  CHECK(wording_of(llava_evaluation, "vqa").answer_limit == 64);
}

TEST_CASE("LLaVA-1.6 is asked as in lmms-eval, which capitalises TextVQA's questions",
          "[adapters][llava_next]") {
  const BenchmarkItem brand = item("what is the BRAND of this Camera?");
  CHECK(asked(llava_next_evaluation, "textvqa", brand) ==
        "What is the brand of this camera?\nAnswer the question using a single word or phrase.");
  CHECK(asked(llava_next_evaluation, "textvqa", item("")) ==
        "\nAnswer the question using a single word or phrase.");
  CHECK(asked(llava_next_evaluation, "pope", brand) == asked(llava_evaluation, "pope", brand));
  const BenchmarkItem science = item("Which is north?", {"Ohio", "Utah"});
  CHECK(asked(llava_next_evaluation, "scienceqa", science) ==
        asked(llava_evaluation, "scienceqa", science));
  CHECK(wording_of(llava_next_evaluation, "pope").answer_limit == 128);
  CHECK(wording_of(llava_next_evaluation, "scienceqa").answer_limit == 16);
  CHECK(wording_of(llava_next_evaluation, "textvqa").answer_limit == 1024);
}

TEST_CASE(
    "Shikra is asked in the first template of its evaluation, around a picture if there is one",
    "[adapters][shikra]") {
  const std::string opening = "Can you give me a straightforward answer to my question: ";
  const std::string closing = " Consider the image <image> when answering.";
  BenchmarkItem dog = item("Is there a dog in the image?");
  dog.image = "a.png";
  for (const char* task : {"pope", "textvqa", "vqa"}) {
    CHECK(asked(shikra_evaluation, task, dog) ==
          opening + "Is there a dog in the image?" + closing);
  }
  CHECK(asked(shikra_evaluation, "chair", dog) == "<image> Is there a dog in the image?");
  BenchmarkItem science = item("Which is north?", {"Ohio", "Utah"});
  science.hint = "On the map.";
  const std::string question = opening + "On the map.\nWhich is north?\nA. Ohio\nB. Utah";
  CHECK(asked(shikra_evaluation, "scienceqa", science) == question);
  science.image = "b.png";
  CHECK(asked(shikra_evaluation, "scienceqa", science) == question + closing);
  CHECK(wording_of(shikra_evaluation, "pope").answer_limit == 1024);
}

TEST_CASE("InstructBLIP is instructed as in its paper", "[adapters][instructblip]") {
  const BenchmarkItem dog = item("Is there a dog in the image?");
  CHECK(asked(instructblip_evaluation, "pope", dog) ==
        "Question: Is there a dog in the image? Short answer:");
  BenchmarkItem brand = item("what is the brand?");
  CHECK(asked(instructblip_evaluation, "textvqa", brand) ==
        "Question: what is the brand? Short answer:");
  brand.hint = "a, b";
  CHECK(asked(instructblip_evaluation, "textvqa", brand) ==
        "OCR tokens: a, b. Question: what is the brand? Short answer:");
  BenchmarkItem science = item("Which is north?", {"Ohio", "Utah"});
  CHECK(asked(instructblip_evaluation, "scienceqa", science) ==
        "Question: Which is north? Options: (a) Ohio (b) Utah. Answer:");
  science.hint = "On the map";
  CHECK(asked(instructblip_evaluation, "scienceqa", science) ==
        "Context: On the map. Question: Which is north? Options: (a) Ohio (b) Utah. Answer:");
  // An answer names an option by its text: the benchmark's own rule knows letters alone.
  const std::string_view rule = wording_of(instructblip_evaluation, "scienceqa").rule;
  CHECK(rule_named(science_qa_rules, rule).pick("utah", {"Ohio", "Utah"}) == 'B');
  CHECK(rule_named(science_qa_rules, "").pick("utah", {"Ohio", "Utah"}) != 'B');
  CHECK(asked(instructblip_evaluation, "chair", item("Describe it.")) == "Describe it.");
  CHECK(asked(instructblip_evaluation, "vqa", item("Where?")) == "Question: Where? Short answer:");
  CHECK(wording_of(instructblip_evaluation, "pope").answer_limit == 10);
}

TEST_CASE("questions of one's own are put as they are, with their options", "[adapters][llava]") {
  CHECK(asked(llava_evaluation, "vqa", item("Where is it?")) == "Where is it?");
  CHECK(asked(llava_evaluation, "vqa", item("Where is it?", {"left", "right"})) ==
        "Where is it?\nA. left\nB. right");
}

TEST_CASE("benchmarks are asked as in InternVL's evaluation", "[adapters][internvl]") {
  BenchmarkItem dog = item("Is there a dog?");
  CHECK(asked(internvl_evaluation, "pope", dog) ==
        "Is there a dog?\nAnswer the question using a single word or phrase.");
  CHECK(asked(internvl_evaluation, "textvqa", dog) ==
        "Is there a dog? Answer the question using a single word or phrase.");
  dog.choices = {"yes", "no"};
  dog.hint = "A picture.";
  CHECK(asked(internvl_evaluation, "scienceqa", dog) ==
        "A picture.\nIs there a dog?\nA. yes\nB. no\n"
        "Answer with the option's letter from the given choices directly.");
  CHECK(wording_of(internvl_evaluation, "pope").answer_limit == 100);
  CHECK(wording_of(internvl_evaluation, "textvqa").answer_limit == 10);
  CHECK(wording_of(internvl_evaluation, "chair").answer_limit == 512);
}

TEST_CASE("Qwen2-VL and Qwen2.5-VL are asked as in VLMEvalKit", "[adapters][qwen2_5_vl]") {
  const EvaluationWording words = qwen2_5_vl_evaluation;
  CHECK(asked(words, "pope", item("Is there a cup?")) ==
        "Is there a cup? Please answer yes or no.");
  CHECK(asked(words, "textvqa", item("What does it say?")) ==
        "What does it say?\n"
        "Please try to answer the question with short words or phrases if possible.");
  BenchmarkItem science = item("Which is north?", {"Ohio", "Utah"});
  CHECK(asked(words, "scienceqa", science) ==
        "Question: Which is north?\nOptions:\nA. Ohio\nB. Utah\n"
        "Please select the correct answer from the options above.");
  science.hint = "See the map.";
  CHECK(asked(words, "scienceqa", science).starts_with("Hint: See the map.\nQuestion: Which"));
  CHECK(asked(words, "chair", item("Describe it.")) == "Describe it.");
  CHECK(wording_of(words, "pope").answer_limit == 2048);
  CHECK(wording_of(words, "chair").answer_limit == 512);
}

TEST_CASE("benchmarks' questions are put as Qwen-VL's published evaluation puts them",
          "[adapters][qwen_vl]") {
  const auto raw = [](std::string_view task, const BenchmarkItem& i) {
    return qwen_vl_raw_prompt(asked(qwen_vl_raw_evaluation, task, i), 1);
  };
  CHECK(raw("pope", item("Is there a cup?")) == "<image>Is there a cup? Answer:");
  CHECK(raw("textvqa", item("What does it say?")) == "<image>What does it say? Answer:");
  CHECK(raw("chair", item("Please describe this image in detail.")) ==
        "<image>Describe the image in English:");
  BenchmarkItem science = item("Which is north?", {"Ohio", "Utah"});
  CHECK(raw("scienceqa", science) ==
        "<image>Context: N/A\nQuestion: Which is north?\nOptions: A. Ohio\nB. Utah\nAnswer:");
  science.hint = "See the map.";
  CHECK(raw("scienceqa", science) ==
        "<image>Context: See the map.\nQuestion: Which is north?\nOptions: A. Ohio\nB. Utah\n"
        "Answer:");
  CHECK(raw("vqa", item("Which?", {"left", "right"})) ==
        "<image>Which?\nA. left\nB. right Answer:");
  CHECK(asked(qwen_vl_chat_evaluation, "pope", item("Is there a cup?")) == "Is there a cup?");
  CHECK(asked(qwen_vl_chat_evaluation, "chair", item("Describe it.")) == "Describe it.");
  CHECK(wording_of(qwen_vl_raw_evaluation, "textvqa").answer_limit == 10);
  CHECK(wording_of(qwen_vl_raw_evaluation, "chair").answer_limit == 30);
  CHECK(wording_of(qwen_vl_chat_evaluation, "chair").answer_limit == 512);
}
