// SPDX-License-Identifier: MIT
// How a Shikra is asked: pictures inside the sentence, blanks beside them gone, boxes as text.
#include <catch_torch.hpp>

#include <adapters/evaluation/shikra_wording.hpp>
#include <adapters/shikra.hpp>
#include <infoflow/benchmarks/pope/pope_rules.hpp>
#include <infoflow/core/painted_heat.hpp>
#include <infoflow/run/trace.hpp>

#include "../parity/golden.hpp"
#include "../parity/marks.hpp"

using namespace infoflow;
using namespace infoflow::adapters;
using namespace infoflow::tests;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::filesystem::path seven = golden_directory("shikra") / "seven";
const Shikra& model() {
  return model_of<Shikra>(seven);
}

const std::string begin =
    "A chat between a curious user and an artificial intelligence assistant. The assistant gives "
    "helpful, detailed, and polite answers to the user's questions. USER: ";

}  // namespace

TEST_CASE("a question stands behind its pictures, a benchmark's around one", "[shikra][prompt]") {
  CHECK(model().question_template() == "vicuna_v1.1");
  CHECK(model().question_prompt("Is it?", 0) == begin + "Is it? ASSISTANT:");
  CHECK(model().question_prompt("Is it?", 2) == begin + "<image> <image> Is it? ASSISTANT:");
  BenchmarkItem item;
  item.image = "a.png";
  item.question = "Is there a dog?";
  CHECK(evaluated(model(), shikra_evaluation, "pope", item) ==
        begin +
            "Can you give me a straightforward answer to my question: Is there a dog? Consider the "
            "image <image> when answering. ASSISTANT:");
  CHECK(evaluated(model(), shikra_evaluation, "chair", item) ==
        begin + "<image> Is there a dog? ASSISTANT:");
  // As a sweep asks it without its picture.
  const SweepWording wording = evaluation_wording(model(), wording_of(shikra_evaluation, "pope"));
  CHECK(wording.prompt(item, 1) == evaluated(model(), shikra_evaluation, "pope", item));
  CHECK(wording.prompt(item, 0) ==
        begin +
            "Can you give me a straightforward answer to my question: Is there a dog? ASSISTANT:");
  item.question = "Is <image> a dog?";
  CHECK_THROWS_WITH(evaluated(model(), shikra_evaluation, "pope", item),
                    ContainsSubstring("not text"));
}

TEST_CASE("Shikra's special tokens in a user's texts are named, other texts are text",
          "[shikra][prompt]") {
  check_marks_are_named(model(), shikra_evaluation, seven);
  check_plain_texts(model(), shikra_evaluation);
  for (const char* mark : {"<im_start>", "<im_patch>", "<im_end>"}) {
    CHECK_THROWS_WITH(model().question_prompt(mark, 1), ContainsSubstring(mark));
  }
}

TEST_CASE("white space beside a picture is not tokenised, and text behind it begins as a text",
          "[shikra][prompt]") {
  const auto without = without_blanks_beside_pictures;
  CHECK(without("a <image>\n b") == "a<image>b");
  CHECK(without(" a <image> <image> b ") == " a<image><image>b ");
  CHECK(without(" \t") == " \t");
  CHECK(without(" <image> ") == "<image>");
  CHECK(without("a\u00a0<image>\u3000.") == "a<image>.");
  CHECK(without("") == "");

  const Tokenizer words = Tokenizer::from_directory(seven);
  const std::vector<RgbImage> one(1, RgbImage(20, 30));
  const Prompt prompt = model().prepare(one, "a <image> dog.");
  std::vector<TokenId> wanted{*words.id_of("<s>")};
  const auto add = [&](const std::string& text) {
    for (const TokenId id : words.encode(text, SpecialTokens::none)) wanted.push_back(id);
  };
  add("a");
  wanted.push_back(*words.id_of("<im_start>"));
  wanted.insert(wanted.end(), 16, *words.id_of("<im_patch>"));
  wanted.push_back(*words.id_of("<im_end>"));
  add("dog.");
  CHECK(prompt.ids == wanted);
  const Span image = prompt.partition.images().front();
  CHECK(image.size() == 16);
  CHECK(prompt.partition.role(image.begin - 1) == Role::system);  // The mark before it is text.
  CHECK(prompt.partition.role(image.end) == Role::user);

  CHECK_THROWS_WITH(model().prepare(one, "a"), ContainsSubstring("<image> 0 times for 1 picture"));
  CHECK_THROWS_WITH(model().prepare({}, std::string(4000, 'x')),
                    ContainsSubstring("in a context of 512"));
}

TEST_CASE("a tall picture lies between white bands, which no heat falls on", "[shikra]") {
  // 42 × 84 on a square of 84, shrunk to 28: columns 7 to 20 see it, so of 4 columns of patches the two
  // in the middle.
  const std::vector<RgbImage> one{RgbImage(42, 84)};
  const Prompt prompt = model().prepare(one, "<image>");
  REQUIRE(prompt.pixels.size() == 1);
  CHECK(prompt.pixels.front().pixel(0, 0)[1] == 1);
  CHECK(prompt.pixels.front().pixel(14, 14)[1] == 0);
  const PixelHeat map = paint(prompt.layouts.front(), HostVector::Ones(16), HeatKind::mass,
                              Interpolation::nearest, 42, 84);
  CHECK(map.values.sum() == Approx(8));
  CHECK(map.outside == Approx(8));
}

TEST_CASE("a box in an answer lies on the square around the picture", "[shikra][boxes]") {
  TraceRequest request;
  request.images = {RgbImage(42, 84)};
  request.text = "Where is it?";
  request.answer = "Answer: [0.250,0.000,0.750,0.500;0.5,0.5,1.0,1.0] .";
  const Trace found = trace(model(), request);
  REQUIRE(found.answer_boxes);
  REQUIRE(found.answer_boxes->size() == 2);
  const Rect whole_width = found.answer_boxes->front();  // The square's side is 84.
  CHECK(whole_width.x0 == Approx(0).margin(1e-9));
  CHECK(whole_width.y0 == Approx(0).margin(1e-9));
  CHECK(whole_width.x1 == Approx(42));
  CHECK(whole_width.y1 == Approx(42));
  const Rect beyond = found.answer_boxes->back();
  CHECK(beyond.x0 == Approx(21));
  CHECK(beyond.x1 == Approx(63));  // On the white band.
  request.images.push_back(RgbImage(10, 10));
  CHECK_FALSE(trace(model(), request).answer_boxes);  // Of which picture?
}

TEST_CASE("the answers that Shikra was trained to give are read by every rule but one",
          "[shikra][evaluation]") {
  for (const PopeRule& rule : pope_rules) {
    CAPTURE(rule.name);
    if (rule.name == "lmms-eval") continue;  // It wants the word and nothing else.
    CHECK(rule.read("The answer is yes .", YesNo::yes) == YesNo::yes);
    CHECK(rule.read("The answer is no .", YesNo::no) == YesNo::no);
    CHECK(rule.read("The answer is no .", YesNo::yes) == YesNo::no);
  }
}
