// SPDX-License-Identifier: MIT
// How an InternVL-Chat-1.0 is asked: the evaluation's template, a folder's own, texts that are text.
#include <catch_torch.hpp>

#include <adapters/evaluation/llava_wording.hpp>
#include <adapters/internvl_chat_v1.hpp>

#include "../parity/golden.hpp"
#include "../parity/marks.hpp"

using namespace infoflow;
using namespace infoflow::adapters;
using namespace infoflow::tests;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::filesystem::path stretched = golden_directory("internvl_chat_v1") / "stretched";

}  // namespace

TEST_CASE("InternVL-Chat-1.0's special tokens in a user's texts are named, other texts are text",
          "[internvl_chat_v1][prompt]") {
  const auto& model = model_of<InternvlChatV1>(stretched);
  check_marks_are_named(model, llava_evaluation, stretched);
  check_plain_texts(model, llava_evaluation);
}

TEST_CASE("without a chat template a question goes through the evaluation's, with one through that",
          "[internvl_chat_v1][chat]") {
  const auto& model = model_of<InternvlChatV1>(stretched);
  CHECK(model.question_template() == "vicuna_v1");
  CHECK(model.question_prompt("Is it?", 1) == vicuna_v1_prompt("Is it?", 1));

  const auto wanted = adapter_tests::golden("../chat_templates/ids.json")["template"];
  const auto folder = with_files(stretched, {{"chat_template.jinja", wanted}});
  const InternvlChatV1 own = InternvlChatV1::from_directory(folder->path());
  CHECK(own.question_prompt("Is it?", 1) == "USER: <image>\nIs it? ASSISTANT:");
  CHECK(own.evaluation_prompt("Is it?", 1) == vicuna_v1_prompt("Is it?", 1));
}

TEST_CASE("an InternVL-Chat-1.0's answer is scored without special tokens and blanks at its ends",
          "[internvl_chat_v1]") {
  const auto& model = model_of<InternvlChatV1>(stretched);
  CHECK(model.answer_text(model.prepare({}, " Yes \n</s>").ids) == "Yes");
}
