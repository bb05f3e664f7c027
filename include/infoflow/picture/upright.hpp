// SPDX-License-Identifier: MIT
/// \file A picture turned as its EXIF orientation says.
#pragma once

#include <algorithm>
#include <utility>

#include <infoflow/core/image.hpp>

namespace infoflow {

/// The picture as it is to be looked at: what Pillow's `ImageOps.exif_transpose` makes of it. 2 is
/// mirrored, 3 upside down, 4 both; 5 to 8 exchange width and height, too. Any other orientation
/// changes nothing.
[[nodiscard]] inline RgbImage upright(const RgbImage& picture, int orientation) {
  if (orientation < 2 || orientation > 8) return picture;
  const bool exchanged = orientation >= 5;
  const int o = orientation;
  const bool from_right = o == 2 || o == 3 || o == 7 || o == 8;
  const bool from_below = o == 3 || o == 4 || o == 6 || o == 7;
  RgbImage turned(picture.width, picture.height);
  if (exchanged) std::swap(turned.width, turned.height);
  for (int y = 0; y < turned.height; ++y) {
    for (int x = 0; x < turned.width; ++x) {
      int from_x = exchanged ? y : x;
      int from_y = exchanged ? x : y;
      if (from_right) from_x = picture.width - 1 - from_x;
      if (from_below) from_y = picture.height - 1 - from_y;
      std::copy_n(picture.pixel(from_x, from_y), 3, turned.pixel(x, y));
    }
  }
  return turned;
}

}  // namespace infoflow
