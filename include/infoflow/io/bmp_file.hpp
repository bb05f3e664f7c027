// SPDX-License-Identifier: MIT
/// \file What a BMP file says of its picture, and whether the file is complete.
#pragma once

#include <cstddef>
#include <cstdint>

#include <infoflow/io/picture_bytes.hpp>

namespace infoflow::detail {

struct BmpFile {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
};

/// \throws Error if the file is cut, compressed, or older than Windows 3
[[nodiscard]] inline BmpFile inspect_bmp(const PictureBytes& file) {
  if (file.le32(14) < 40) file.refuse("a BMP file of a kind that is no longer written");
  const auto magnitude = [](std::uint32_t x) { return x >> 31 != 0 ? ~x + 1 : x; };
  const BmpFile bmp{file.le32(18), magnitude(file.le32(22))};  // Negative: written from the top.
  const std::uint32_t compression = file.le32(30);
  if (compression != 0 && compression != 3) file.refuse("a compressed BMP file");
  const std::uint64_t bits = std::uint64_t{bmp.width} * file.le16(28);
  const std::uint64_t row = (bits + 31) / 32 * 4;
  const std::uint64_t begin = file.le32(10);
  if (begin > file.size() || (row > 0 && bmp.height > (file.size() - begin) / row)) {
    file.cut_short();
  }
  return bmp;
}

}  // namespace infoflow::detail
