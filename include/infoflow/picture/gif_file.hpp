// SPDX-License-Identifier: MIT
/// \file What a GIF file says of its first picture.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <infoflow/picture/picture_bytes.hpp>

namespace infoflow::picture_files {

struct GifFile {
  std::uint32_t width = 0;  ///< Of the screen, and of a picture that reaches beyond it.
  std::uint32_t height = 0;
  std::uint32_t left = 0;  ///< Where on the screen the picture lies.
  std::uint32_t top = 0;
  std::uint32_t picture_width = 0;
  std::uint32_t picture_height = 0;
  bool interlaced = false;
  std::uint32_t code_bits = 0;        ///< Of the first codes.
  std::size_t pixels_at = 0;          ///< The first block of pixels.
  std::uint32_t bare = 0;             ///< The index of what the picture does not cover.
  std::vector<std::uint8_t> palette;  ///< RGB; empty: an index is a grey.
};

/// Behind the sub-blocks that begin at `at`, or the file's end.
[[nodiscard]] inline std::size_t end_of_gif_blocks(const PictureBytes& file, std::size_t at) {
  while (at < file.size() && file.u8(at) != 0) at += 1 + file.u8(at);
  return std::min(at + 1, file.size());
}

/// A colour table without a colour that is not its own index is none, as in Pillow.
[[nodiscard]] inline std::vector<std::uint8_t> gif_palette(const PictureBytes& file, std::size_t at,
                                                           std::uint32_t flags) {
  const auto table = file.part(at, std::size_t{6} << (flags & 7U));
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table[i] != i / 3) return {table.begin(), table.end()};
  }
  return {};
}

inline void read_gif_picture(const PictureBytes& file, std::size_t at, GifFile& gif) {
  gif.left = file.le16(at);
  gif.top = file.le16(at + 2);
  gif.picture_width = file.le16(at + 4);
  gif.picture_height = file.le16(at + 6);
  gif.width = std::max(gif.width, gif.left + gif.picture_width);
  gif.height = std::max(gif.height, gif.top + gif.picture_height);
  const std::uint32_t flags = file.u8(at + 8);
  gif.interlaced = (flags & 64U) != 0;
  at += 9;
  if ((flags & 128U) != 0) {
    gif.palette = gif_palette(file, at, flags);
    at += std::size_t{6} << (flags & 7U);
  }
  gif.code_bits = file.u8(at);
  gif.pixels_at = at + 1;
  const bool empty = gif.picture_width == 0 || gif.picture_height == 0;
  if (empty) file.refuse("a GIF picture without pixels");
  if (gif.code_bits > 12) file.refuse("the GIF file is damaged: impossible codes");
}

/// Walks all blocks up to the first picture, over whatever bytes Pillow steps over.
/// \throws Error if the file holds no picture
[[nodiscard]] inline GifFile inspect_gif(const PictureBytes& file) {
  GifFile gif;
  gif.width = file.le16(6);
  gif.height = file.le16(8);
  const std::uint32_t flags = file.u8(10);
  std::size_t at = 13;
  if ((flags & 128U) != 0) {
    gif.palette = gif_palette(file, at, flags);
    at += std::size_t{6} << (flags & 7U);
  }
  while (at < file.size()) {
    const std::uint32_t block = file.u8(at++);
    if (block == ';') break;
    if (block == ',') {
      read_gif_picture(file, at, gif);
      return gif;
    }
    if (block != '!') continue;
    const std::uint32_t label = file.u8(at++);
    const std::size_t length = at < file.size() ? file.u8(at) : 0;
    if (label == 0xF9 && length > 0) {  // It names the transparent index.
      static_cast<void>(file.part(at + 1, 3));
      if ((file.u8(at + 1) & 1U) != 0) gif.bare = file.u8(at + 4);
    }
    at = end_of_gif_blocks(file, at);
  }
  file.refuse("a GIF file without a picture");
}

}  // namespace infoflow::picture_files
