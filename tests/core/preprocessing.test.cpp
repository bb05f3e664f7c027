// SPDX-License-Identifier: MIT
#include <cmath>

#include <catch_compat.hpp>

#include <infoflow/core/preprocessing.hpp>

#include "../laws/generators.hpp"

using namespace infoflow;

namespace {
/// There and back ends where it began, in many cases of `way` and point.
template <class Way>
bool comes_back() {
  for (std::uint64_t number = 0; number < 200; ++number) {
    laws::Draw draw(number);
    const Way way{draw.preprocessing()};
    const Point p{draw.real(-5, 60), draw.real(-5, 60)};
    const Point back = way.to_source(way.to_canvas(p));
    if (std::abs(back.x - p.x) > 1e-9 || std::abs(back.y - p.y) > 1e-9) return false;
  }
  return true;
}

/// Forgets where the crop began, as a resize of the heat map to the picture does.
struct ForgetsTheCrop : Preprocessing {
  [[nodiscard]] Point to_canvas(Point p) const {
    const Point origin = Preprocessing::to_canvas({0, 0});
    const Point q = Preprocessing::to_canvas(p);
    return {q.x - origin.x, q.y - origin.y};
  }
};
}  // namespace

TEST_CASE("the way to the canvas and back ends where it began", "[core][preprocessing][law]") {
  CHECK(comes_back<Preprocessing>());
}

TEST_CASE("a way that forgets the crop does not come back", "[core][preprocessing][broken]") {
  CHECK_FALSE(comes_back<ForgetsTheCrop>());
}

TEST_CASE("resize the shorter side, crop the middle: what CLIP's processor does",
          "[core][preprocessing]") {
  // 640 × 480 → 448 × 336 (× 0.7) → the middle 336 × 336.
  const auto way = Preprocessing(640, 480).resized(448, 336).cropped(56, 0, 336, 336);

  CHECK(way.to_canvas({320, 240}).x == Approx(320 * 0.7 - 56));
  CHECK(way.to_canvas({320, 240}).y == Approx(240 * 0.7));
  CHECK(way.seen().x0 == Approx(80));  // 56 / 0.7
  CHECK(way.seen().x1 == Approx(560));
  CHECK(way.seen().height() == Approx(480));
}

TEST_CASE("pad to a square, then resize: LLaVA's other processor", "[core][preprocessing]") {
  // 100 × 50 pasted in the middle of 100 × 100, then × 0.5.
  const auto way = Preprocessing(100, 50).padded(0, 25, 100, 100).resized(50, 50);

  CHECK(way.to_canvas({0, 0}).y == Approx(12.5));
  CHECK(way.seen() == Rect{0, 0, 100, 50});
  // Shares of the square that the model sees, whatever its pixels are.
  CHECK(way.shares_to_source({0, 0, 1, 1}) == Rect{0, -25, 100, 75});
  CHECK(way.shares_to_source({0.5, 0.25, 0.75, 0.5}) == Rect{50, 0, 75, 25});
}

TEST_CASE("pictures and canvases without pixels are errors", "[core][preprocessing]") {
  CHECK_THROWS_AS(Preprocessing(0, 4), Error);
  CHECK_THROWS_AS(Preprocessing(4, -1), Error);
  CHECK_THROWS_AS(Preprocessing(4, 4).resized(0, 4), Error);
  CHECK_THROWS_AS(Preprocessing(4, 4).cropped(0, 0, 4, 0), Error);
}
