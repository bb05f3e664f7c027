// SPDX-License-Identifier: MIT
/// \file A picture in memory: interleaved RGB, as bytes or as floats in [0, 1].
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace infoflow {

/// An RGB picture. Shape: [height, width, 3], row by row, no padding between rows.
/// Law: `values.size() == 3 * width * height`.
template <class Value>
struct Image {
  int width = 0;
  int height = 0;
  std::vector<Value> values;

  Image() = default;
  Image(int w, int h, Value fill = Value{})
      : width(w),
        height(h),
        values(3 * static_cast<std::size_t>(w) * static_cast<std::size_t>(h), fill) {}

  /// The three channels of the pixel in column `x` and row `y`.
  [[nodiscard]] Value* pixel(int x, int y) { return values.data() + offset(x, y); }
  [[nodiscard]] const Value* pixel(int x, int y) const { return values.data() + offset(x, y); }

  friend bool operator==(const Image&, const Image&) = default;

 private:
  [[nodiscard]] std::size_t offset(int x, int y) const {
    return 3 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                static_cast<std::size_t>(x));
  }
};

using RgbImage = Image<std::uint8_t>;  ///< A decoded file: 0 … 255.
using PixelImage = Image<float>;       ///< A model's input before mean and std: [0, 1].

}  // namespace infoflow
