// SPDX-License-Identifier: MIT
#include <catch_compat.hpp>

#include "../laws/broken_layout.hpp"
#include "../laws/generators.hpp"

using namespace infoflow;

TEST_CASE("painting keeps its laws on generated layouts", "[core][layout][law]") {
  for (std::uint64_t number = 0; number < 150; ++number) {
    laws::Draw draw(number);
    const ImageLayout layout = draw.layout();
    const int width = draw.integer(1, 25);
    const int height = draw.integer(1, 25);
    INFO("case " << number);
    CHECK(laws::check_mass(laws::LibraryPaint{}, layout, draw.heat(layout.token_count(), 0, 3),
                           width, height) == "");
    const HostVector warm = draw.heat(layout.token_count(), 5, 6);
    for (const auto between : {Interpolation::nearest, Interpolation::bilinear}) {
      CHECK(laws::check_intensity(laws::LibraryPaint{}, layout, warm, between, width, height) ==
            "");
    }
    CHECK(laws::check_seen(laws::LibraryPaint{}, layout, width, height) == "");
  }
}

TEST_CASE("where the finest tile counts, painting keeps its laws and shows it",
          "[core][layout][law]") {
  for (std::uint64_t number = 0; number < 100; ++number) {
    laws::Draw draw(number);
    const ImageLayout layout = draw.tiles(draw.preprocessing(), Overlap::finest);
    const int width = draw.integer(1, 25);
    const int height = draw.integer(1, 25);
    const HostVector warm = draw.heat(layout.token_count(), 5, 6);
    INFO("case " << number);
    CHECK(laws::check_finest(laws::LibraryPaint{}, layout, warm, width, height) == "");
    CHECK(laws::check_mass(laws::LibraryPaint{}, layout, warm, width, height) == "");
    for (const auto between : {Interpolation::nearest, Interpolation::bilinear}) {
      CHECK(laws::check_intensity(laws::LibraryPaint{}, layout, warm, between, width, height) ==
            "");
    }
    CHECK(laws::check_seen(laws::LibraryPaint{}, layout, width, height) == "");
  }
}

TEST_CASE("a soft layout paints its mixture as the grid of its patches would",
          "[core][layout][law]") {
  for (std::uint64_t number = 0; number < 50; ++number) {
    laws::Draw draw(number);
    const Preprocessing way = draw.preprocessing();
    const Index rows = draw.index(1, 4);
    const Index columns = draw.index(1, 4);
    const auto weights = draw.distributions<float>(draw.index(1, 5), rows * columns);
    const HostVector heat = draw.heat(weights.rows(), 0, 2);

    const auto soft = paint(ImageLayout::soft(way, {way.canvas(), rows, columns}, weights), heat,
                            HeatKind::mass, Interpolation::nearest, 11, 9);
    const auto grid = paint(ImageLayout::grid(way, rows, columns), weights.transpose() * heat,
                            HeatKind::mass, Interpolation::nearest, 11, 9);
    CHECK(laws::within(laws::relative_error(soft.values, grid.values), 1e-5, "mass") == "");
  }
}

TEST_CASE("the laws of painting reject broken ways of painting", "[core][layout][broken]") {
  const auto cropped = ImageLayout::grid(Preprocessing(8, 8).cropped(2, 0, 4, 8), 2, 2);
  const PatchGrid whole{{0, 0, 8, 8}, 1, 1};
  const auto tiles = ImageLayout::tiles({8, 8}, {whole, whole}, {0, 1, -1});
  const auto small_first =
      ImageLayout::tiles({8, 8}, {{{0, 0, 8, 8}, 2, 2}, whole}, {0, 1, 2, 3, 4}, Overlap::finest);
  const HostVector five = HostVector::LinSpaced(5, 1, 5);
  const HostVector four = HostVector::Constant(4, 5);
  const HostVector three = HostVector::Constant(3, 5);

  CHECK(laws::check_mass(laws::MassAsIntensity{}, cropped, four, 8, 8) == "mass is not conserved");
  CHECK(laws::check_mass(laws::LosesSeparators{}, tiles, three, 8, 8) == "mass is not conserved");
  CHECK(laws::check_mass(laws::ForgetsTheCanvas{}, cropped, four, 8, 8) ==
        "a pixel does not get its part of the mass");
  CHECK(laws::check_intensity(laws::AddsOverlaps{}, tiles, three, Interpolation::nearest, 8, 8) ==
        "intensity leaves the tokens' range");
  CHECK(laws::check_seen(laws::ForgetsTheCanvas{}, cropped, 8, 8) ==
        "a pixel is seen that was cropped away, or the reverse");
  CHECK(laws::check_finest(laws::LastHidesOthers{}, small_first, five, 8, 8) ==
        "a pixel does not show the finest token there");
  CHECK(laws::check_finest(laws::LibraryPaint{},
                           ImageLayout::tiles({8, 8}, small_first.grids(), {0, 1, 2, 3, 4}), five,
                           8, 8) == "a pixel does not show the finest token there");
}
