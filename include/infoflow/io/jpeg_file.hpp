// SPDX-License-Identifier: MIT
/// \file What a JPEG file says of its picture, and whether the file is complete.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include <infoflow/io/exif.hpp>
#include <infoflow/io/picture_bytes.hpp>

namespace infoflow::detail {

struct JpegFile {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t components = 0;  ///< 1 grey, 3 colour, 4 CMYK or its relative YCCK
  std::optional<std::uint32_t> adobe_transform;
  std::optional<int> orientation;
};

/// The frame header that begins at `at`: size, and channels sampled as the decoder expects.
inline void read_jpeg_frame(const PictureBytes& file, std::size_t at, JpegFile& jpeg) {
  if (jpeg.components != 0) file.refuse("a JPEG file with two frames");
  if (file.u8(at) != 8) file.refuse("a JPEG file that has not 8 bits a channel");
  jpeg.height = file.be16(at + 1);
  jpeg.width = file.be16(at + 3);
  jpeg.components = file.u8(at + 5);
  if (jpeg.components != 1 && jpeg.components != 3 && jpeg.components != 4) {
    file.refuse("a JPEG file with " + std::to_string(jpeg.components) + " channels");
  }
  std::uint32_t most_x = 1;
  std::uint32_t most_y = 1;
  for (const bool check : {false, true}) {
    for (std::size_t c = 0; c < jpeg.components; ++c) {
      const std::uint32_t sampling = file.u8(at + 7 + 3 * c);
      const std::uint32_t x = sampling >> 4;
      const std::uint32_t y = sampling & 15;
      if (x < 1 || x > 4 || y < 1 || y > 4 || (check && (most_x % x != 0 || most_y % y != 0))) {
        file.refuse("a JPEG file whose channels are sampled unevenly");
      }
      most_x = x > most_x ? x : most_x;
      most_y = y > most_y ? y : most_y;
    }
  }
}

/// stb_image trusts the counts of Huffman codes; more than 256 would overrun its tables.
inline void check_huffman_tables(const PictureBytes& file, std::size_t at, std::size_t end) {
  while (at < end) {
    std::size_t codes = 0;
    for (std::size_t i = 1; i <= 16; ++i) codes += file.u8(at + i);
    if (codes > 256) file.refuse("the JPEG file is damaged: impossible Huffman codes");
    at += 17 + codes;
  }
}

/// Where the entropy-coded data that begin at `at` end: the next marker that is not a restart.
[[nodiscard]] inline std::size_t end_of_scan(const PictureBytes& file, std::size_t at) {
  for (;; ++at) {
    if (file.u8(at) != 0xFF) continue;
    const std::uint32_t next = file.u8(at + 1);
    const bool restart = 0xD0 <= next && next <= 0xD7;
    if (next != 0x00 && next != 0xFF && !restart) return at;
  }
}

/// Walks all segments up to the end mark.
/// \throws Error if the file is cut, damaged, or of a kind that is rarely seen (lossless, 12 bits)
[[nodiscard]] inline JpegFile inspect_jpeg(const PictureBytes& file) {
  JpegFile jpeg;
  int scans = 0;
  for (std::size_t at = 2;;) {
    if (file.u8(at) != 0xFF) file.refuse("the JPEG file is damaged: a marker is missing");
    const std::uint32_t marker = file.u8(at + 1);
    if (marker == 0xFF) {  // A fill byte.
      ++at;
      continue;
    }
    if (marker == 0xD9) break;
    const std::size_t length = file.be16(at + 2);
    const std::size_t data = at + 4;
    const std::size_t end = at + 2 + length;
    if (length < 2) file.refuse("the JPEG file is damaged: a segment without a length");
    if (end > file.size()) file.cut_short();
    if (0xC0 <= marker && marker <= 0xC2) {
      read_jpeg_frame(file, data, jpeg);
    } else if (marker == 0xC4) {
      check_huffman_tables(file, data, end);
    } else if (0xC3 <= marker && marker <= 0xCF && marker != 0xC8 && marker != 0xCC) {
      file.refuse("a JPEG file that is lossless or arithmetically coded");
    } else if (marker == 0xE1 && file.says(data, {"Exif\0\0", 6}) && length >= 8) {
      jpeg.orientation = exif_orientation(file.part(data + 6, length - 8));
    } else if (marker == 0xEE && file.says(data, "Adobe") && length >= 14) {
      jpeg.adobe_transform = file.u8(data + 11);
    }
    at = end;
    if (marker == 0xDA) {
      // Each scan visits every block, so thousands of empty scans would take hours.
      if (++scans > 200) file.refuse("a JPEG file with more than 200 scans");
      at = end_of_scan(file, end);
    }
  }
  if (jpeg.components == 0 || scans == 0) file.refuse("a JPEG file without a picture");
  return jpeg;
}

}  // namespace infoflow::detail
