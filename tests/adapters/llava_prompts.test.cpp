// SPDX-License-Identifier: MIT
// The texts are those of LLaVA's own question files and scripts for v1.5.
#include <catch_compat.hpp>

#include <adapters/llava/prompts.hpp>

using namespace infoflow;
using namespace infoflow::adapters;

namespace {
BenchmarkItem item(std::string question) {
  BenchmarkItem item;
  item.question = std::move(question);
  return item;
}
}  // namespace

TEST_CASE("benchmarks' questions are put as LLaVA's evaluation puts them", "[adapters][llava]") {
  CHECK(llava_evaluation_text("pope", item("Is there a cup in the image?")) ==
        "Is there a cup in the image?\nAnswer the question using a single word or phrase.");
  CHECK(llava_evaluation_text("chair", item("Please describe this image in detail.")) ==
        "Please describe this image in detail.");

  BenchmarkItem science = item("What is the capital of Wyoming?");
  science.choices = {"Phoenix", "Cheyenne"};
  const std::string options =
      "What is the capital of Wyoming?\nA. Phoenix\nB. Cheyenne\n"
      "Answer with the option's letter from the given choices directly.";
  CHECK(llava_evaluation_text("scienceqa", science) == options);
  science.hint = "Select the best answer.";
  CHECK(llava_evaluation_text("scienceqa", science) ==
        "Context: Select the best answer.\n" + options);

  BenchmarkItem text = item("What is the brand?");
  CHECK(llava_evaluation_text("textvqa", text) ==
        "What is the brand?\nAnswer the question using a single word or phrase.");
  text.hint = "DAKOTA, X";
  CHECK(llava_evaluation_text("textvqa", text) ==
        "What is the brand?\nReference OCR token: DAKOTA, X\n"
        "Answer the question using a single word or phrase.");
  text.hint = "";  // LLaVA's file keeps the line where there are no tokens, blank included.
  CHECK(llava_evaluation_text("textvqa", text) ==
        "What is the brand?\nReference OCR token: \n"
        "Answer the question using a single word or phrase.");
}

TEST_CASE("questions of one's own are put as they are, with their options", "[adapters][llava]") {
  BenchmarkItem own = item("Where is it?");
  CHECK(llava_evaluation_text("vqa", own) == "Where is it?");
  own.choices = {"left", "right"};
  CHECK(llava_evaluation_text("vqa", own) == "Where is it?\nA. left\nB. right");
}
