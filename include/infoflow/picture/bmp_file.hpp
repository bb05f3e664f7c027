// SPDX-License-Identifier: MIT
/// \file What a BMP file says of its picture: its size, and how its pixels are stored.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>

#include <infoflow/picture/picture_bytes.hpp>

namespace infoflow::picture_files {

struct BmpFile {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t bits = 0;         ///< Per pixel in the file.
  std::uint32_t compression = 0;  ///< 0 none, 1 RLE of 8 bits, 2 RLE of 4 bits, 3 channel masks
  bool from_top = false;
  std::size_t pixels_at = 0;
  std::size_t palette_at = 0;
  std::size_t palette_colours = 0;  ///< 0 for pictures without a palette.
  std::size_t palette_step = 4;     ///< Bytes per colour: blue, green, red and maybe nothing.
  /// Of red, green and blue: the byte of a pixel (24 and 32 bits), or the first bit (16 bits).
  std::array<std::uint32_t, 3> places{2, 1, 0};
  bool green_has_6_bits = false;  ///< Of 16.

  [[nodiscard]] bool is_run_length() const { return compression == 1 || compression == 2; }
  /// Bytes of a row, which is padded to four.
  [[nodiscard]] std::uint64_t stride() const { return (std::uint64_t{width} * bits + 31) / 32 * 4; }
};

/// The layouts of masks that Pillow knows.
inline void read_bmp_masks(const PictureBytes& file, std::uint32_t header, BmpFile& bmp) {
  const std::size_t at = 14 + 40;  // Behind the first 40 bytes, a part of the header or not.
  const std::array<std::uint32_t, 3> masks{file.le32(at), file.le32(at + 4), file.le32(at + 8)};
  const std::uint32_t alpha = header >= 56 ? file.le32(at + 12) : 0;
  using Masks = std::array<std::uint32_t, 3>;
  const Masks five_six_five{0xF800, 0x7E0, 0x1F};
  const Masks five_each{0x7C00, 0x3E0, 0x1F};
  if (bmp.bits == 16 && (masks == five_six_five || masks == five_each)) {
    bmp.green_has_6_bits = masks[1] == 0x7E0;
    for (std::size_t c = 0; c < 3; ++c) {
      bmp.places[c] = static_cast<std::uint32_t>(std::countr_zero(masks[c]));
    }
    return;
  }
  const Masks bgr{0xFF0000, 0xFF00, 0xFF};
  const Masks rgb{0xFF, 0xFF00, 0xFF0000};
  const Masks upper{0xFF000000, 0xFF0000, 0xFF00};
  const Masks parted{0xFF000000, 0xFF00, 0xFF};
  const bool known = (bmp.bits == 24 && masks == bgr) ||
                     (bmp.bits == 32 && ((masks == bgr && (alpha == 0 || alpha == 0xFF000000)) ||
                                         (masks == rgb && alpha == 0xFF000000) ||
                                         (masks == upper && (alpha == 0 || alpha == 0xFF)) ||
                                         (masks == parted && (alpha == 0 || alpha == 0xFF0000)) ||
                                         (masks == Masks{} && alpha == 0)));
  if (!known) file.refuse("a BMP file with unusual channel masks");
  if (masks == Masks{}) return;
  for (std::size_t c = 0; c < 3; ++c) {
    bmp.places[c] = static_cast<std::uint32_t>(std::countr_zero(masks[c])) / 8;
  }
}

/// \throws Error if the header is cut, or of a kind that Pillow refuses
[[nodiscard]] inline BmpFile inspect_bmp(const PictureBytes& file) {
  BmpFile bmp;
  const std::uint32_t header = file.le32(14);
  std::uint32_t colours = 0;
  if (header == 12) {
    bmp.width = file.le16(18);
    bmp.height = file.le16(20);
    bmp.bits = file.le16(24);
    bmp.palette_step = 3;
  } else if (header == 40 || header == 52 || header == 56 || header == 64 || header == 108 ||
             header == 124) {
    static_cast<void>(file.part(14, header));
    bmp.from_top = file.u8(25) == 0xFF;  // A negative height.
    bmp.width = file.le32(18);
    bmp.height = bmp.from_top ? ~file.le32(22) + 1 : file.le32(22);
    bmp.bits = file.le16(28);
    bmp.compression = file.le32(30);
    colours = file.le32(46);
  } else {
    file.refuse("a BMP file of an unknown kind (a header of " + std::to_string(header) + " bytes)");
  }
  const bool indexed = bmp.bits == 1 || bmp.bits == 4 || bmp.bits == 8;
  if (!indexed && bmp.bits != 16 && bmp.bits != 24 && bmp.bits != 32) {
    file.refuse("a BMP file of " + std::to_string(bmp.bits) + " bits a pixel");
  }
  bmp.palette_at = 14 + header;
  bmp.pixels_at = file.le32(10);
  if (indexed) {
    bmp.palette_colours = colours == 0 ? std::size_t{1} << bmp.bits : colours;
    if (bmp.palette_colours > 65536) file.refuse("a BMP file with a palette too large");
    const std::size_t palette_end = bmp.palette_at + bmp.palette_step * bmp.palette_colours;
    if (bmp.pixels_at == bmp.palette_at || bmp.pixels_at == 0) bmp.pixels_at = palette_end;
    if (palette_end > file.size()) file.cut_short();
  } else if (bmp.pixels_at == 0) {
    bmp.pixels_at = bmp.palette_at + (bmp.compression == 3 && header == 40 ? 12 : 0);
  }
  if (bmp.compression == 3) {
    read_bmp_masks(file, header, bmp);
  } else if (bmp.bits == 16) {
    bmp.places = {10, 5, 0};
  }
  if (bmp.compression > 3 || (bmp.is_run_length() && !indexed)) {
    file.refuse("a BMP file compressed in an unusual way");
  }
  return bmp;
}

}  // namespace infoflow::picture_files
