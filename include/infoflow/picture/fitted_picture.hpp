// SPDX-License-Identifier: MIT
/// \file A picture shrunk or enlarged for showing it.
#pragma once

#include <algorithm>

#include <infoflow/core/image.hpp>
#include <infoflow/picture/embedded_picture.hpp>

namespace infoflow {

/// The picture with its longer side of `longest` pixels: shrunk, or enlarged by repeating pixels,
/// so that small pictures stay sharp.
[[nodiscard]] inline RgbImage fitted(const RgbImage& picture, int longest) {
  const int longer = std::max({picture.width, picture.height, 1});
  if (longer >= longest) return shrunk_to_fit(picture, longest);
  RgbImage large(std::max(1, picture.width * longest / longer),
                 std::max(1, picture.height * longest / longer));
  for (int y = 0; y < large.height; ++y) {
    for (int x = 0; x < large.width; ++x) {
      std::copy_n(picture.pixel(x * picture.width / large.width, y * picture.height / large.height),
                  3, large.pixel(x, y));
    }
  }
  return large;
}

}  // namespace infoflow
