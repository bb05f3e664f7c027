// SPDX-License-Identifier: MIT
/// \file What a GIF file says of its first picture, and whether that is complete.
#pragma once

#include <cstddef>
#include <cstdint>

#include <infoflow/io/picture_bytes.hpp>

namespace infoflow::detail {

struct GifFile {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::size_t transparency_flag_at = 0;  ///< Offset of the byte that holds it; 0 if there is none.
  std::uint32_t transparent = 0;         ///< The transparent index; 0 if there is none.
  std::size_t palette_at = 0;            ///< The palette that the first picture uses.
  std::size_t palette_colours = 0;
};

/// Behind the sub-blocks that begin at `at`.
[[nodiscard]] inline std::size_t end_of_blocks(const PictureBytes& file, std::size_t at) {
  while (file.u8(at) != 0) at += 1 + file.u8(at);
  return at + 1;
}

/// Walks all blocks up to the end of the first picture.
/// \throws Error if the file is cut before, or holds no picture
[[nodiscard]] inline GifFile inspect_gif(const PictureBytes& file) {
  GifFile gif;
  const auto take_palette = [&](std::uint32_t flags, std::size_t at) {
    if ((flags & 0x80) == 0) return at;
    gif.palette_at = at;
    gif.palette_colours = std::size_t{2} << (flags & 7);
    return at + 3 * gif.palette_colours;
  };
  gif.width = file.le16(6);
  gif.height = file.le16(8);
  std::size_t at = take_palette(file.u8(10), 13);
  for (;;) {
    const std::uint32_t block = file.u8(at);
    if (block == 0x21) {  // An extension; the one labelled F9 names the transparent index.
      if (file.u8(at + 1) == 0xF9 && file.u8(at + 2) == 4) {
        const bool transparent = (file.u8(at + 3) & 1) != 0;
        gif.transparency_flag_at = transparent ? at + 3 : 0;
        gif.transparent = transparent ? file.u8(at + 6) : 0;
      }
      at = end_of_blocks(file, at + 2);
    } else if (block == 0x2C) {
      at = take_palette(file.u8(at + 9), at + 10);
      if (gif.palette_at == 0) file.refuse("a GIF file without colours");
      static_cast<void>(file.part(gif.palette_at, 3 * gif.palette_colours));
      static_cast<void>(end_of_blocks(file, at + 1));
      return gif;
    } else {
      file.refuse("a GIF file without a picture");
    }
  }
}

}  // namespace infoflow::detail
