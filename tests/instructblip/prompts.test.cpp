// SPDX-License-Identifier: MIT
// How an InstructBLIP is asked: the picture first, no system text, one text for two tokenizers.
#include <catch_torch.hpp>

#include <adapters/evaluation/instructblip_wording.hpp>
#include <adapters/instructblip.hpp>

#include "../parity/golden.hpp"
#include "../parity/marks.hpp"

using namespace infoflow;
using namespace infoflow::adapters;
using namespace infoflow::tests;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::filesystem::path current = golden_directory("instructblip") / "current";
const InstructBlip& asked_model() {
  return model_of<InstructBlip>(current);
}

}  // namespace

TEST_CASE("an instruction stands raw behind the picture, and is read twice",
          "[instructblip][prompt]") {
  const InstructBlip& model = asked_model();
  CHECK(model.question_prompt("Is it?", 1) == "<image>Is it?");
  CHECK(model.question_prompt("Is it?", 0) == "Is it?");
  CHECK(model.question_template() == "InstructBLIP's raw text");
  const Tokenizer words = Tokenizer::from_directory(current);
  const std::vector<RgbImage> one(1, RgbImage(20, 30));
  const Prompt prompt = model.prepare(one, "<image>Is it?");
  std::vector<TokenId> wanted(16, *words.id_of("<image>"));
  wanted.push_back(*words.id_of("</s>"));  // BOS.
  for (const TokenId id : words.encode("Is it?", SpecialTokens::none)) wanted.push_back(id);
  CHECK(prompt.ids == wanted);
  CHECK(prompt.partition.images().front() == Span{0, 16});
  CHECK(prompt.partition.count(Role::system) == 0);
  CHECK(prompt.partition.role(16) == Role::user);
  CHECK(prompt.instruction ==
        WordPieceTokenizer::from_directory(current / "qformer_tokenizer").encode("Is it?"));
  REQUIRE(prompt.patch_layouts.size() == 1);
  CHECK(prompt.patch_layouts.front().token_count() == 17);
  CHECK_FALSE(prompt.patch_layouts.front().place(0));  // The class token.
  CHECK(prompt.layouts.front().is_soft());
}

TEST_CASE("a picture that does not stand first, or a second one, is refused",
          "[instructblip][prompt]") {
  const InstructBlip& model = asked_model();
  const std::vector<RgbImage> one(1, RgbImage(20, 30));
  const std::vector<RgbImage> two(2, RgbImage(20, 30));
  for (const char* text : {"What is <image>?", "What?", "<image><image>", " <image>What?"}) {
    CHECK_THROWS_WITH(model.prepare(one, text),
                      ContainsSubstring("write <image> at the front, once"));
  }
  CHECK_THROWS_WITH(model.prepare({}, "<image>What?"), ContainsSubstring("at the front, once"));
  CHECK_THROWS_WITH(model.prepare(two, "<image><image>"), ContainsSubstring("reads one picture"));
  CHECK_THROWS_WITH(model.prepare(one, "<image>" + std::string(200, '.')),
                    ContainsSubstring("202 tokens for the Q-Former, which reads 64"));
  CHECK(model.prepare({}, "").ids.size() == 1);
}

TEST_CASE("special tokens of either tokenizer in a user's texts are named, other texts are text",
          "[instructblip][prompt]") {
  check_marks_are_named(asked_model(), instructblip_evaluation, current);
  check_plain_texts(asked_model(), instructblip_evaluation);
  for (const char* mark : {"[SEP]", "[CLS]", "[DEC]"}) {
    CHECK_THROWS_WITH(asked_model().question_prompt(std::string("a ") + mark, 1),
                      ContainsSubstring(mark) && ContainsSubstring("not text"));
  }
  CHECK(asked_model().question_prompt("[sep]", 1) == "<image>[sep]");
}
