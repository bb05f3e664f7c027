// SPDX-License-Identifier: MIT
// Tiles: which grid a picture gets, that the views cover it, and that heat lies where they are.
#include <numeric>

#include <catch_torch.hpp>

#include <adapters/preprocessing/dynamic_tiles.hpp>

#include "../laws/generators.hpp"
#include "../laws/layout.laws.hpp"

using namespace infoflow;
using namespace infoflow::adapters;
using infoflow::laws::Violation;

namespace {

/// The law of the grid: none is nearer to the picture's aspect. Of those equally near, it is the
/// largest of which half the pixels are fewer than the picture's, or else the smallest.
template <class Choose>
Violation check_grid(const Choose& choose, int width, int height, const TileSettings& settings) {
  const auto distance = [&](const TileGrid& grid) {
    return std::abs(static_cast<double>(width) / height -
                    static_cast<double>(grid.columns) / grid.rows);
  };
  const TileGrid chosen = choose(width, height, settings);
  const auto allowed = [&](int tiles) {
    return tiles >= settings.fewest && tiles <= settings.most;
  };
  if (!allowed(chosen.columns * chosen.rows)) return "too few or too many tiles";
  std::vector<int> as_near;
  for (int columns = 1; columns <= settings.most; ++columns) {
    for (int rows = 1; rows <= settings.most; ++rows) {
      if (!allowed(columns * rows)) continue;
      if (distance({columns, rows}) < distance(chosen)) return "another grid is nearer";
      if (distance({columns, rows}) == distance(chosen)) as_near.push_back(columns * rows);
    }
  }
  std::sort(as_near.begin(), as_near.end());
  int wanted = as_near.front();
  for (const int tiles : as_near) {
    const double half = 0.5 * settings.side * settings.side * tiles;
    if (static_cast<double>(width) * height > half) wanted = tiles;
  }
  return chosen.columns * chosen.rows == wanted ? "" : "of equally near grids the wrong size";
}

/// A picture of one colour per quarter, so that the views of two by two tiles are known.
RgbImage four_colours(int side) {
  RgbImage picture(side, side);
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      picture.pixel(x, y)[0] = x < side / 2 ? 0 : 255;
      picture.pixel(x, y)[1] = y < side / 2 ? 0 : 255;
    }
  }
  return picture;
}

TiledPicture tiled(int width, int height, int most, int side = 28) {
  return DynamicTiles({.side = side, .most = most})(RgbImage(width, height, 100));
}

}  // namespace

TEST_CASE("pictures of usual sizes give as many views as in InternVL's code", "[internvl][tiles]") {
  struct Size {
    int width, height, views_of_12, views_of_6;
  };
  for (const Size& size :
       {Size{640, 480, 13, 7}, Size{500, 375, 13, 7}, Size{448, 448, 1, 1}, Size{1024, 1024, 10, 5},
        Size{1920, 1080, 9, 3}, Size{800, 1333, 7, 7}}) {
    CAPTURE(size.width, size.height);
    for (const auto& [most, views] : {std::pair(12, size.views_of_12), {6, size.views_of_6}}) {
      const TileGrid grid = best_grid(size.width, size.height, {.most = most});
      const int tiles = grid.columns * grid.rows;
      CHECK(tiles + (tiles > 1 ? 1 : 0) == views);
    }
  }
  CHECK(best_grid(640, 480, {}) == TileGrid{4, 3});
  CHECK(best_grid(800, 1333, {}) == TileGrid{2, 3});
}

TEST_CASE("the grid is the nearest in aspect, and not too large", "[internvl][tiles][law]") {
  for (std::uint64_t number = 0; number < 400; ++number) {
    laws::Draw draw(number);
    const TileSettings settings{
        .side = 28, .fewest = draw.integer(1, 3), .most = draw.integer(3, 12)};
    // Every third picture has an aspect that several grids meet exactly.
    const int unit = draw.integer(5, 60);
    const bool exact = number % 3 == 0;
    const int width = exact ? unit * draw.integer(1, 3) : draw.integer(3, 300);
    const int height = exact ? unit * draw.integer(1, 3) : draw.integer(3, 300);
    CAPTURE(width, height, settings.fewest, settings.most);
    CHECK(check_grid(best_grid, width, height, settings) == "");
  }
}

TEST_CASE("the law of the grid rejects other choices", "[internvl][tiles][broken]") {
  const auto upright = [](int width, int height, const TileSettings& settings) {
    return best_grid(height, width, settings);
  };
  CHECK(check_grid(upright, 300, 100, {}) == "another grid is nearer");
  const auto greedy = [](int width, int height, const TileSettings& settings) {
    return best_grid(1000 * width, 1000 * height, settings);
  };
  CHECK(check_grid(greedy, 30, 30, {.side = 28}) == "of equally near grids the wrong size");
  const auto one = [](int, int, const TileSettings&) { return TileGrid{}; };
  CHECK(check_grid(one, 30, 30, {.fewest = 2}) == "too few or too many tiles");
}

TEST_CASE("tiles come row by row, and the thumbnail last", "[internvl][tiles]") {
  const TiledPicture quarters = DynamicTiles({.side = 28, .most = 4})(four_colours(56));
  REQUIRE(quarters.views.size() == 5);
  for (std::size_t i = 0; i < 4; ++i) {
    CAPTURE(i);
    PixelImage wanted(28, 28);
    for (int y = 0; y < 28; ++y) {
      for (int x = 0; x < 28; ++x) {
        wanted.pixel(x, y)[0] = i % 2 == 0 ? 0 : 1;
        wanted.pixel(x, y)[1] = i < 2 ? 0 : 1;
      }
    }
    CHECK(quarters.views[i] == wanted);
  }
  const PixelImage& whole = quarters.views[4];
  CHECK(whole.pixel(1, 1)[0] == 0);
  CHECK(whole.pixel(26, 1)[0] == 1);
  CHECK(whole.pixel(1, 26)[1] == 1);
  CHECK(quarters.areas[4] == Rect{0, 0, 56, 56});
  CHECK(DynamicTiles({.side = 28, .most = 4, .thumbnail = false})(four_colours(56)).views.size() ==
        4);
  CHECK(tiled(30, 26, 4).views.size() == 1);  // One tile is the whole picture already.
}

TEST_CASE("tiles cover the picture once, and the thumbnail once more", "[internvl][tiles][law]") {
  for (std::uint64_t number = 0; number < 40; ++number) {
    laws::Draw draw(number);
    const int width = draw.integer(5, 90);
    const int height = draw.integer(5, 90);
    const TiledPicture picture = tiled(width, height, draw.integer(1, 6));
    CAPTURE(width, height, picture.views.size());
    REQUIRE(picture.areas.size() == picture.views.size());
    const bool several = picture.views.size() > 1;
    for (double y = 0.25; y < height; y += 0.5) {
      for (double x = 0.25; x < width; x += 0.5) {
        const Point p = picture.preprocessing.to_canvas({x, y});
        const auto seen = std::count_if(picture.areas.begin(), picture.areas.end(),
                                        [&](const Rect& area) { return area.contains(p); });
        REQUIRE(seen == (several ? 2 : 1));
      }
    }
  }
}

TEST_CASE("heat on the tokens of tiles keeps the laws of painting", "[internvl][tiles][law]") {
  for (std::uint64_t number = 0; number < 30; ++number) {
    laws::Draw draw(number);
    const TiledPicture picture =
        tiled(draw.integer(5, 90), draw.integer(5, 90), draw.integer(1, 6));
    const ImageLayout layout = picture.layout(draw.index(1, 4), draw.coin());
    const int width = draw.integer(3, 20);
    const int height = draw.integer(3, 20);
    const HostVector heat = draw.heat(layout.token_count(), 0, 3);
    CHECK(laws::check_mass(laws::LibraryPaint{}, layout, heat, width, height) == "");
    CHECK(laws::check_seen(laws::LibraryPaint{}, layout, width, height) == "");
    // All of it lies on the picture: nothing was padded or cut away.
    const auto painted = paint(layout, heat, HeatKind::mass, Interpolation::nearest, width, height);
    CHECK(std::abs(painted.outside) < 1e-4F * heat.sum());
    CHECK(painted.without_place == 0);
  }
}

TEST_CASE("tokens lie row by row in a view, or column by column", "[internvl][tiles]") {
  const TiledPicture picture = tiled(56, 28, 2);  // Two tiles beside each other and a thumbnail.
  const ImageLayout by_row = picture.layout(2);
  const ImageLayout by_column = picture.layout(2, true);
  REQUIRE(by_row.token_count() == 12);
  CHECK(*by_row.place(1) == Rect{14, 0, 28, 14});
  CHECK(*by_column.place(1) == Rect{0, 14, 14, 28});
  CHECK(*by_row.place(4) == Rect{28, 0, 42, 14});  // The first of the second tile.
  CHECK(*by_row.place(8) == Rect{0, 0, 28, 14});   // Of the thumbnail, a quarter of the picture.
  CHECK(*by_column.place(9) == Rect{0, 14, 28, 28});
}
