// SPDX-License-Identifier: MIT
#include <set>
#include <string>
#include <vector>

#include <catch_compat.hpp>

#include <infoflow/figure/layer_strip.hpp>
#include <infoflow/figure/overlay.hpp>
#include <infoflow/figure/raster.hpp>

using namespace infoflow;
using Catch::Matchers::ContainsSubstring;

namespace {

Rgb at(const RgbImage& image, int x, int y) {
  const std::uint8_t* p = image.pixel(x, y);
  return {p[0], p[1], p[2]};
}

/// White where heat is 1, black where it is 0.
struct Grey {
  Rgb operator()(float value) const {
    const auto level = static_cast<std::uint8_t>(255 * value);
    return {level, level, level};
  }
};

/// 4 × 2 pixels of level 100, of which the right half was cropped away; heat 0, 0.25, 0.5, 1 …
struct Case {
  RgbImage picture{4, 2, 100};
  PixelHeat heat{HostMatrix::Zero(2, 4), RowMatrix<bool>::Constant(2, 4, true)};
  Case() {
    heat.values.row(0) << 0, 0.25F, 0.5F, 1;
    heat.seen.row(1).setConstant(false);
  }
};

/// Law: whoever looks can tell a pixel that was not seen from one without heat.
template <class Overlay>
bool tells_unseen_apart(Overlay overlay) {
  const RgbImage picture(32, 32, 100);
  PixelHeat heat{HostMatrix::Zero(32, 32), RowMatrix<bool>::Constant(32, 32, true)};
  const std::vector<std::uint8_t> seen = overlay(picture, heat).values;
  heat.seen.setConstant(false);
  const std::vector<std::uint8_t> unseen = overlay(picture, heat).values;
  const std::set<std::uint8_t> levels(unseen.begin(), unseen.end());
  return seen != unseen && levels.size() > 1;  // another look, and a pattern rather than a colour
}

}  // namespace

TEST_CASE("heat is mixed with the picture by its weight", "[figure][overlay]") {
  const Case c;
  const RgbImage mixed = overlay(c.picture, c.heat, 1, OverlayStyle<Grey>{.weight = 0.5F});
  CHECK(at(mixed, 0, 0) == Rgb{50, 50, 50});     // (100 + 0) / 2
  CHECK(at(mixed, 1, 0) == Rgb{82, 82, 82});     // (100 + 63) / 2 = 81.5
  CHECK(at(mixed, 3, 0) == Rgb{178, 178, 178});  // (100 + 255) / 2 = 177.5

  const RgbImage alone = overlay(c.picture, c.heat, 1, OverlayStyle<Grey>{.weight = 0});
  for (int x = 0; x < 4; ++x) CHECK(at(alone, x, 0) == Rgb{100, 100, 100});
}

TEST_CASE("heat is measured against the maximum given", "[figure][overlay]") {
  const Case c;
  const OverlayStyle<Grey> full{.weight = 1};
  CHECK(at(overlay(c.picture, c.heat, 2, full), 3, 0) == Rgb{127, 127, 127});  // 1 of 2
  CHECK(at(overlay(c.picture, c.heat, 0.5F, full), 2, 0) == Rgb{255, 255, 255});
  // Nothing anywhere: the picture, not 0 divided by 0.
  CHECK(at(overlay(c.picture, c.heat, 0, full), 3, 0) == Rgb{100, 100, 100});
}

TEST_CASE("the paper's look adds 0.4 of jet's colour from half of the maximum on",
          "[figure][overlay]") {
  const Case c;
  const RgbImage paper = overlay(c.picture, c.heat, 1, paper_style());
  CHECK(at(paper, 1, 0) == Rgb{100, 100, 100});  // 0.25 is cut
  CHECK(at(paper, 2, 0) == Rgb{151, 202, 151});  // 100 + 0.4 · (128, 255, 128) = 151.2, 202, 151.2
  CHECK(at(paper, 3, 0) == Rgb{151, 100, 100});  // 100 + 0.4 · (128, 0, 0)
  RgbImage bright(4, 2, 220);
  CHECK(at(overlay(bright, c.heat, 1, paper_style()), 2, 0) == Rgb{255, 255, 255});
}

TEST_CASE("unseen pixels are hatched, not shown as zero", "[figure][overlay]") {
  CHECK(tells_unseen_apart([](const auto& p, const auto& h) { return overlay(p, h, 1); }));
  CHECK(tells_unseen_apart(
      [](const auto& p, const auto& h) { return overlay(p, h, 1, paper_style()); }));
  CHECK(tells_unseen_apart([](const auto& p, const auto& h) { return overlay(p, h, 0); }));
  // Colouring the zeros that the raster holds there is the broken implementation.
  CHECK_FALSE(tells_unseen_apart([](const auto& p, PixelHeat h) {
    h.seen.setConstant(true);
    return overlay(p, h, 1);
  }));
}

TEST_CASE("a layout's heat lies where its tokens lie", "[figure][overlay]") {
  // 8 × 4 pixels, the outer columns cropped away, 2 × 2 tokens of 2 × 2 pixels.
  const auto layout = ImageLayout::grid(Preprocessing(8, 4).cropped(2, 0, 4, 4), 2, 2);
  HostVector heat(4);
  heat << 0, 3, 0, 0;
  OverlayStyle<Grey> style{.weight = 1};
  style.between = Interpolation::nearest;
  for (const HeatKind kind : {HeatKind::intensity, HeatKind::mass}) {
    const RgbImage covered = overlay(RgbImage(8, 4, 100), layout, heat, kind, style);
    CHECK(at(covered, 4, 1) == Rgb{255, 255, 255});
    CHECK(at(covered, 3, 1) == Rgb{0, 0, 0});
    CHECK(at(covered, 4, 2) == Rgb{0, 0, 0});
  }
  CHECK_THROWS_AS(overlay(RgbImage(9, 4), Case().heat, 1), Error);
}

TEST_CASE("pictures are fitted by shrinking or by repeating pixels", "[figure][overlay]") {
  RgbImage two(2, 1);
  two.values = {0, 0, 0, 90, 90, 90};
  const RgbImage large = fitted(two, 7);
  CHECK((large.width == 7 && large.height == 3));  // 1 · 7 / 2
  CHECK(at(large, 3, 2) == Rgb{0, 0, 0});          // 3 · 2 / 7 = 0
  CHECK(at(large, 4, 0) == Rgb{90, 90, 90});       // 4 · 2 / 7 = 1
  CHECK(fitted(large, 7) == large);
  CHECK(fitted(RgbImage(100, 40), 50).height == 20);
  CHECK(fitted(RgbImage(1, 100), 150).width == 1);
}

TEST_CASE("a colour bar's unit is heat, or the share of a patch whatever the raster",
          "[figure][overlay]") {
  // 8 × 4 pixels seen as 2 × 4 patches of 2 × 2: a share of 0.6 on one of them.
  const auto layout = ImageLayout::grid(Preprocessing(8, 4).resized(16, 8), 2, 4);
  HostVector share = HostVector::Zero(8);
  share[5] = 0.6F;
  for (const int scale : {1, 3, 10}) {
    const PixelHeat painted =
        paint(layout, share, HeatKind::mass, Interpolation::nearest, 8 * scale, 4 * scale);
    CHECK(readable_heat(painted.values.maxCoeff(), HeatKind::mass, layout, 8 * scale, 4 * scale) ==
          Approx(0.6));
  }
  CHECK(readable_heat(0.25F, HeatKind::intensity, layout, 80, 40) == 0.25);

  // Below the threshold nothing is painted, and the bar is white there.
  Drawing drawing{300, 22};
  draw_colour_bar(drawing, {0, 0}, paper_style(), "1");
  const RgbImage bar = raster_of(drawing, 1);
  const int begin = 18;
  CHECK(at(bar, begin + 100, 9) == Rgb{255, 255, 255});
  CHECK(at(bar, begin + 239, 9) == Jet{}(1));
}

TEST_CASE("a strip shows all layers on one scale or each on its own", "[figure][layer_strip]") {
  const auto layout = ImageLayout::grid(Preprocessing(40, 40), 1, 1);
  const RgbImage picture(40, 40, 100);
  std::vector<LayerHeat> layers;
  for (int l = 0; l < 10; ++l) {
    layers.push_back({"layer " + std::to_string(l), HostVector::Constant(1, 1 / (l + 1.0F))});
  }
  const std::vector<std::string> caption{"a model", "and its question"};
  const OverlayStyle<Grey> style{.weight = 1};
  const auto strip = [&](bool common) {
    return raster_of(layer_strip(picture, layout, std::span<const LayerHeat>(layers),
                                 std::span<const std::string>(caption),
                                 {.width = 600, .common_scale = common}, style),
                     1);
  };
  // Two rows of five; tiles of (600 − 10) / 5 − 10 = 108 pixels below a head of 10 + 2 · 22 + 6 +
  // 22 + 10 = 92 and a title of 22.
  const auto middle_of = [](const RgbImage& image, int column) {
    return at(image, 10 + 118 * column + 40, 92 + 22 + 40);
  };
  const RgbImage common = strip(true);
  const RgbImage own = strip(false);

  CHECK(common.width == 600);
  CHECK(common.height == 92 + 2 * (108 + 22 + 10));
  CHECK(middle_of(common, 0) == Rgb{255, 255, 255});
  CHECK(middle_of(common, 1) == Rgb{127, 127, 127});  // half of the maximum of all layers
  CHECK(middle_of(own, 1) == Rgb{255, 255, 255});

  const RgbImage before = common;
  layers[3].status = HeatStatus::structurally_zero;
  CHECK_FALSE(strip(true) == before);  // a tile says "no flow"
}

TEST_CASE("a strip of nothing is refused", "[figure][layer_strip]") {
  const auto layout = ImageLayout::grid(Preprocessing(4, 4), 1, 1);
  const std::vector<LayerHeat> one{{"layer 0", HostVector::Zero(1)}};
  CHECK_THROWS_AS(layer_strip(RgbImage(4, 4), layout, {}, {}), Error);
  CHECK_THROWS_AS(layer_strip(RgbImage(), layout, one, {}), Error);
  const std::vector<LayerHeat> wrong{{"layer 0", HostVector::Zero(2)}};
  CHECK_THROWS_AS(layer_strip(RgbImage(4, 4), layout, wrong, {}), Error);
  CHECK_NOTHROW(layer_strip(RgbImage(4, 4), layout, one, {}));
}
