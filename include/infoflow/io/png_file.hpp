// SPDX-License-Identifier: MIT
/// \file What a PNG file says of its picture, and whether the file is complete.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <infoflow/io/exif.hpp>
#include <infoflow/io/picture_bytes.hpp>

namespace infoflow::detail {

struct PngFile {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t bit_depth = 0;
  std::uint32_t colour_type = 0;  ///< 0 grey, 2 RGB, 3 palette, 4 grey + alpha, 6 RGBA
  std::size_t palette_at = 0;     ///< Offset of the PLTE chunk; 0 if there is none.
  std::size_t palette_colours = 0;
  std::size_t packed_bytes = 0;  ///< Of compressed pixels.
  std::optional<int> orientation;

  [[nodiscard]] bool is_grey16() const { return colour_type == 0 && bit_depth == 16; }
};

/// CRC-32 as PNG and zlib compute it.
[[nodiscard]] inline std::uint32_t crc32(std::span<const std::uint8_t> bytes) {
  static constexpr auto table = [] {
    std::array<std::uint32_t, 256> t{};
    for (std::uint32_t n = 0; n < 256; ++n) {
      std::uint32_t c = n;
      for (int k = 0; k < 8; ++k) c = (c & 1) != 0 ? 0xEDB88320U ^ (c >> 1) : c >> 1;
      t[n] = c;
    }
    return t;
  }();
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const std::uint8_t byte : bytes) crc = table[(crc ^ byte) & 0xFF] ^ (crc >> 8);
  return ~crc;
}

/// Walks all chunks up to the end mark. stb_image checks no checksums.
/// \throws Error if the file is cut, damaged, or not a plain PNG
[[nodiscard]] inline PngFile inspect_png(const PictureBytes& file) {
  PngFile png;
  if (!file.says(12, "IHDR")) file.refuse("a PNG file without a header");
  for (std::size_t at = 8;;) {
    const std::size_t length = file.be32(at);
    const std::size_t data = at + 8;
    const auto checked = file.part(at + 4, length + 4);
    if (crc32(checked) != file.be32(data + length)) {
      file.refuse("the PNG file is damaged: a checksum is wrong");
    }
    if (at == 8) {
      if (length != 13) file.refuse("a PNG file with a broken header");
      png.width = file.be32(data);
      png.height = file.be32(data + 4);
      png.bit_depth = file.u8(data + 8);
      png.colour_type = file.u8(data + 9);
    } else if (file.says(at + 4, "PLTE")) {
      if (length % 3 != 0) file.refuse("a PNG file with a broken palette");
      png.palette_at = at;
      png.palette_colours = length / 3;
    } else if (file.says(at + 4, "IDAT")) {
      png.packed_bytes += length;
    } else if (file.says(at + 4, "eXIf")) {
      png.orientation = exif_orientation(file.part(data, length));
    } else if (file.says(at + 4, "CgBI")) {
      file.refuse("a PNG file in Apple's private variant");
    } else if (file.says(at + 4, "IEND")) {
      return png;
    }
    at = data + length + 4;
  }
}

}  // namespace infoflow::detail
