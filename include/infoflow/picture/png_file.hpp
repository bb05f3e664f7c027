// SPDX-License-Identifier: MIT
/// \file The chunks of a PNG file: what they say of the picture, and where its pixels lie.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <zlib.h>

#include <infoflow/picture/exif.hpp>
#include <infoflow/picture/picture_bytes.hpp>
#include <infoflow/picture/png_text.hpp>

namespace infoflow::picture_files {

/// A chunk's place: a length, a kind, data and a checksum.
struct PngChunk {
  std::size_t at = 0;
  std::size_t length = 0;
  std::string kind;

  [[nodiscard]] std::size_t data() const { return at + 8; }
  [[nodiscard]] std::size_t end() const { return data() + length + 4; }
  [[nodiscard]] bool holds_pixels() const { return kind == "IDAT" || kind == "DDAT"; }
};

struct PngFile {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t bit_depth = 0;
  std::uint32_t colour_type = 0;  ///< 0 grey, 2 RGB, 3 palette, 4 grey + alpha, 6 RGBA
  bool interlaced = false;
  bool animated = false;
  std::vector<std::uint8_t> palette;  ///< RGB.
  std::vector<PngChunk> pixels;       ///< The chunks of compressed pixels.
  std::size_t packed_bytes = 0;       ///< That these promise.
  OrientationMarks marks;
  int texts_left = 64;  ///< Packed texts of a megabyte that are still unpacked, as in Pillow.

  [[nodiscard]] std::uint32_t samples() const {
    constexpr std::uint32_t per_pixel[]{1, 0, 3, 1, 2, 0, 4};
    return colour_type < std::size(per_pixel) ? per_pixel[colour_type] : 0;
  }
  [[nodiscard]] std::uint32_t bits_per_pixel() const { return bit_depth * samples(); }
};

/// The chunk at `at`; none where no chunk's head stands.
[[nodiscard]] inline std::optional<PngChunk> png_chunk(const PictureBytes& file, std::size_t at) {
  if (at > file.size() || file.size() - at < 8) return std::nullopt;
  PngChunk chunk{.at = at, .length = file.be32(at), .kind = {}};
  for (const std::uint8_t c : file.part(at + 4, 4)) {
    const bool letter = 'a' <= (c | 0x20) && (c | 0x20) <= 'z';
    const bool digit = '0' <= c && c <= '9';
    if (!letter && !digit && c != '_') return std::nullopt;
    chunk.kind += static_cast<char>(c);
  }
  return chunk;
}

/// False also where the file ends before the checksum does.
[[nodiscard]] inline bool png_checksum_holds(const PictureBytes& file, const PngChunk& chunk) {
  if (chunk.end() > file.size()) return false;
  const auto checked = file.part(chunk.at + 4, chunk.length + 4);
  return crc32(0, checked.data(), static_cast<uInt>(checked.size())) ==
         file.be32(chunk.data() + chunk.length);
}

inline void read_png_header(const PictureBytes& file, const PngChunk& chunk, PngFile& png) {
  if (chunk.kind == "CgBI") file.refuse("a PNG file in Apple's private variant");
  if (chunk.kind != "IHDR" || chunk.length < 13) file.refuse("a PNG file without a header");
  const std::size_t data = chunk.data();
  png.width = file.be32(data);
  png.height = file.be32(data + 4);
  png.bit_depth = file.u8(data + 8);
  png.colour_type = file.u8(data + 9);
  png.interlaced = file.u8(data + 12) != 0;
  const std::uint32_t depth = png.bit_depth;
  const bool below_8 = depth == 1 || depth == 2 || depth == 4;
  const bool known = png.samples() > 0 && (depth == 8 || (depth == 16 && png.colour_type != 3) ||
                                           (below_8 && png.samples() == 1));
  if (!known || file.u8(data + 11) != 0) {
    file.refuse("a PNG file of a kind that does not exist (" + std::to_string(depth) +
                " bits, colour type " + std::to_string(png.colour_type) + ")");
  }
}

/// Everything before the pixels, whose checksums must hold, and where the pixels lie.
/// \throws Error if the file ends before its pixels, or what stands before them is damaged
[[nodiscard]] inline PngFile inspect_png(const PictureBytes& file) {
  PngFile png;
  std::optional<PngChunk> chunk = png_chunk(file, 8);
  for (bool first = true; !chunk || !chunk->holds_pixels() || first; first = false) {
    if (!chunk && file.size() < 16) file.cut_short();
    if (!chunk) file.refuse("the PNG file is damaged or cut short before its pixels");
    if (chunk->kind == "IEND") file.refuse("a PNG file without a picture");
    const auto data = file.part(chunk->data(), chunk->length);
    static_cast<void>(file.part(chunk->data(), chunk->length + 4));
    if (!png_checksum_holds(file, *chunk)) {
      file.refuse("the PNG file is damaged: the checksum of its " + chunk->kind + " is wrong");
    }
    if (first) {
      read_png_header(file, *chunk, png);
    } else if (chunk->kind == "acTL" && chunk->length >= 8) {
      png.animated = file.be32(chunk->data()) > 1;
    } else if (chunk->kind == "PLTE") {
      if (data.size() > 768) file.refuse("a PNG file with more than 256 colours in its palette");
      png.palette.assign(data.begin(), data.end());
    } else if (chunk->kind == "fcTL" && chunk->length >= 12 &&
               (file.be32(chunk->data() + 4) != png.width ||
                file.be32(chunk->data() + 8) != png.height)) {
      file.refuse("an animated PNG whose first frame is smaller than the picture");
    } else {
      take_png_marks(chunk->kind, data, png.marks, png.texts_left);
    }
    chunk = png_chunk(file, chunk->end());
  }
  for (; chunk && chunk->holds_pixels(); chunk = png_chunk(file, chunk->end())) {
    png.pixels.push_back(*chunk);
    png.packed_bytes += std::min(chunk->length, file.size() - chunk->data());
  }
  return png;
}

/// Walks what stands behind the chunk in which the last pixel was found. Pillow checks no checksums
/// there and needs no end mark, but refuses a chunk that is cut.
/// \return what a reader should know, if anything
[[nodiscard]] inline std::optional<std::string> read_png_tail(const PictureBytes& file,
                                                              const PngChunk& last, PngFile& png) {
  for (std::optional<PngChunk> chunk = png_chunk(file, last.end()); chunk;
       chunk = png_chunk(file, chunk->end())) {
    if (chunk->kind == "IEND") {
      if (chunk->end() == file.size()) return std::nullopt;
      if (chunk->end() > file.size()) return "its end mark is cut";
      return std::to_string(file.size() - chunk->end()) + " bytes behind its end are left out";
    }
    if (png.animated && chunk->kind == "fcTL") return std::nullopt;  // The next picture.
    take_png_marks(chunk->kind, file.part(chunk->data(), chunk->length), png.marks, png.texts_left);
  }
  return "its end mark is missing; all pixels are there";
}

}  // namespace infoflow::picture_files
