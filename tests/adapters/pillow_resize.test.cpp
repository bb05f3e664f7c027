// SPDX-License-Identifier: MIT
#include <adapters/preprocessing/pillow_resize.hpp>

#include "adapter_support.hpp"

using namespace infoflow;
using namespace infoflow::adapters;
using namespace adapter_tests;

namespace {

/// Cases of resize.json, [width, height, seed, to width, to height, filter, CRC-32 of the bytes],
/// in which `resize` gives other bytes than Pillow.
template <class Resize>
int differing_cases(Resize resize) {
  int differing = 0;
  for (const Json& row : golden("resize.json")) {
    const RgbImage picture = draw_picture(row[0], row[1], row[2]);
    const RgbImage resized = resize(picture, row[3].get<int>(), row[4].get<int>(),
                                    static_cast<Filter>(row[5].get<int>()));
    if (crc32(std::as_bytes(std::span(resized.values))) != row[6]) ++differing;
  }
  return differing;
}

}  // namespace

TEST_CASE("a resized picture has Pillow's bytes", "[adapters][pixels][golden]") {
  REQUIRE(golden("resize.json").size() > 200);
  CHECK(differing_cases(pillow_resize) == 0);
}

TEST_CASE("Pillow's bytes tell a resize apart that does a step otherwise",
          "[adapters][pixels][law]") {
  const auto columns_first = [](const RgbImage& picture, int width, int height, Filter filter) {
    return pillow_resize(pillow_resize(picture, picture.width, height, filter), width, height,
                         filter);
  };
  CHECK(differing_cases(columns_first) > 50);

  const auto rows_first = [](const RgbImage& picture, int width, int height, Filter filter) {
    return adapters::detail::resize_both(picture, width, height, filter);
  };
  CHECK(differing_cases(rows_first) > 0);  // Pictures a hundred times as high as wide.

  const auto another_filter = [](const RgbImage& picture, int width, int height, Filter filter) {
    return pillow_resize(picture, width, height,
                         filter == Filter::hamming ? Filter::bilinear : filter);
  };
  CHECK(differing_cases(another_filter) > 5);

  // No wider filter for smaller pictures: what torch's interpolate does without antialias.
  const auto not_antialiased = [](const RgbImage& picture, int width, int height, Filter filter) {
    RgbImage result(width, height);
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        std::copy_n(picture.pixel(x * picture.width / width, y * picture.height / height), 3,
                    result.pixel(x, y));
      }
    }
    return width < picture.width ? result : pillow_resize(picture, width, height, filter);
  };
  CHECK(differing_cases(not_antialiased) > 50);
}

TEST_CASE("a picture of one colour keeps it, and equal size keeps every byte",
          "[adapters][pixels]") {
  const RgbImage plain(13, 9, 200);

  CHECK(pillow_resize(plain, 31, 4, Filter::bicubic) == RgbImage(31, 4, 200));
  const RgbImage drawn = draw_picture(40, 30, 2);
  CHECK(pillow_resize(drawn, 40, 30, Filter::lanczos) == drawn);
}

TEST_CASE("bilinear halving takes three pixels with weights 3 3 1", "[adapters][pixels]") {
  // One row 10 20 30 40. Scale 2, so the filter is 2 wide to each side: output 0 has its centre at
  // 1 and takes pixels 0 1 2 (distances 0.5, 0.5, 1.5 of 2: weights 3/4, 3/4, 1/4 of a sum of 7/4):
  // (3·10 + 3·20 + 30) / 7 = 17.14; output 1 by symmetry (20 + 3·30 + 3·40) / 7 = 32.86.
  RgbImage row(4, 1);
  for (int x = 0; x < 4; ++x) {
    for (int c = 0; c < 3; ++c) row.pixel(x, 0)[c] = static_cast<std::uint8_t>(10 * (x + 1));
  }

  const RgbImage half = pillow_resize(row, 2, 1, Filter::bilinear);

  CHECK(static_cast<int>(half.pixel(0, 0)[0]) == 17);
  CHECK(static_cast<int>(half.pixel(1, 0)[0]) == 33);
}

TEST_CASE("a size that is not positive is an error", "[adapters][pixels]") {
  CHECK_THROWS_AS(pillow_resize(RgbImage(2, 2), 0, 5, Filter::bicubic), Error);
  CHECK_THROWS_AS(pillow_resize(RgbImage(), 5, 5, Filter::bicubic), Error);
}
