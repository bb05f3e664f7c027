// SPDX-License-Identifier: MIT
#include <array>

#include <catch_compat.hpp>

#include <infoflow/cam/pointing_game.hpp>

using namespace infoflow;

namespace {

HostVector heat_of(std::initializer_list<float> values) {
  HostVector heat(static_cast<Index>(values.size()));
  std::copy(values.begin(), values.end(), heat.data());
  return heat;
}

}  // namespace

TEST_CASE("the peak is the centre of the hottest patch in the picture's own pixels",
          "[cam][pointing]") {
  // 200 × 100 shrunk to 100 × 50, the middle 50 × 50 cropped: source columns 50 … 150.
  const auto layout =
      ImageLayout::grid(Preprocessing(200, 100).resized(100, 50).cropped(25, 0, 50, 50), 2, 2);
  const auto point = heat_peak(layout, heat_of({0, 1, 3, 2}), HeatKind::intensity);
  REQUIRE(point);
  CHECK(point->x == Approx(75));  // lower left patch: columns 50 … 100, rows 50 … 100
  CHECK(point->y == Approx(75));

  const std::array<Rect, 2> boxes{Rect{0, 0, 10, 10}, Rect{70, 70, 80, 80}};
  CHECK(is_hit(point, boxes));
  CHECK_FALSE(is_hit(point, std::span(boxes).first(1)));
}

TEST_CASE("an empty map points nowhere, and that is a miss", "[cam][pointing]") {
  const auto layout = ImageLayout::grid(Preprocessing(4, 4), 2, 2);
  const auto nowhere = heat_peak(layout, HostVector::Zero(4), HeatKind::intensity);
  CHECK_FALSE(nowhere);
  const std::array<Rect, 1> everything{Rect{0, 0, 4, 4}};
  CHECK_FALSE(is_hit(nowhere, everything));
}

TEST_CASE("a separator never is the peak", "[cam][pointing]") {
  const auto layout =
      ImageLayout::tiles(Preprocessing(4, 4), {PatchGrid{{0, 0, 4, 4}, 1, 2}}, {0, 1, -1});
  const auto point = heat_peak(layout, heat_of({1, 2, 99}), HeatKind::intensity);
  REQUIRE(point);
  CHECK(point->x == Approx(3));
}

TEST_CASE("queries without a place point through their patches", "[cam][pointing]") {
  HostMatrix weights(2, 4);
  weights << 0.9F, 0.1F, 0, 0, /**/ 0, 0, 0.2F, 0.8F;
  const auto layout =
      ImageLayout::soft(Preprocessing(8, 8), PatchGrid{{0, 0, 8, 8}, 2, 2}, weights);
  const auto point = heat_peak(layout, heat_of({1, 5}), HeatKind::mass);
  REQUIRE(point);
  CHECK((point->x > 4 && point->y > 4));  // patch 3, lower right
}

TEST_CASE("chance is the part of the patches whose centre lies in a box", "[cam][pointing]") {
  const auto layout = ImageLayout::grid(Preprocessing(40, 40), 4, 4);
  const std::array<Rect, 2> boxes{Rect{0, 0, 20, 10}, Rect{36, 36, 40, 40}};
  CHECK(chance_of_hit(layout, boxes) == Approx(2.0 / 16));  // the second box holds no centre
}

TEST_CASE("the chance of soft tokens is that of the places they look at", "[cam][pointing]") {
  const Preprocessing way(40, 40);
  HostMatrix weights = HostMatrix::Constant(3, 4, 0.1F);
  weights(0, 3) = weights(1, 3) = weights(2, 0) = 0.7F;
  const auto layout = ImageLayout::soft(way, {way.canvas(), 2, 2}, weights);
  // The box holds the lower right patch, which two of three tokens read.
  const std::array<Rect, 1> boxes{Rect{20, 20, 40, 40}};
  CHECK(chance_of_hit(layout, boxes) == Approx(2.0 / 3));
}
