// SPDX-License-Identifier: MIT
// Qwen2.5-VL's own parts behind the golden numbers: sizes, windows, ids, places, prompts.
#include <catch_torch.hpp>

#include <adapters/evaluation/qwen2_5_vl_wording.hpp>
#include <adapters/qwen2_5_vl.hpp>
#include <infoflow/run/generate.hpp>

#include "../laws/generators.hpp"
#include "../parity/golden.hpp"
#include "../parity/marks.hpp"

using namespace infoflow;
using namespace infoflow::adapters;
using namespace infoflow::tests;
using Catch::Matchers::ContainsSubstring;

namespace {

const Qwen2_5Vl& model(const std::string& name) {
  return model_of<Qwen2_5Vl>(golden_directory("qwen2_5_vl") / name);
}

ImageSize size_of(int width, int height, std::int64_t fewest, std::int64_t most) {
  return smart_size(width, height, {.fewest_pixels = fewest, .most_pixels = most});
}

}  // namespace

TEST_CASE("pictures get the sizes that transformers' smart_resize gives them",
          "[qwen2_5_vl][golden]") {
  const auto rows = read_json(golden_directory("qwen2_5_vl") / "sizes.json")
                        .get<std::vector<std::array<int, 6>>>();
  CHECK(rows.size() > 800);
  for (const auto& [fewest, most, width, height, wide, high] : rows) {
    CAPTURE(fewest, most, width, height);
    CHECK(size_of(width, height, fewest, most) == ImageSize{wide, high});
  }
}

TEST_CASE("a picture keeps nearly its size, within the limits of pixels", "[qwen2_5_vl]") {
  // As published for the hub's settings: 640 × 480 → 644 × 476, 500 × 375 → 504 × 364.
  CHECK(size_of(640, 480, 3136, 12845056) == ImageSize{644, 476});
  CHECK(size_of(500, 375, 3136, 12845056) == ImageSize{504, 364});
  CHECK(size_of(224, 224, 3136, 12845056) == ImageSize{224, 224});
  CHECK(size_of(42, 70, 1, 12845056) == ImageSize{56, 56});  // 1.5 and 2.5 cells: to even.
  CHECK_THROWS_WITH(size_of(10, 2001, 1, 12845056), ContainsSubstring("10 × 2001"));
}

TEST_CASE("windows part a grid from the top left, smaller at its other edges", "[qwen2_5_vl]") {
  const PatchWindows windows = patch_windows({3, 5}, 2);
  //  0  1 |  2  3 |  4
  //  5  6 |  7  8 |  9
  // 10 11 | 12 13 | 14
  CHECK(windows.cells == std::vector<Index>{0, 1, 5, 6, 2, 3, 7, 8, 4, 9, 10, 11, 12, 13, 14});
  CHECK(windows.sizes == std::vector<Index>{4, 4, 2, 2, 2, 1});
  CHECK(patch_windows({3, 5}, 5).sizes == std::vector<Index>{15});
}

TEST_CASE("position ids are those of transformers' get_rope_index", "[qwen2_5_vl][golden]") {
  const Json prompts = read_json(golden_directory("qwen2_5_vl") / "positions.json");
  REQUIRE(prompts.size() == 5);
  for (const Json& row : prompts) {
    Prompt prompt;
    std::vector<Span> spans;
    const auto image = row["image"].get<std::vector<int>>();
    for (std::size_t i = 0; i < image.size(); ++i) {
      if (image[i] == 0) continue;
      const auto at = static_cast<Index>(i);
      if (i == 0 || image[i - 1] == 0) spans.push_back({at, at});
      spans.back().end = at + 1;
    }
    for (const Json& grid : row["grids"]) {
      prompt.layouts.push_back(ImageLayout::merged_grid({}, grid[0], grid[1], 2));
    }
    prompt.partition = TokenPartition(static_cast<Index>(image.size()), spans);
    const auto ids = mrope_ids(prompt);
    REQUIRE(ids.size() == image.size());
    for (std::size_t i = 0; i < ids.size(); ++i) {
      CHECK(ids[i] == PositionId(row["ids"][0][i], row["ids"][1][i], row["ids"][2][i]));
    }
  }
}

TEST_CASE("an answer's ids go on behind the grid's longer side", "[qwen2_5_vl]") {
  const Qwen2_5Vl& m = model("qwen2_5");
  const std::vector<RgbImage> pictures{RgbImage(64, 16)};  // 8 × 2 cells
  const Prompt prompt = m.prepare(pictures, "a<image>");
  const std::vector<TokenId> answer{7, 9};
  const auto lane = m.begin(prompt, m.encode(prompt.pixels), answer);
  REQUIRE(prompt.ids.size() == 1 + 1 + 16 + 1);
  // 0 a, 1 <|vision_start|>, the picture at 2, <|vision_end|> at 2 + 8.
  CHECK(lane.position_ids[1] == PositionId(1));
  CHECK(lane.position_ids[2] == PositionId(2, 2, 2));
  CHECK(lane.position_ids[2 + 9] == PositionId(2, 3, 3));
  CHECK(lane.position_ids[18] == PositionId(10));
  CHECK(lane.position_ids[19] == PositionId(11));
  CHECK(lane.position_ids[20] == PositionId(12));
  CHECK(lane.id_offset == -8);
}

TEST_CASE("a token lies on its cell, a row of encoder_last on its patch", "[qwen2_5_vl][layout]") {
  const Qwen2_5Vl& m = model("qwen2_5");
  const std::vector<RgbImage> pictures{RgbImage(48, 24)};
  const Prompt prompt = m.prepare(pictures, "<image> what?");
  const ImageLayout& tokens = prompt.layouts.at(0);
  const ImageLayout& patches = prompt.patch_layouts.at(0);
  CHECK(tokens.token_count() == 18);
  CHECK(patches.token_count() == 72);
  CHECK(tokens.place(7) == Rect{8, 8, 16, 16});
  // Rows 28 to 31 are that cell's patches.
  CHECK(patches.place(28) == Rect{8, 8, 12, 12});
  CHECK(patches.place(29) == Rect{12, 8, 16, 12});
  CHECK(patches.place(30) == Rect{8, 12, 12, 16});
  CHECK(m.encode(prompt.pixels).features.size(0) == 72);
}

TEST_CASE("pictures of one prompt are encoded each by itself", "[qwen2_5_vl]") {
  for (const char* name : {"qwen2_5", "qwen2"}) {
    const Qwen2_5Vl& m = model(name);
    laws::Draw draw(3);
    const std::vector<RgbImage> pictures{draw.picture(50, 60), draw.picture(20, 30)};
    const Prompt prompt = m.prepare(pictures, "<image> <image>");
    const at::Tensor together = m.encode(prompt.pixels).tokens;
    Index first = 0;
    for (std::size_t i = 0; i < prompt.pixels.size(); ++i) {
      const at::Tensor alone = m.encode(std::span(prompt.pixels).subspan(i, 1)).tokens;
      CAPTURE(name, i);
      CHECK(relative_error(alone, together.narrow(0, first, alone.size(0))) < 1e-5);
      first += alone.size(0);
    }
    CHECK(first == together.size(0));
  }
}

TEST_CASE("a prompt without pictures is text alone, its ids a line", "[qwen2_5_vl]") {
  const Qwen2_5Vl& m = model("qwen2");
  const Prompt prompt = m.prepare({}, m.question_prompt("Why?", 0));
  const auto tokens = m.encode(prompt.pixels);
  CHECK(tokens.tokens.size(0) == 0);
  CHECK(tokens.tokens.size(1) == 48);
  CHECK(m.begin(prompt, tokens, {}).id_offset == 0);
  CHECK(generate(m, prompt, tokens, 3).ids.size() == 3);
}

TEST_CASE("what a Qwen2.5-VL cannot take is one clear error", "[qwen2_5_vl][errors]") {
  const Qwen2_5Vl& m = model("qwen2_5");
  const std::vector<RgbImage> one{RgbImage(20, 20)};
  CHECK_THROWS_WITH(m.prepare(one, "no picture"),
                    ContainsSubstring("<image> 0 times for 1 picture"));
  CHECK_THROWS_WITH(m.prepare({}, "<|vision_start|><|video_pad|><|vision_end|> what?"),
                    ContainsSubstring("the text has a video"));
  CHECK_THROWS_WITH(m.prepare(one, "<image>" + std::string(4000, 'x')),
                    ContainsSubstring("in a context of 512"));
  const std::vector<PixelImage> wrong{PixelImage(12, 16)};
  CHECK_THROWS_WITH(m.encode(wrong), ContainsSubstring("12 × 16"));
  const std::vector<RgbImage> thin{RgbImage(1, 400)};
  CHECK_THROWS_WITH(m.prepare(thin, "<image>"), ContainsSubstring("200 times the other"));
}

TEST_CASE("a question stands in the checkpoint's template, which is the evaluation's",
          "[qwen2_5_vl][chat]") {
  const Qwen2_5Vl& m = model("qwen2_5");
  const std::string wanted =
      "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n"
      "<|im_start|>user\n<image><image>Is it?<|im_end|>\n<|im_start|>assistant\n";
  CHECK(m.question_prompt("Is it?", 2) == wanted);
  CHECK(m.evaluation_prompt("Is it?", 2) == wanted);
  CHECK(m.question_template() == "Qwen2-VL's, from chat_template.json");
}

TEST_CASE("Qwen2.5-VL's special tokens in a user's texts are named, other texts are text",
          "[qwen2_5_vl][prompt]") {
  for (const char* name : {"qwen2_5", "qwen2"}) {
    INFO(name);
    check_marks_are_named(model(name), qwen2_5_vl_evaluation,
                          golden_directory("qwen2_5_vl") / name);
    check_plain_texts(model(name), qwen2_5_vl_evaluation);
  }
}

TEST_CASE("with the real vocabulary a question is the published ids", "[qwen2_5_vl][vocabulary]") {
  const char* folder = std::getenv("INFOFLOW_VOCABULARIES");
  if (folder == nullptr ||
      !std::filesystem::exists(std::filesystem::path(folder) / "qwen.tiktoken")) {
    INFOFLOW_NOT_RUN("INFOFLOW_VOCABULARIES names no folder with the published qwen.tiktoken");
  }
  // Qwen2's words and signs are those of Qwen; only the marks around pictures have other numbers.
  const std::string text = qwen2_5_vl_chat_prompt("Describe this image.", 1);
  const auto tokenizer = Tokenizer::from_directory(folder);
  CHECK(tokenizer.encode(text.substr(0, text.find("<image>"))) ==
        std::vector<TokenId>{151644, 8948, 198, 2610, 525, 264, 10950, 17847, 13, 151645, 198,
                             151644, 872, 198});
}
