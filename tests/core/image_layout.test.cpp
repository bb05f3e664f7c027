// SPDX-License-Identifier: MIT
#include <catch_compat.hpp>

#include <infoflow/core/image_layout.hpp>
#include <infoflow/core/painted_heat.hpp>

using namespace infoflow;

namespace {
HostVector values(std::initializer_list<float> list) {
  HostVector v(static_cast<Index>(list.size()));
  std::copy(list.begin(), list.end(), v.data());
  return v;
}

PixelHeat mass(const ImageLayout& layout, const HostVector& heat, int width, int height) {
  return paint(layout, heat, HeatKind::mass, Interpolation::nearest, width, height);
}

PixelHeat intensity(const ImageLayout& layout, const HostVector& heat, Interpolation between,
                    int width, int height) {
  return paint(layout, heat, HeatKind::intensity, between, width, height);
}
}  // namespace

TEST_CASE("mass of a 1 × 2 grid spreads evenly over each half", "[core][layout]") {
  // 4 × 2 pixels, left token 4 over 2 × 2 pixels, right token 8 over 2 × 2 pixels.
  const auto picture = mass(ImageLayout::grid({4, 2}, 1, 2), values({4, 8}), 4, 2);

  HostMatrix expected(2, 4);
  expected << 1, 1, 2, 2,  //
      1, 1, 2, 2;
  CHECK(picture.values == expected);
  CHECK(picture.outside == 0);
  CHECK(picture.seen.all());
}

TEST_CASE("a pixel on the border of two patches takes half of each", "[core][layout]") {
  // 3 pixels under 2 patches: a patch is 1.5 pixels, so its mass per pixel is heat / 1.5.
  const auto picture = mass(ImageLayout::grid({3, 1}, 1, 2), values({3, 6}), 3, 1);

  CHECK(picture.values(0, 0) == Approx(3 / 1.5));
  CHECK(picture.values(0, 1) == Approx(0.5 * 3 / 1.5 + 0.5 * 6 / 1.5));
  CHECK(picture.values(0, 2) == Approx(6 / 1.5));
}

TEST_CASE("mass on padding is reported as outside", "[core][layout]") {
  // 2 × 1 pixels pasted at the top of 2 × 2: the lower token lies on padding.
  const auto padded = Preprocessing(2, 1).padded(0, 0, 2, 2);
  const auto picture = mass(ImageLayout::grid(padded, 2, 1), values({2, 5}), 2, 1);

  CHECK(picture.values == (HostMatrix(1, 2) << 1, 1).finished());
  CHECK(picture.outside == Approx(5));
}

TEST_CASE("cropped pixels are unseen and dark, not cold", "[core][layout]") {
  // The middle 2 of 4 columns.
  const auto cropped = Preprocessing(4, 1).cropped(1, 0, 2, 1);
  const auto picture =
      intensity(ImageLayout::grid(cropped, 1, 2), values({7, 9}), Interpolation::nearest, 4, 1);

  CHECK(picture.values == (HostMatrix(1, 4) << 0, 7, 9, 0).finished());
  CHECK(picture.seen == (RowMatrix<bool>(1, 4) << false, true, true, false).finished());
}

TEST_CASE("bilinear intensity meets the tokens' values at patch centres", "[core][layout]") {
  // Patches of 2 pixels: centres at 1 and 3; pixel centres at 0.5, 1.5, 2.5, 3.5.
  const auto picture =
      intensity(ImageLayout::grid({4, 1}, 1, 2), values({0, 8}), Interpolation::bilinear, 4, 1);

  // (1.5 − 1) / 2 · 8 = 2 and (2.5 − 1) / 2 · 8 = 6; constant beyond the outer centres.
  CHECK(picture.values == (HostMatrix(1, 4) << 0, 2, 6, 8).finished());
}

TEST_CASE("overlapping tiles add mass and average intensity", "[core][layout]") {
  const PatchGrid whole{{0, 0, 2, 1}, 1, 1};
  const PatchGrid right{{1, 0, 2, 1}, 1, 1};
  const auto layout = ImageLayout::tiles({2, 1}, {whole, right}, {0, -1, 1});
  const HostVector heat = values({4, 10, 6});  // The second is a separator.

  const auto added = mass(layout, heat, 2, 1);
  CHECK(added.values == (HostMatrix(1, 2) << 2, 2 + 6).finished());
  CHECK(added.without_place == 10);

  const auto averaged = intensity(layout, heat, Interpolation::nearest, 2, 1);
  CHECK(averaged.values == (HostMatrix(1, 2) << 4, (4 + 6) / 2).finished());
  CHECK_FALSE(layout.place(1));
  CHECK(*layout.place(2) == Rect{1, 0, 2, 1});
}

TEST_CASE("where the finest tile counts, coarser ones show only where it has no token",
          "[core][layout]") {
  // A patch of 4 pixels, and four of 1 pixel, of which the last lay on padding and has no token.
  const PatchGrid whole{{0, 0, 4, 1}, 1, 1};
  const PatchGrid fine{{0, 0, 4, 1}, 1, 4};
  const HostVector heat = values({1, 2, 3, 10, 8});  // Separator 10.
  for (const bool fine_first : {false, true}) {
    const auto layout =
        fine_first ? ImageLayout::tiles({4, 1}, {fine, whole}, {4, 0, 1, -1, 2}, Overlap::finest)
                   : ImageLayout::tiles({4, 1}, {whole, fine}, {0, 1, 2, -1, 3}, Overlap::finest);
    CHECK(intensity(layout, heat, Interpolation::nearest, 4, 1).values ==
          (HostMatrix(1, 4) << 2, 3, 8, 1).finished());
    // The known patches' centres are at 0.5, 1.5 and 2.5; beyond the last nothing finer is known.
    CHECK(intensity(layout, heat, Interpolation::bilinear, 4, 1).values ==
          (HostMatrix(1, 4) << 2, 3, 8, 1).finished());
    // Masses add and are conserved: 1 / 4 of the whole on each pixel.
    const auto added = mass(layout, heat, 4, 1);
    CHECK(added.values == (HostMatrix(1, 4) << 2.25F, 3.25F, 8.25F, 0.25F).finished());
    CHECK(added.without_place == 10);
    CHECK(added.outside == 0);
  }
}

TEST_CASE("two tokens on one patch average their intensity", "[core][layout]") {
  const auto layout = ImageLayout::tiles({1, 1}, {{{0, 0, 1, 1}, 1, 1}}, {0, 0});

  CHECK(intensity(layout, values({4, 6}), Interpolation::nearest, 1, 1).values(0, 0) == 5);
  CHECK(mass(layout, values({4, 6}), 1, 1).values(0, 0) == 10);
}

TEST_CASE("a soft layout spreads a token's mass as its weights say", "[core][layout]") {
  HostMatrix weights(2, 2);
  weights << 0.25F, 0.75F,  //
      1, 0;
  const auto layout = ImageLayout::soft({2, 1}, {{0, 0, 2, 1}, 1, 2}, weights);

  // 8 · (0.25, 0.75) + 4 · (1, 0) = (6, 6)
  CHECK(mass(layout, values({8, 4}), 2, 1).values == (HostMatrix(1, 2) << 6, 6).finished());
  // Averages with the weights' column sums: 6 / 1.25 and 6 / 0.75.
  const auto picture = intensity(layout, values({8, 4}), Interpolation::nearest, 2, 1);
  CHECK(picture.values(0, 0) == Approx(6 / 1.25));
  CHECK(picture.values(0, 1) == Approx(6 / 0.75));
  CHECK(layout.is_soft());
  CHECK_FALSE(layout.place(0));
}

TEST_CASE("a patch that no query reads does not cool its neighbours", "[core][layout]") {
  HostMatrix weights(1, 2);
  weights << 1, 0;
  const auto layout = ImageLayout::soft({4, 1}, {{0, 0, 4, 1}, 1, 2}, weights);

  const auto picture = intensity(layout, values({5}), Interpolation::bilinear, 4, 1);
  CHECK(picture.values(0, 1) == Approx(5));
  CHECK(picture.values(0, 2) == Approx(5));
  CHECK(picture.values(0, 3) == 0);
}

TEST_CASE("a merged grid has a token per merged block", "[core][layout]") {
  const auto layout = ImageLayout::merged_grid({8, 8}, 4, 6, 2);

  CHECK(layout.token_count() == 2 * 3);
  CHECK(layout.place(1)->x0 == Approx(8.0 / 3));
  CHECK_THROWS_AS(ImageLayout::merged_grid({8, 8}, 4, 5, 2), Error);
  CHECK_THROWS_AS(ImageLayout::merged_grid({8, 8}, 4, 4, 0), Error);
}

TEST_CASE("layouts and heat that do not fit are errors", "[core][layout]") {
  const Preprocessing way(2, 2);
  const PatchGrid grid{{0, 0, 2, 2}, 1, 2};
  CHECK_THROWS_AS(ImageLayout::tiles(way, {grid}, {2}), Error);
  CHECK_THROWS_AS(ImageLayout::tiles(way, {grid}, {-2}), Error);
  CHECK_THROWS_AS(ImageLayout::soft(way, grid, HostMatrix::Ones(1, 3)), Error);
  CHECK_THROWS_AS(ImageLayout::soft(way, grid, HostMatrix::Ones(1, 2)), Error);
  CHECK_THROWS_AS(ImageLayout::soft(way, grid, HostMatrix::Constant(1, 2, NAN)), Error);
  CHECK_THROWS_AS(mass(ImageLayout::grid(way, 1, 2), values({1, 2, 3}), 2, 2), Error);
}

TEST_CASE("heat is a matrix only where tokens are the patches of one grid", "[core][layout]") {
  const Preprocessing square(4, 4);
  const HostVector heat = (HostVector(4) << 1, 2, 3, 4).finished();
  const HostMatrix grid = as_grid(ImageLayout::grid(square, 2, 2), heat);
  CHECK(grid == (HostMatrix(2, 2) << 1, 2, 3, 4).finished());

  const PatchGrid patches{square.canvas(), 2, 2};
  const ImageLayout queries = ImageLayout::soft(square, patches, HostMatrix::Constant(4, 4, 0.25F));
  CHECK_THROWS_WITH(as_grid(queries, heat),
                    Catch::Matchers::StartsWith("these tokens are mixtures of patches"));
  CHECK_THROWS_AS(as_grid(ImageLayout::tiles(square, {patches, patches}, {0, 1, 2, 3}), heat),
                  Error);
  CHECK_THROWS_AS(as_grid(ImageLayout::tiles(square, {patches}, {0, 1, -1, 3}), heat), Error);
  CHECK_THROWS_AS(as_grid(ImageLayout::grid(square, 2, 3), heat), Error);
}

TEST_CASE("a grid without patches or area is refused", "[core][layout]") {
  CHECK_THROWS_AS(ImageLayout::grid(Preprocessing(4, 4), 0, 2), Error);
  CHECK_THROWS_AS(ImageLayout::grid(Preprocessing(4, 4), -2, -2), Error);
  CHECK_THROWS_AS(ImageLayout::tiles(Preprocessing(4, 4), {PatchGrid{{2, 2, 2, 4}, 1, 1}}, {0}),
                  Error);
}
