// SPDX-License-Identifier: MIT
#include <limits>
#include <string>
#include <vector>

#include <catch_compat.hpp>
#include <io/scratch.hpp>
#include <io/sweep_example.hpp>

#include <infoflow/io/curve_figure.hpp>
#include <infoflow/io/read_image.hpp>
#include <infoflow/io/write_figure.hpp>

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

TEST_CASE("a pixel is as dark as the part of it that is covered", "[io][curve_figure]") {
  Drawing drawing{10, 10};
  drawing.add(Area{corners_of({2, 2, 5, 4.5}), black});
  const RgbImage image = raster_of(drawing, 1);
  CHECK(pixel(image, 2, 2) == black);
  CHECK(pixel(image, 4, 3) == black);
  CHECK(pixel(image, 4, 4) == Rgb{128, 128, 128});  // half
  CHECK(pixel(image, 5, 3) == Rgb{255, 255, 255});
  CHECK(ink_in(image) == Approx(7.5).margin(0.01));  // 3 x 2.5
}

TEST_CASE("shapes have the area that geometry says, at any scale", "[io][curve_figure]") {
  for (const double scale : {1.0, 2.0, 3.5}) {
    Drawing triangle{40, 40};
    triangle.add(Area{{{3, 3}, {33, 8}, {10, 35}}, black});
    // |30 * 32 - 7 * 5| / 2; four scan lines per pixel are exact to about a percent.
    CHECK(ink_in(raster_of(triangle, scale)) == Approx(462.5 * scale * scale).epsilon(0.01));
    Drawing dot{40, 40};
    dot.add(Dot{{20, 20}, 10, black});
    CHECK(ink_in(raster_of(dot, scale)) == Approx(314.16 * scale * scale).epsilon(0.01));
    Drawing line{40, 40};
    line.add(Stroke{{{5, 10}, {35, 10}}, black, 4});
    // 30 x 4 and two half circles.
    CHECK(ink_in(raster_of(line, scale)) == Approx(132.57 * scale * scale).epsilon(0.02));
  }
}

TEST_CASE("a line is nowhere darker than it should be, joints included", "[io][curve_figure]") {
  Drawing drawing{30, 30};
  drawing.add(Stroke{{{5, 15}, {15, 15}, {25, 15}, {5, 15}}, black, 4, {}, 0.5});
  const RgbImage image = raster_of(drawing, 1);
  CHECK(pixel(image, 15, 15) == pixel(image, 10, 15));
  CHECK(pixel(image, 15, 15) == Rgb{128, 128, 128});
}

TEST_CASE("dashes leave gaps of their length, around corners too", "[io][curve_figure]") {
  Stroke stroke{{{0, 0}, {10, 0}, {10, 10}}, black, 1, {4, 2}};
  const auto lines = detail::dashes(stroke);
  double length = 0;
  for (const auto& [a, b] : lines) length += std::hypot(b.x - a.x, b.y - a.y);
  // Of 20: 0-4, 6-10, 12-16, 18-20.
  CHECK(length == Approx(14));
  CHECK(lines.size() == 4);
}

TEST_CASE("text is drawn from its pixels' lines, anchored and turned", "[io][curve_figure]") {
  const auto box = [](Anchor anchor, double turn) {
    Drawing drawing{200, 200};
    drawing.add(Words{{100, 100}, "HHHH", 20, black, anchor, false, turn});
    const RgbImage image = raster_of(drawing, 1);
    Rect found{200, 200, 0, 0};
    for (int y = 0; y < 200; ++y) {
      for (int x = 0; x < 200; ++x) {
        if (pixel(image, x, y).r > 200) continue;
        found = {std::min(found.x0, x + 0.0), std::min(found.y0, y + 0.0),
                 std::max(found.x1, x + 1.0), std::max(found.y1, y + 1.0)};
      }
    }
    return found;
  };
  const Rect start = box(Anchor::start, 0);
  CHECK(start.x0 == Approx(100).margin(2));
  CHECK(start.x1 == Approx(100 + 4 * 6 * 2.1 - 2.1).margin(2));  // four glyphs, less the last gap
  CHECK(start.y1 == Approx(100).margin(1.5));                    // the baseline
  CHECK(start.y0 == Approx(100 - 7 * 2.1).margin(1.5));
  CHECK(box(Anchor::end, 0).x1 == Approx(100).margin(3));
  CHECK(box(Anchor::middle, 0).centre().x == Approx(100).margin(2));
  const Rect up = box(Anchor::middle, -90);
  CHECK(up.height() == Approx(start.width()).margin(2));
  CHECK(up.x1 == Approx(100).margin(1.5));
  CHECK(detail::plain_signs("a − b · c…") == "a - b | c...");
}

TEST_CASE("a drawing of what is not a number, or too large, is refused", "[io][curve_figure]") {
  Drawing drawing{10, 10};
  CHECK_THROWS_AS(raster_of(drawing, 1e6), Error);
  CHECK_THROWS_AS(raster_of(drawing, 0), Error);
  drawing.add(Dot{{std::numeric_limits<double>::quiet_NaN(), 3}, 4});
  CHECK_THROWS_AS(raster_of(drawing, 1), Error);
  CHECK_THROWS_AS(svg_of(drawing), Error);
}

TEST_CASE("a figure is two files that show the same, always with the same bytes",
          "[io][curve_figure]") {
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
