// SPDX-License-Identifier: MIT
#include <catch_compat.hpp>

#include "../laws/toy_cases.hpp"

using namespace infoflow;

namespace {
const toy::Decoder<double>& adapter() {
  static const toy::Decoder<double> toy(laws::toy_weights());
  return toy;
}
}  // namespace

TEST_CASE("the toy's prompts keep the laws of prompts", "[adapter][prompt]") {
  for (const auto& c : laws::adapter_cases(adapter())) CHECK_NOTHROW(validate(c.prompt));
  CHECK_NOTHROW(validate(adapter().prepare({}, "text")));
}

TEST_CASE("a prompt that breaks a law is refused by name", "[adapter][prompt][broken]") {
  const Prompt right = laws::adapter_cases(adapter())[0].prompt;
  Prompt longer = right;
  longer.ids.push_back(5);
  Prompt no_layout = right;
  no_layout.layouts.clear();
  Prompt no_pixels = right;
  no_pixels.pixels.clear();
  Prompt pixels_of_nobody = adapter().prepare({}, "text");
  pixels_of_nobody.pixels.emplace_back(4, 4);
  Prompt too_many_patches = right;
  too_many_patches.patch_layouts = {ImageLayout::grid({4, 4}, 1, 5),
                                    ImageLayout::grid({4, 4}, 1, 5)};
  Prompt other_grid = right;
  other_grid.layouts[0] = ImageLayout::grid({4, 4}, 1, 5);

  CHECK_THROWS_WITH(validate(longer),
                    Catch::Matchers::StartsWith("14 token ids for a partition of 13"));
  CHECK_THROWS_AS(validate(no_layout), Error);
  CHECK_THROWS_AS(validate(no_pixels), Error);
  CHECK_THROWS_AS(validate(pixels_of_nobody), Error);
  CHECK_THROWS_WITH(validate(too_many_patches),
                    Catch::Matchers::StartsWith("2 layouts of patches for 1 images"));
  CHECK_THROWS_WITH(validate(other_grid),
                    Catch::Matchers::StartsWith("image 0 has 6 tokens but its layout has 5"));
}

TEST_CASE("an image may have several views, and patches that lie elsewhere than its tokens",
          "[adapter][prompt]") {
  Prompt tiled = laws::adapter_cases(adapter())[0].prompt;
  tiled.pixels.push_back(tiled.pixels.front());
  tiled.patch_layouts = {ImageLayout::grid({4, 4}, 4, 6)};
  CHECK_NOTHROW(validate(tiled));
}

TEST_CASE("pictures stand where the text says, or first", "[toy][prompt]") {
  const std::vector<RgbImage> two(2, RgbImage(5, 5, 9));

  CHECK(adapter().prepare(two, "a<image>b<image>").partition.images()[1] == Span{9, 15});
  CHECK(adapter().prepare(two, "ab").partition.images()[0] == Span{1, 7});
  CHECK_THROWS_AS(adapter().prepare(two, "a<image>"), Error);
  CHECK_THROWS_AS(adapter().prepare(std::vector<RgbImage>(1), "a"), Error);  // No pixels.
}

TEST_CASE("pixels matter, each in its own patch", "[toy][prompt]") {
  RgbImage picture(12, 8, 100);  // The canvas: 3 × 2 patches of 4 × 4 pixels.
  const auto before = adapter().encode(adapter().prepare(std::span(&picture, 1), "").pixels);
  picture.pixel(9, 5)[1] = 200;
  const auto after = adapter().encode(adapter().prepare(std::span(&picture, 1), "").pixels);

  for (Index patch = 0; patch < 6; ++patch) {
    const bool same = before.embeddings.row(patch) == after.embeddings.row(patch);
    CHECK(same == (patch != 5));
  }
  // Green of patch 5 rises by 100/255 in one of 16 pixels, on a scale of 2.
  CHECK(after.features(5, 1) - before.features(5, 1) == Approx(2 * (100 / 255.0) / 16));
}

TEST_CASE("the toy's tokenizer takes any text and gives printable text back", "[toy][prompt]") {
  const toy::Tokenizer tokenizer({"yes", "yesterday"});

  CHECK(tokenizer.encode("yesterday").size() == 1);
  CHECK(tokenizer.encode("yes!").size() == 2);
  CHECK(tokenizer.decode(tokenizer.encode("yes, A\n~")) == "yes, A\n~");
  CHECK(tokenizer.decode(tokenizer.encode("\xff\x01")) == "??");
  CHECK(tokenizer.encode("<image></s>") == std::vector<TokenId>{2, 1});
  CHECK(tokenizer.decode(std::vector<TokenId>{0, 2, 1, -4, 99999}) == "");
}
