// SPDX-License-Identifier: MIT
// Tiles at any resolution: which canvas, what is kept of it, and that heat lies where the views are.
#include <numeric>

#include <catch_torch.hpp>

#include <adapters/checkpoint/json_file.hpp>
#include <adapters/preprocessing/anyres_tiles.hpp>

#include "../laws/generators.hpp"
#include "../laws/layout.laws.hpp"
#include "../parity/golden.hpp"

using namespace infoflow;
using namespace infoflow::adapters;
using infoflow::laws::Violation;

namespace {

const std::vector<ImageSize> small_canvases{{28, 28}, {56, 28}, {28, 56},
                                            {56, 56}, {28, 84}, {84, 28}};

AnyresPicture tiled(int width, int height) {
  return AnyresTiles({.side = 28, .canvases = small_canvases})(RgbImage(width, height, 100));
}

/// The released model's tokens of a picture: 24² of each view.
Index released_tokens(int width, int height) {
  const AnyresSettings released;
  AnyresPicture picture;
  const ImageSize canvas = best_canvas({width, height}, released.canvases);
  picture.preprocessing = Preprocessing(width, height);
  picture.tile_rows = canvas.height / released.side;
  picture.tile_columns = canvas.width / released.side;
  picture.areas.assign(1 + static_cast<std::size_t>(picture.tile_rows * picture.tile_columns),
                       Rect{0, 0, 1, 1});
  return picture.tokens(24).token_count();
}

/// The law of tiles: the canvas shows the picture's middle everywhere but on padding, each place of it in
/// the whole view and in one tile.
template <class Tile>
Violation check_cover(const Tile& tile, int width, int height) {
  const AnyresPicture picture = tile(width, height);
  if (picture.areas.size() != picture.views.size()) return "areas and views differ in number";
  for (double y = 0.25; y < height; y += 0.5) {
    for (double x = 0.25; x < width; x += 0.5) {
      const Point p = picture.preprocessing.to_canvas({x, y});
      const auto seen = std::count_if(picture.areas.begin(), picture.areas.end(),
                                      [&](const Rect& area) { return area.contains(p); });
      if (seen != 2) return "a place is not seen by the whole view and one tile";
    }
  }
  return "";
}

}  // namespace

TEST_CASE("canvas, fitted size and kept patches are those of transformers, size by size",
          "[llava_next][tiles][golden]") {
  const Json rows = read_json(tests::golden_directory("llava_next") / "sizes.json");
  REQUIRE(rows.size() > 400);
  const AnyresSettings released;
  for (const Json& row : rows) {
    const auto n = row.get<std::vector<int>>();
    CAPTURE(n[0], n[1]);
    const ImageSize picture{n[0], n[1]};
    const ImageSize canvas = best_canvas(picture, released.canvases);
    CHECK(canvas == ImageSize{n[2], n[3]});
    CHECK(fitted_size(picture, canvas) == ImageSize{n[4], n[5]});
    const UnpaddedPatches kept(picture, canvas.height / 14, canvas.width / 14);
    CHECK(kept.rows.size() == n[6]);
    CHECK(kept.columns.size() == n[7]);
  }
}

TEST_CASE("pictures of usual sizes become as many tokens as in transformers",
          "[llava_next][tiles]") {
  struct Size {
    int width, height;
    Index tokens;
  };
  for (const Size& size :
       {Size{640, 480, 2340}, Size{480, 640, 2352}, Size{500, 375, 2340}, Size{640, 427, 2144},
        Size{1024, 899, 2634}, Size{1024, 1024, 2928}, Size{672, 672, 2928}, Size{1000, 300, 2182},
        Size{300, 1000, 2232}, Size{336, 336, 1176}, Size{224, 224, 1176}}) {
    CAPTURE(size.width, size.height);
    CHECK(released_tokens(size.width, size.height) == size.tokens);
  }
}

TEST_CASE("of canvases that keep as much and waste as little the first is taken",
          "[llava_next][tiles]") {
  // Transformers' list has the wide one first, the original code's the upright one.
  const std::vector<ImageSize> upright_first{{336, 672}, {672, 336}};
  CHECK(best_canvas({300, 200}, AnyresSettings{}.canvases) == ImageSize{672, 336});
  CHECK(best_canvas({300, 200}, upright_first) == ImageSize{336, 672});
}

TEST_CASE("a picture is put in the middle of black, and cut into tiles", "[llava_next][tiles]") {
  // 40 × 70 pixels fit into 56 × 56 as 32 × 56, with 12 columns of black on either side.
  const AnyresPicture picture =
      AnyresTiles({.side = 28, .canvases = {{56, 56}}})(RgbImage(40, 70, 255));
  REQUIRE(picture.views.size() == 5);
  CHECK(picture.areas[0] == Rect{12, 0, 44, 56});
  CHECK(picture.areas[2] == Rect{28, 0, 56, 28});
  CHECK(picture.views[0].pixel(0, 0)[0] == 1);  // Squashed, not padded.
  CHECK(picture.views[1].pixel(11, 5)[0] == 0);
  CHECK(picture.views[1].pixel(12, 5)[0] == 1);
  CHECK(picture.views[2].pixel(15, 5)[2] == 1);
  CHECK(picture.views[2].pixel(16, 5)[2] == 0);
  CHECK(picture.views[4].pixel(16, 27)[1] == 0);
  // An odd rest: 3 columns less, one before and two behind.
  const AnyresPicture odd = AnyresTiles({.side = 28, .canvases = {{28, 28}}})(RgbImage(25, 28));
  CHECK(odd.areas[0] == Rect{1, 0, 26, 28});
}

TEST_CASE("tiles cover the picture once, and the whole view once more",
          "[llava_next][tiles][law]") {
  for (std::uint64_t number = 0; number < 40; ++number) {
    laws::Draw draw(number);
    const int width = draw.integer(1, 90);
    const int height = draw.integer(1, 90);
    CAPTURE(width, height);
    CHECK(check_cover(tiled, width, height) == "");
  }
  // A whole view that is taken for one of the canvas does not show the padding that it is placed on.
  const auto squashed = [](int width, int height) {
    AnyresPicture picture = tiled(width, height);
    picture.areas.front() = Rect{0, 0, 28, 28};
    return picture;
  };
  CHECK(check_cover(squashed, 40, 70) == "a place is not seen by the whole view and one tile");
}

TEST_CASE("tokens are the whole view, then the tiles as one image with newlines",
          "[llava_next][layout]") {
  // Two patches a side; 40 × 70 on 56 × 56 is 4 × 4 patches, of which one column on either side is of
  // padding (40 · 4 / 70 = 2.3).
  const AnyresPicture picture =
      AnyresTiles({.side = 28, .canvases = {{56, 56}}})(RgbImage(40, 70, 255));
  const ImageLayout tokens = picture.tokens(2);
  // View by view: whole 0–3, upper tiles 4–7 and 8–11, lower ones 12–15 and 16–19.
  const std::vector<Index> wanted{0, 1, 2, 3, 5, 8, -1, 7, 10, -1, 13, 16, -1, 15, 18, -1};
  CHECK(std::vector<Index>(tokens.patch_of_token().begin(), tokens.patch_of_token().end()) ==
        wanted);
  CHECK(tokens.overlap() == Overlap::finest);
  CHECK_FALSE(tokens.place(6));
  // Patch 5 is [14, 28) × [0, 14) on the canvas, 1.25 source pixels each, 15 columns further left.
  CHECK(tokens.place(4)->x0 == Approx((14 - 12) * 1.25));
  CHECK(tokens.place(4)->y1 == Approx(14 * 1.25));
  CHECK(picture.patches(2).token_count() == 20);
}

TEST_CASE("a picture that is a line keeps the whole view alone", "[llava_next][tiles]") {
  const AnyresPicture line = tiled(300, 1);
  const ImageLayout tokens = line.tokens(4);
  CHECK(tokens.token_count() == 16);  // No row of patches is more than padding.
  CHECK(line.views.size() > 1);
}

TEST_CASE("heat on tokens and patches of tiles keeps the laws of painting",
          "[llava_next][layout][law]") {
  for (std::uint64_t number = 0; number < 30; ++number) {
    laws::Draw draw(number);
    const AnyresPicture picture = tiled(draw.integer(1, 90), draw.integer(1, 90));
    const Index side = draw.index(1, 4);
    for (const ImageLayout& layout : {picture.tokens(side), picture.patches(side)}) {
      const int width = draw.integer(3, 20);
      const int height = draw.integer(3, 20);
      const HostVector heat = draw.heat(layout.token_count(), 1, 3);
      CAPTURE(number, side, width, height);
      CHECK(laws::check_mass(laws::LibraryPaint{}, layout, heat, width, height) == "");
      CHECK(laws::check_finest(laws::LibraryPaint{}, layout, heat, width, height) == "");
      CHECK(laws::check_intensity(laws::LibraryPaint{}, layout, heat, Interpolation::bilinear,
                                  width, height) == "");
      // Nothing is cropped away, and where no tile has a token the whole view has one.
      const auto painted =
          paint(layout, heat, HeatKind::intensity, Interpolation::nearest, width, height);
      CHECK(painted.seen.all());
      CHECK(painted.values.minCoeff() > 0);
    }
  }
}

TEST_CASE("canvases that are not made of tiles are errors", "[llava_next][tiles][errors]") {
  for (const ImageSize& canvas : {ImageSize{28, 30}, ImageSize{0, 28}, ImageSize{-28, 28}}) {
    CHECK_THROWS_AS(AnyresTiles({.side = 28, .canvases = {canvas}}), Error);
  }
  CHECK_THROWS_AS(AnyresTiles({.side = 28, .canvases = {}}), Error);
}
