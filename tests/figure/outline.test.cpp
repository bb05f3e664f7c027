// SPDX-License-Identifier: MIT
// Where the outline of a box is drawn: on the picture, in the picture's place, and nowhere else.
#include <variant>

#include <catch_compat.hpp>

#include <infoflow/figure/heat_picture.hpp>

using namespace infoflow;

namespace {

/// The lines of a drawing that holds no others, each as its lowest and highest corner.
std::vector<Rect> lines_of(const Drawing& drawing) {
  std::vector<Rect> lines;
  for (const shapes::Shape& shape : drawing.shapes) {
    const auto* stroke = std::get_if<shapes::Stroke>(&shape);
    if (stroke == nullptr || stroke->points.size() != 5) continue;
    CHECK(stroke->points.front().x == stroke->points.back().x);
    CHECK(stroke->points.front().y == stroke->points.back().y);
    const Point a = stroke->points[0];
    const Point c = stroke->points[2];
    lines.push_back({a.x, a.y, c.x, c.y});
  }
  return lines;
}

}  // namespace

TEST_CASE("an outline is the box in the picture's place, cut at the picture's edges",
          "[figure][boxes]") {
  const RgbImage picture(100, 50);
  const Rect place{10, 20, 210, 120};  // Twice as large.
  Drawing drawing{300, 200};
  draw_outline(drawing, place, picture, {10, 5, 40, 25});
  CHECK(lines_of(drawing) == std::vector<Rect>(2, Rect{30, 30, 90, 70}));  // White on black.
  Drawing cut{300, 200};
  draw_outline(cut, place, picture, {-20, -30, 50, 90});
  CHECK(lines_of(cut) == std::vector<Rect>(2, Rect{10, 20, 110, 120}));
  Drawing beside{300, 200};
  draw_outline(beside, place, picture, {0, 50, 100, 70});  // On the padding below.
  CHECK(beside.shapes.empty());
}

TEST_CASE("a layer's heat in large has the outlines of its boxes", "[figure][boxes]") {
  const RgbImage picture(64, 32);
  const auto layout = ImageLayout::grid(Preprocessing(64, 32), 1, 2);
  const LayerHeat layer{"layer 1", HostVector::Ones(2)};
  const std::vector<std::string> caption{"heat"};
  const auto outlines = [&](std::vector<Rect> boxes) {
    HeatPictureSettings settings;
    settings.boxes = std::move(boxes);
    return lines_of(heat_picture(picture, layout, layer, caption, settings)).size();
  };
  CHECK(outlines({}) == 0);
  CHECK(outlines({{0, 0, 10, 10}, {20, 20, 30, 30}}) == 4);
}
