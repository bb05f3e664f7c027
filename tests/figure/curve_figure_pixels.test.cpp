// SPDX-License-Identifier: MIT
#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include <catch_compat.hpp>
#include <scratch.hpp>
#include <sweep_example.hpp>

#include <infoflow/figure/curve_figure.hpp>
#include <infoflow/figure/write_figure.hpp>
#include <infoflow/picture/read_image.hpp>

using namespace infoflow;
using namespace io_test;

namespace {

constexpr Rgb black{0, 0, 0};

Rgb pixel(const RgbImage& image, int x, int y) {
  const std::uint8_t* p = image.pixel(x, y);
  return {p[0], p[1], p[2]};
}

/// Black ink in pixels: an area drawn in black has as much as it is large.
double ink_in(const RgbImage& image) {
  double sum = 0;
  for (std::size_t i = 0; i < image.values.size(); i += 3) sum += (255 - image.values[i]) / 255.0;
  return sum;
}

}  // namespace

TEST_CASE("a pixel is as dark as the part of it that is covered", "[figure][curve_figure]") {
  Drawing drawing{10, 10};
  drawing.add(shapes::Area{corners_of({2, 2, 5, 4.5}), black});
  const RgbImage image = raster_of(drawing, 1);
  CHECK(pixel(image, 2, 2) == black);
  CHECK(pixel(image, 4, 3) == black);
  CHECK(pixel(image, 4, 4) == Rgb{128, 128, 128});  // half
  CHECK(pixel(image, 5, 3) == Rgb{255, 255, 255});
  CHECK(ink_in(image) == Approx(7.5).margin(0.01));  // 3 x 2.5
}

TEST_CASE("shapes have the area that geometry says, at any scale", "[figure][curve_figure]") {
  for (const double scale : {1.0, 2.0, 3.5}) {
    Drawing triangle{40, 40};
    triangle.add(shapes::Area{{{3, 3}, {33, 8}, {10, 35}}, black});
    // |30 * 32 - 7 * 5| / 2; four scan lines per pixel are exact to about a percent.
    CHECK(ink_in(raster_of(triangle, scale)) == Approx(462.5 * scale * scale).epsilon(0.01));
    Drawing dot{40, 40};
    dot.add(shapes::Dot{{20, 20}, 10, black});
    CHECK(ink_in(raster_of(dot, scale)) == Approx(314.16 * scale * scale).epsilon(0.01));
    Drawing line{40, 40};
    line.add(shapes::Stroke{{{5, 10}, {35, 10}}, black, 4});
    // 30 x 4 and two half circles.
    CHECK(ink_in(raster_of(line, scale)) == Approx(132.57 * scale * scale).epsilon(0.02));
  }
}

TEST_CASE("a line is nowhere darker than it should be, joints included", "[figure][curve_figure]") {
  Drawing drawing{30, 30};
  drawing.add(shapes::Stroke{{{5, 15}, {15, 15}, {25, 15}, {5, 15}}, black, 4, {}, 0.5});
  const RgbImage image = raster_of(drawing, 1);
  CHECK(pixel(image, 15, 15) == pixel(image, 10, 15));
  CHECK(pixel(image, 15, 15) == Rgb{128, 128, 128});
}

TEST_CASE("dashes leave gaps of their length, around corners too", "[figure][curve_figure]") {
  shapes::Stroke stroke{{{0, 0}, {10, 0}, {10, 10}}, black, 1, {4, 2}};
  const auto lines = detail::dashes(stroke);
  double length = 0;
  for (const auto& [a, b] : lines) length += std::hypot(b.x - a.x, b.y - a.y);
  // Of 20: 0-4, 6-10, 12-16, 18-20.
  CHECK(length == Approx(14));
  CHECK(lines.size() == 4);
}

TEST_CASE("text stands where its anchor says, in its typeface's measures, turned if asked",
          "[figure][curve_figure]") {
  const auto box = [](shapes::Anchor anchor, double turn) {
    Drawing drawing{200, 200};
    drawing.add(shapes::Words{{100, 100}, "HHHH", 20, black, anchor, false, turn});
    const RgbImage image = raster_of(drawing, 1);
    Rect found{200, 200, 0, 0};
    for (int y = 0; y < 200; ++y) {
      for (int x = 0; x < 200; ++x) {
        if (pixel(image, x, y).r > 128) continue;
        found = {std::min(found.x0, x + 0.0), std::min(found.y0, y + 0.0),
                 std::max(found.x1, x + 1.0), std::max(found.y1, y + 1.0)};
      }
    }
    return found;
  };
  const Rect start = box(shapes::Anchor::start, 0);
  // DejaVu Sans, of whose em 2048 units make: H is 1540 wide, its stems stand at 201 and 1339, its
  // height is 1493. At 20 pixels: 15.04, 1.96, 13.08 and 14.58; the baseline is at 100.
  CHECK(start.x0 == Approx(100 + 1.96).margin(0.6));
  CHECK(start.x1 == Approx(100 + 3 * 15.04 + 13.08).margin(0.6));
  CHECK(start.y1 == Approx(100).margin(0.01));
  CHECK(start.y0 == Approx(100 - 14.58).margin(0.6));
  CHECK(box(shapes::Anchor::end, 0).x1 == Approx(100 - 1.96).margin(0.6));
  CHECK(box(shapes::Anchor::middle, 0).centre().x == Approx(100).margin(0.6));
  const Rect up = box(shapes::Anchor::middle, -90);
  CHECK(up.height() == Approx(start.width()).margin(1.1));
  CHECK(up.x1 == Approx(100).margin(0.6));
  CHECK(up.centre().y == Approx(100).margin(0.6));
}

TEST_CASE("a hole is not filled, and what overlaps is filled once", "[figure][curve_figure]") {
  const auto square = [](double from, double to, bool back) {
    std::vector<Point> corners = corners_of({from, from, to, to});
    if (back) std::reverse(corners.begin(), corners.end());
    return corners;
  };
  const auto ink_of = [&](bool back) {
    RgbImage image(20, 20, 255);
    const std::vector<std::vector<Point>> outlines{square(2, 18, false), square(6.5, 9.5, back)};
    Coverage coverage(image, {0, 0, 20, 20});
    coverage.fill(outlines);
    coverage.paint(image, black, 1);
    return ink_in(image);
  };
  CHECK(ink_of(true) == Approx(256 - 9).margin(0.05));
  CHECK(ink_of(false) == Approx(256).margin(0.05));
}

TEST_CASE("what reaches beyond the picture is cut off there", "[figure][curve_figure]") {
  Drawing drawing{10, 10};
  drawing.add(shapes::Area{{{-1e9, -1e9}, {5, -1e9}, {5, 1e9}, {-1e9, 1e9}}, black});
  drawing.add(shapes::Words{{-20, 5}, "beside and beyond", 12, black});
  drawing.add(shapes::Words{{500, 500}, "far away", 12, black});
  CHECK(ink_in(raster_of(drawing, 1)) >= 50 - 1e-9);
  CHECK(pixel(raster_of(drawing, 1), 0, 9) == black);
}

TEST_CASE("a picture in a drawing has its pixels, at any scale", "[figure][curve_figure]") {
  RgbImage two(2, 1);
  two.values = {9, 9, 9, 90, 90, 90};
  Drawing drawing{10, 10};
  drawing.add(shapes::Picture{{2, 3, 6, 5}, two});
  for (const int scale : {1, 2, 3}) {
    const RgbImage image = raster_of(drawing, scale);
    CHECK(pixel(image, 2 * scale, 3 * scale) == Rgb{9, 9, 9});
    CHECK(pixel(image, 4 * scale - 1, 5 * scale - 1) == Rgb{9, 9, 9});
    CHECK(pixel(image, 4 * scale, 3 * scale) == Rgb{90, 90, 90});
    CHECK(pixel(image, 6 * scale, 3 * scale) == Rgb{255, 255, 255});
    CHECK(pixel(image, 2 * scale, 5 * scale) == Rgb{255, 255, 255});
  }
}

TEST_CASE("a drawing of what is not a number, or too large, is refused", "[figure][curve_figure]") {
  Drawing drawing{10, 10};
  CHECK_THROWS_AS(raster_of(drawing, 1e6), Error);
  CHECK_THROWS_AS(raster_of(drawing, 0), Error);
  drawing.add(shapes::Dot{{std::numeric_limits<double>::quiet_NaN(), 3}, 4});
  CHECK_THROWS_AS(raster_of(drawing, 1), Error);
  CHECK_THROWS_AS(svg_of(drawing), Error);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const shapes::Shape& shape : std::vector<shapes::Shape>{
           shapes::Area{{{1, 1}, {nan, 5}, {5, 5}}}, shapes::Stroke{{{1, 1}, {5, nan}}},
           shapes::Words{{nan, 5}, "a"}, shapes::Ribbon{{1, 1}, {5, nan}}}) {
    Drawing one{10, 10};
    one.add(shape);
    CHECK_THROWS_AS(raster_of(one, 1), Error);
  }
}

TEST_CASE("a figure is two files that show the same, always with the same bytes",
          "[figure][curve_figure]") {
  const Scratch folder;
  const Drawing drawing = curve_figure(small_sweep());
  write_figure(folder / "curve", drawing);
  const RgbImage image = read_image(folder / "curve.png").image;
  CHECK(image.width == 2400);
  CHECK(image == raster_of(drawing));
  CHECK(content(folder / "curve.svg") == svg_of(drawing).str());
  // The dot of cut 2, at (487, 409): its colour is the curve's in both.
  CHECK(pixel(image, 2 * 487, 2 * 409) == ink::curve);
}
