// SPDX-License-Identifier: MIT
/// \file A picture small enough to stand inside a page.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <infoflow/core/error.hpp>
#include <infoflow/core/image.hpp>
#include <infoflow/files/base64.hpp>
#include <infoflow/picture/stb_image_write.hpp>

namespace infoflow {

/// The picture with its longer side at most `longest` pixels; each pixel the mean of those that it
/// covers. Law: a picture that fits comes back unchanged.
[[nodiscard]] inline RgbImage shrunk_to_fit(const RgbImage& picture, int longest) {
  const int longer = std::max(picture.width, picture.height);
  if (longer <= longest) return picture;
  const auto scaled = [&](int side) {
    return std::max(1, static_cast<int>(std::int64_t{side} * longest / longer));
  };
  RgbImage small(scaled(picture.width), scaled(picture.height));
  const auto begin = [](int i, int pixels, int source) {
    return static_cast<int>(std::int64_t{i} * source / pixels);
  };
  for (int y = 0; y < small.height; ++y) {
    const int y0 = begin(y, small.height, picture.height);
    const int y1 = std::max(y0 + 1, begin(y + 1, small.height, picture.height));
    for (int x = 0; x < small.width; ++x) {
      const int x0 = begin(x, small.width, picture.width);
      const int x1 = std::max(x0 + 1, begin(x + 1, small.width, picture.width));
      for (int c = 0; c < 3; ++c) {
        std::uint64_t sum = 0;
        for (int v = y0; v < y1; ++v) {
          for (int u = x0; u < x1; ++u) sum += picture.pixel(u, v)[c];
        }
        const auto count =
            static_cast<std::uint64_t>(y1 - y0) * static_cast<std::uint64_t>(x1 - x0);
        small.pixel(x, y)[c] = static_cast<std::uint8_t>((sum + count / 2) / count);
      }
    }
  }
  return small;
}

/// The picture as a data: URL, a JPEG at most `longest` pixels long.
/// \throws Error if the picture has no pixels
[[nodiscard]] inline std::string jpeg_data_url(const RgbImage& picture, int longest) {
  if (picture.width <= 0 || picture.height <= 0) {
    throw Error("a picture without pixels cannot be shown", "jpeg_data_url", "give it a size");
  }
  const RgbImage small = shrunk_to_fit(picture, longest);
  std::vector<std::uint8_t> bytes;
  const auto append = [](void* to, void* data, int size) {
    const auto* first = static_cast<const std::uint8_t*>(data);
    static_cast<std::vector<std::uint8_t>*>(to)->insert(
        static_cast<std::vector<std::uint8_t>*>(to)->end(), first, first + size);
  };
  constexpr int quality = 88;
  if (stb::stbi_write_jpg_to_func(append, &bytes, small.width, small.height, 3, small.values.data(),
                                  quality) == 0) {
    throw Error("the picture cannot be packed", "jpeg_data_url", "make it smaller");
  }
  return "data:image/jpeg;base64," + base64(bytes);
}

}  // namespace infoflow
