// SPDX-License-Identifier: MIT
/// \file Pictures put on canvases and cut out of them, as image processors do between resizes.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include <infoflow/core/image.hpp>

namespace infoflow::adapters {

struct ImageSize {
  int width = 0;
  int height = 0;
  friend bool operator==(const ImageSize&, const ImageSize&) = default;
};

using Colour = std::array<std::uint8_t, 3>;

/// A canvas of `size` in one colour with the picture's corner at (left, top), cut at its edges.
[[nodiscard]] inline RgbImage pasted(const RgbImage& picture, int left, int top, ImageSize size,
                                     Colour colour) {
  RgbImage canvas(size.width, size.height);
  for (std::size_t i = 0; i < canvas.values.size(); ++i) canvas.values[i] = colour[i % 3];
  const int begin = std::max(left, 0);
  const int end = std::min(left + picture.width, size.width);
  if (begin >= end) return canvas;
  for (int y = std::max(top, 0); y < std::min(top + picture.height, size.height); ++y) {
    std::copy_n(picture.pixel(begin - left, y - top), 3 * (end - begin), canvas.pixel(begin, y));
  }
  return canvas;
}

/// The square of `side` pixels whose corner is at (left, top), all of it inside the canvas.
[[nodiscard]] inline PixelImage cut_out(const PixelImage& canvas, int left, int top, int side) {
  PixelImage tile(side, side);
  for (int y = 0; y < side; ++y) {
    std::copy_n(canvas.pixel(left, top + y), 3 * side, tile.pixel(0, y));
  }
  return tile;
}

/// 8-bit values times `factor`, in float32 as float64 rounds it.
[[nodiscard]] inline PixelImage rescaled(const RgbImage& picture, double factor) {
  std::array<float, 256> level{};
  for (std::size_t v = 0; v < level.size(); ++v) {
    level[v] = static_cast<float>(static_cast<double>(v) * factor);
  }
  PixelImage pixels(picture.width, picture.height);
  std::transform(picture.values.begin(), picture.values.end(), pixels.values.begin(),
                 [&](std::uint8_t v) { return level[v]; });
  return pixels;
}

}  // namespace infoflow::adapters
