// SPDX-License-Identifier: MIT
#include <array>
#include <vector>

#include <catch_compat.hpp>

#include <infoflow/cam/box_overlap.hpp>

using namespace infoflow;

namespace {
using Boxes = std::vector<Rect>;
}

TEST_CASE("intersection over union is that of areas, each counted once", "[cam][boxes]") {
  const Boxes one{{0, 0, 4, 4}};
  CHECK(intersection_over_union(one, one) == 1);
  CHECK(intersection_over_union(one, Boxes{{2, 0, 6, 4}}) == Approx(8.0 / 24));
  CHECK(intersection_over_union(one, Boxes{{1, 1, 3, 3}}) == Approx(4.0 / 16));
  CHECK(intersection_over_union(one, Boxes{{4, 0, 8, 4}}) == 0);
  // Two halves are the whole; what is named twice is named once; what is named beside it costs.
  CHECK(intersection_over_union(one, Boxes{{0, 0, 2, 4}, {2, 0, 4, 4}}) == Approx(1));
  CHECK(intersection_over_union(one, Boxes{{0, 0, 4, 4}, {1, 1, 3, 3}}) == Approx(1));
  CHECK(intersection_over_union(one, Boxes{{0, 0, 4, 4}, {8, 0, 12, 4}}) == Approx(0.5));
  CHECK(intersection_over_union(one, Boxes{}) == 0);
  CHECK(intersection_over_union(Boxes{}, Boxes{}) == 0);
}

TEST_CASE("the share of heat in boxes is that of the picture's pixels", "[cam][boxes]") {
  // 2 × 2 patches of 10 pixels: heat 1, 2, 0, 5 of 8.
  const auto layout = ImageLayout::grid(Preprocessing(20, 20), 2, 2);
  HostVector heat(4);
  heat << 1, 2, 0, 5;
  const auto share = [&](const Boxes& boxes, HeatKind kind = HeatKind::intensity) {
    return share_inside(layout, heat, kind, boxes).value();
  };
  CHECK(share({{0, 0, 20, 20}}) == Approx(1));
  CHECK(share({{10, 0, 20, 10}}) == Approx(2.0 / 8));
  CHECK(share({{10, 0, 20, 20}}) == Approx(7.0 / 8));
  CHECK(share({{10, 10, 20, 15}}) == Approx(2.5 / 8));
  CHECK(share({{10, 10, 20, 20}, {10, 10, 20, 20}}) == Approx(5.0 / 8));
  CHECK(share({{10, 10, 90, 90}}, HeatKind::mass) == Approx(5.0 / 8));
  CHECK(share({}) == 0);
  CHECK_FALSE(share_inside(layout, HostVector::Zero(4), HeatKind::intensity, Boxes{}));
  CHECK_THROWS_AS(share_inside(layout, HostVector::Ones(3), HeatKind::mass, Boxes{}), Error);
}
