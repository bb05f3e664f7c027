// SPDX-License-Identifier: MIT
// How a LLaVA is asked: its own chat template, the evaluation's, and texts that are text.
#include <catch_torch.hpp>

#include <adapters/evaluation/llava_wording.hpp>

#include "../parity/marks.hpp"
#include "golden.hpp"

using namespace infoflow;
using namespace infoflow::adapters;
using namespace infoflow::tests;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::filesystem::path plain_folder = golden_directory("llava") / "plain";

Json chat_golden(const std::string& name) {
  return adapter_tests::golden("../chat_templates/" + name);
}

}  // namespace

TEST_CASE("a question goes through the checkpoint's chat template, with transformers' ids",
          "[llava][chat][golden]") {
  const Json wanted = chat_golden("ids.json");
  const auto folder = with_files(plain_folder, {{"chat_template.jinja", wanted["template"]}});
  const Llava model = Llava::from_directory(folder->path());
  const auto question = wanted["question"].get<std::string>();
  const std::vector<RgbImage> picture{
      read_image(golden_directory("llava") / "pictures" / "tall.png").image};

  CHECK(model.prepare(picture, model.question_prompt(question, 1)).ids ==
        wanted["ids"].get<std::vector<TokenId>>());
  CHECK(model.question_template() == "LLaVA-1.5's, from chat_template.jinja");
  // Without it the evaluation's template gives other ids.
  CHECK(llava_model("plain")
            .prepare(picture, llava_model("plain").question_prompt(question, 1))
            .ids != wanted["ids"].get<std::vector<TokenId>>());
  CHECK(llava_model("plain").question_template() == "vicuna_v1");
}

TEST_CASE("benchmarks keep the evaluation's template, whatever the checkpoint has",
          "[llava][chat]") {
  const std::string wanted = vicuna_v1_prompt("Is there a cup?", /*image_count=*/1);
  for (const char* text : {"{{ 1 }}", ""}) {
    const auto folder =
        with_files(plain_folder, {{"chat_template.json", Json{{"chat_template", text}}.dump()}});
    const Llava model = Llava::from_directory(folder->path());
    CHECK(model.evaluation_prompt("Is there a cup?", 1) == wanted);
    CHECK(model.evaluation_template() == "vicuna_v1");
    CHECK(model.question_template() == "chat_template.json");
    CHECK_THAT(adapter_tests::error_of([&] { (void)model.question_prompt("Is it?", 1); }),
               ContainsSubstring("none of those that are known") &&
                   ContainsSubstring("chat_template.json"));
  }
}

TEST_CASE("LLaVA's special tokens in a user's texts are named, other texts are text",
          "[llava][prompt]") {
  check_marks_are_named(llava_model("plain"), llava_evaluation, plain_folder);
  check_marks_are_named(llava_model("grouped"), llava_evaluation,
                        golden_directory("llava") / "grouped");
  check_plain_texts(llava_model("plain"), llava_evaluation);
}

TEST_CASE("an answer is scored without special tokens and white space at its ends",
          "[llava][prompt]") {
  const Llava& model = llava_model("plain");
  const auto ids = [&](const std::string& text) {
    return model.prepare({}, text).ids;  // As a prompt, where tokens may be written out.
  };
  CHECK(model.answer_text(ids("Yes</s>")) == "Yes");
  CHECK(model.answer_text(ids(" a dog \n<pad><pad></s>")) == "a dog");
  CHECK(model.answer_text({}).empty());
  CHECK_THAT(model.decode(ids("Yes</s>")), ContainsSubstring("</s>"));
}
