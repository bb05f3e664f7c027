// SPDX-License-Identifier: MIT
// InternVL's own parts behind the golden numbers: places, prompts, weights that are taken apart.
#include <algorithm>

#include <catch_torch.hpp>

#include <adapters/evaluation/internvl_wording.hpp>
#include <adapters/internvl.hpp>
#include <infoflow/run/generate.hpp>

#include "../laws/generators.hpp"
#include "../parity/golden.hpp"
#include "../parity/marks.hpp"

using namespace infoflow;
using namespace infoflow::adapters;
using namespace infoflow::tests;
using Catch::Matchers::ContainsSubstring;
using infoflow::laws::Violation;

namespace {

const Internvl& model(const std::string& name) {
  return model_of<Internvl>(golden_directory("internvl") / name);
}

Rect around(const Rect& a, const Rect& b) {
  return {std::min(a.x0, b.x0), std::min(a.y0, b.y0), std::max(a.x1, b.x1), std::max(a.y1, b.y1)};
}

bool near(const Rect& a, const Rect& b) {
  return std::abs(a.x0 - b.x0) + std::abs(a.y0 - b.y0) + std::abs(a.x1 - b.x1) +
             std::abs(a.y1 - b.y1) <
         1e-9;
}

/// The law of places: a token lies where the patches lie that the shuffle put into it.
Violation check_places(const ImageLayout& tokens, const ImageLayout& patches, Index side,
                       Index merge, ShuffleOrder order) {
  const at::Tensor numbers =
      at::arange(patches.token_count(), at::kLong).view({-1, side * side, 1});
  const at::Tensor merged = pixel_shuffle(numbers, merge, order).flatten(0, 1);
  if (merged.size(0) != tokens.token_count()) return "another number of tokens";
  for (Index t = 0; t < tokens.token_count(); ++t) {
    Rect place = *patches.place(merged[t][0].item<Index>());
    for (Index i = 1; i < merged.size(1); ++i) {
      place = around(place, *patches.place(merged[t][i].item<Index>()));
    }
    if (!near(place, *tokens.place(t))) return "a token lies elsewhere";
  }
  return "";
}

}  // namespace

TEST_CASE("an image token lies where the patches lie that it was made of",
          "[internvl][layout][law]") {
  for (const char* name : {"hf", "internlm2", "qwen2"}) {  // v2, v2 with nine tokens, v1
    const Internvl& m = model(name);
    const InternvlConfig& config = m.config();
    const Index side = config.patches_per_side();
    for (std::uint64_t number = 0; number < 8; ++number) {
      laws::Draw draw(number);
      const std::vector<RgbImage> picture{draw.picture(20, 90)};
      const Prompt prompt = m.prepare(picture, "<image> what?");
      CAPTURE(name, picture[0].width, picture[0].height);
      REQUIRE(prompt.patch_layouts.size() == 1);
      const ImageLayout& tokens = prompt.layouts[0];
      const ImageLayout& patches = prompt.patch_layouts[0];
      CHECK(check_places(tokens, patches, side, config.merge, config.order) == "");
      const auto views = static_cast<Index>(prompt.pixels.size());
      CHECK(patches.token_count() == views * side * side);
      CHECK(m.encode(prompt.pixels).features.size(0) == patches.token_count());
    }
  }
}

TEST_CASE("the law of places rejects tokens in the other order", "[internvl][layout][broken]") {
  const TiledPicture picture = DynamicTiles({.side = 28, .most = 4})(RgbImage(60, 55));
  const ImageLayout patches = picture.layout(4);
  CHECK(check_places(picture.layout(2), patches, 4, 2, ShuffleOrder::by_column) ==
        "a token lies elsewhere");
  CHECK(check_places(picture.layout(2, true), patches, 4, 2, ShuffleOrder::by_row) ==
        "a token lies elsewhere");
}

TEST_CASE("a picture's tokens stand between its marks, tile after tile", "[internvl]") {
  const Internvl& m = model("hf");
  const std::vector<RgbImage> pictures{RgbImage(57, 34), RgbImage(30, 26)};
  const Prompt prompt = m.prepare(pictures, "a <image> b <image>");
  const auto images = prompt.partition.images();
  REQUIRE(images.size() == 2);
  CHECK(images[0].size() == 3 * 4);  // Two tiles and a thumbnail.
  CHECK(images[1].size() == 4);      // One tile.
  CHECK(prompt.pixels.size() == 4);
  const auto tokenizer = Tokenizer::from_directory(golden_directory("internvl") / "hf");
  for (const Span& image : images) {
    CHECK(tokenizer.piece(prompt.ids[static_cast<std::size_t>(image.begin - 1)]) == "<img>");
    CHECK(tokenizer.piece(prompt.ids[static_cast<std::size_t>(image.begin)]) == "<IMG_CONTEXT>");
    CHECK(tokenizer.piece(prompt.ids[static_cast<std::size_t>(image.end)]) == "</img>");
  }
}

TEST_CASE("every view is encoded by itself", "[internvl]") {
  for (const char* name : {"hf", "internlm2", "qwen2"}) {
    const Internvl& m = model(name);
    laws::Draw draw(3);
    const std::vector<RgbImage> pictures{draw.picture(50, 60), draw.picture(20, 30)};
    const Prompt prompt = m.prepare(pictures, "<image> <image>");
    const at::Tensor together = m.encode(prompt.pixels).tokens;
    const auto per_view = together.size(0) / static_cast<Index>(prompt.pixels.size());
    for (std::size_t v = 0; v < prompt.pixels.size(); ++v) {
      const auto alone = m.encode(std::span(prompt.pixels).subspan(v, 1)).tokens;
      const auto part = together.narrow(0, static_cast<Index>(v) * per_view, per_view);
      CAPTURE(name, v);
      CHECK(relative_error(alone, part) < 1e-5);
    }
  }
}

TEST_CASE("a prompt without pictures is text alone", "[internvl]") {
  const Internvl& m = model("qwen2");
  const Prompt prompt = m.prepare({}, m.question_prompt("Why?", 0));
  const auto tokens = m.encode(prompt.pixels);
  CHECK(tokens.tokens.size(0) == 0);
  CHECK(tokens.tokens.size(1) == 32);
  CHECK(generate(m, prompt, tokens, 3).ids.size() == 3);
}

TEST_CASE("what a model cannot take is one clear error", "[internvl][errors]") {
  const Internvl& m = model("hf");
  const std::vector<RgbImage> one{RgbImage(20, 20)};
  CHECK_THROWS_WITH(m.prepare(one, "no picture"),
                    ContainsSubstring("<image> 0 times for 1 picture"));
  CHECK_THROWS_WITH(m.prepare({}, "<image> what?"),
                    ContainsSubstring("<image> 1 times for 0 pictures"));
  CHECK_THROWS_WITH(m.prepare(one, "<image>" + std::string(4000, 'x')),
                    ContainsSubstring("in a context of 512"));
  const std::vector<PixelImage> wrong{PixelImage(14, 28)};
  CHECK_THROWS_WITH(m.encode(wrong), ContainsSubstring("14 × 28"));
  CHECK_THROWS_WITH(DynamicTiles({.fewest = 3, .most = 2}), ContainsSubstring("from 3 to 2 tiles"));
}

TEST_CASE("InternLM2's fused matrix is taken apart by key heads", "[internvl][internlm2]") {
  const TextConfig text{.num_attention_heads = 4, .num_key_value_heads = 2, .head_dim = 2};
  // Two key heads: rows 0–3 queries, 4–5 keys, 6–7 values of the first; 8–15 of the second.
  const Linear fused{at::arange(16, at::kFloat).view({16, 1}), at::arange(16, at::kFloat)};
  const auto [query, key, value] = adapters::detail::split_by_key_head(fused, text);
  CHECK(query.weight.flatten().equal(at::tensor({0.F, 1.F, 2.F, 3.F, 8.F, 9.F, 10.F, 11.F})));
  CHECK(key.weight.flatten().equal(at::tensor({4.F, 5.F, 12.F, 13.F})));
  CHECK(value.weight.flatten().equal(at::tensor({6.F, 7.F, 14.F, 15.F})));
  CHECK(key.bias.equal(at::tensor({4.F, 5.F, 12.F, 13.F})));
  CHECK(query.weight.is_contiguous());
  // Three blocks below each other, as in a ViT, would be something else.
  CHECK_FALSE(query.weight.equal(fused.weight.narrow(0, 0, 8)));
}

TEST_CASE("a question stands in the model's template", "[internvl]") {
  CHECK(model("hf").question_prompt("Is it?", 2) ==
        "<|im_start|>user\n<image>\n<image>\nIs it?<|im_end|>\n<|im_start|>assistant\n");
  CHECK_THAT(model("internlm2").question_prompt("Is it?", 1),
             ContainsSubstring("<|im_start|>system\n你是由上海人工智能实验室联合商汤科技") &&
                 ContainsSubstring("人工智能助手。<|im_end|><|im_start|>user\n<image>\nIs it?"
                                   "<|im_end|><|im_start|>assistant\n"));
  CHECK_THAT(model("qwen2").question_prompt("Is it?", 1),
             ContainsSubstring("<|im_start|>system\n你是书生·万象") &&
                 ContainsSubstring("大语言模型。<|im_end|>\n<|im_start|>user\n<image>\nIs it?"
                                   "<|im_end|>\n<|im_start|>assistant\n"));
  CHECK(internvl_template("Hermes-2", "").system == internvl_template("internlm2-chat", "").system);
}

TEST_CASE("transformers' form is asked through its own chat template, the authors' as they ask",
          "[internvl][chat]") {
  CHECK(model("hf").question_template() == "InternVL's, from chat_template.jinja");
  CHECK(model("qwen2").question_template() == "internvl2_5, named by config.json");
  CHECK(model("internlm2").evaluation_template() == "internlm2-chat");

  // The authors' chat() asks as config.json says, whatever template the language model had.
  const std::filesystem::path qwen2 = golden_directory("internvl") / "qwen2";
  const auto folder = with_files(qwen2, {{"chat_template.jinja", "{{ 1 }}"}});
  const Internvl released = Internvl::from_directory(folder->path());
  CHECK(released.question_prompt("Is it?", 1) == model("qwen2").question_prompt("Is it?", 1));
  CHECK_THAT(released.question_template(),
             ContainsSubstring("internvl2_5") && ContainsSubstring("chat_template is not used"));

  const auto other =
      with_files(golden_directory("internvl") / "hf", {{"chat_template.jinja", "{{ 1 }}"}});
  const Internvl unknown = Internvl::from_directory(other->path());
  CHECK_THAT(adapter_tests::error_of([&] { (void)unknown.question_prompt("Is it?", 1); }),
             ContainsSubstring("none of those that are known"));
  CHECK_THAT(unknown.evaluation_prompt("Is it?", 1), ContainsSubstring("<|im_start|>user"));
}

TEST_CASE("InternVL's special tokens in a user's texts are named, other texts are text",
          "[internvl][prompt]") {
  for (const char* name : {"hf", "internlm2", "qwen2"}) {
    INFO(name);
    check_marks_are_named(model(name), internvl_evaluation, golden_directory("internvl") / name);
    check_plain_texts(model(name), internvl_evaluation);
  }
}

TEST_CASE("an answer ends with its turn, also where the model spells that out", "[internvl]") {
  const Internvl& m = model("hf");
  auto ids = m.encode_answer(" Yes ");
  CHECK(m.answer_text(ids) == "Yes");
  for (const char* piece : {"<", "|im_end|> and more"}) {
    const auto more = m.encode_answer(piece);
    ids.insert(ids.end(), more.begin(), more.end());
  }
  CHECK_THAT(m.decode(ids), ContainsSubstring("<|im_end|> and more"));
  CHECK(m.answer_text(ids) == "Yes");
  ids = m.prepare({}, "Yes<|im_end|>").ids;
  CHECK(m.answer_text(ids) == "Yes");
}

TEST_CASE("the end of a turn ends an answer, beside what the files say", "[internvl]") {
  const auto stops = [](const char* name) {
    auto ids = model(name).stop_ids();
    std::sort(ids.begin(), ids.end());
    return ids;
  };
  const auto id = [](const char* name, const char* piece) {
    return *Tokenizer::from_directory(golden_directory("internvl") / name).id_of(piece);
  };
  CHECK(stops("internlm2") ==
        std::vector{id("internlm2", "<|im_start|>"), id("internlm2", "<|im_end|>")});
  CHECK(stops("qwen2") == std::vector{id("qwen2", "<|im_end|>")});
  CHECK(stops("hf_rms").size() == 2);
}

TEST_CASE("with the real vocabulary the first image token is at the published place",
          "[internvl][vocabulary]") {
  const char* folder = std::getenv("INFOFLOW_VOCABULARIES");
  if (folder == nullptr ||
      !std::filesystem::exists(std::filesystem::path(folder) / "qwen.tiktoken")) {
    INFOFLOW_NOT_RUN("INFOFLOW_VOCABULARIES names no folder with the published qwen.tiktoken");
  }
  // Qwen2's words and signs are those of Qwen; only the numbers of <img> and its like differ.
  const auto tokenizer = Tokenizer::from_directory(folder);
  const auto before_image = [&](const InternvlTemplate& chat) {
    const std::string text = chat("Is it?", 1);
    return tokenizer.encode(text.substr(0, text.find("<image>")) + "<img>");
  };
  CHECK(before_image(internvl_template("internvl2_5", "")).size() == 41);
  CHECK(before_image({}) == std::vector<TokenId>{151644, 872, 198, 151857});
}
