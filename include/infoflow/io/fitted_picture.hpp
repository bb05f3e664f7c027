// SPDX-License-Identifier: MIT
/// \file A picture shrunk or enlarged for showing it.
#pragma once

#include <algorithm>

#include <infoflow/core/image.hpp>
#include <infoflow/io/embedded_picture.hpp>

namespace infoflow {

/// The picture with its longer side at most `longest` pixels: shrunk, or each pixel repeated as
/// often as fits, so that small pictures keep sharp pixels.
[[nodiscard]] inline RgbImage fitted(const RgbImage& picture, int longest) {
  const int longer = std::max({picture.width, picture.height, 1});
  const int times = longest / longer;
  if (times < 2) return shrunk_to_fit(picture, longest);
  RgbImage large(picture.width * times, picture.height * times);
  for (int y = 0; y < large.height; ++y) {
    for (int x = 0; x < large.width; ++x) {
      std::copy_n(picture.pixel(x / times, y / times), 3, large.pixel(x, y));
    }
  }
  return large;
}

}  // namespace infoflow
