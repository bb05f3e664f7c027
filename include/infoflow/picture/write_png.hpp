// SPDX-License-Identifier: MIT
/// \file RGB pictures as PNG files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <infoflow/core/error.hpp>
#include <infoflow/core/image.hpp>
#include <infoflow/files/atomic_file.hpp>
#include <infoflow/picture/stb_image_write.hpp>

namespace infoflow {

/// The picture as the content of a PNG file. Law: the same picture gives the same bytes.
/// \throws Error if the picture has no pixels
[[nodiscard]] inline std::vector<std::uint8_t> encode_png(const RgbImage& image) {
  if (image.width <= 0 || image.height <= 0) {
    throw Error("a picture without pixels cannot be written", "encode_png", "give it a size");
  }
  std::vector<std::uint8_t> bytes;
  const auto append = [](void* to, void* data, int size) {
    const auto* begin = static_cast<const std::uint8_t*>(data);
    auto& all = *static_cast<std::vector<std::uint8_t>*>(to);
    all.insert(all.end(), begin, begin + size);
  };
  if (stb::stbi_write_png_to_func(append, &bytes, image.width, image.height, 3, image.values.data(),
                                  3 * image.width) == 0) {
    throw Error("the picture cannot be packed", "encode_png", "make it smaller");
  }
  return bytes;
}

/// Writes the picture; a file that was there stays whole until the new one is.
/// \throws Error if the file cannot be written
inline void write_png(const std::filesystem::path& path, const RgbImage& image) {
  const std::vector<std::uint8_t> bytes = encode_png(image);
  write_file(path, std::span<const std::uint8_t>(bytes));
}

}  // namespace infoflow
