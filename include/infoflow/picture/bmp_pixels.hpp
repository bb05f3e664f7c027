// SPDX-License-Identifier: MIT
/// \file A BMP file's pixels as RGB.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <infoflow/core/image.hpp>
#include <infoflow/picture/bmp_file.hpp>
#include <infoflow/picture/picture_bytes.hpp>

namespace infoflow::picture_files {

/// RGB of 256 indices; what the file leaves out is black.
[[nodiscard]] inline std::array<std::uint8_t, 768> bmp_palette(const PictureBytes& file,
                                                               const BmpFile& bmp) {
  std::array<std::uint8_t, 768> palette{};
  for (std::size_t i = 0; i < std::min<std::size_t>(bmp.palette_colours, 256); ++i) {
    const auto colour = file.part(bmp.palette_at + bmp.palette_step * i, 3);
    std::reverse_copy(colour.begin(), colour.end(), palette.begin() + static_cast<long>(3 * i));
  }
  return palette;
}

/// Unpacks run lengths as Pillow does: one byte a pixel, rows one after another.
/// \throws Error if the file ends before the picture is full
[[nodiscard]] inline std::vector<std::uint8_t> bmp_runs(const PictureBytes& file,
                                                        const BmpFile& bmp) {
  const std::size_t width = bmp.width;
  const std::size_t all = width * bmp.height;
  const bool halves = bmp.compression == 2;
  std::vector<std::uint8_t> indices;
  std::size_t at = bmp.pixels_at;
  std::size_t x = 0;
  const auto add = [&](std::uint32_t value, std::size_t i) {
    const std::uint32_t half = i % 2 == 0 ? value >> 4U : value & 15U;
    indices.push_back(static_cast<std::uint8_t>(halves ? half : value));
  };
  while (indices.size() < all && at + 2 <= file.size()) {
    const std::size_t count = file.u8(at);
    const std::uint32_t value = file.u8(at + 1);
    at += 2;
    if (count > 0) {
      const std::size_t run = std::min(count, x < width ? width - x : 0);
      for (std::size_t i = 0; i < run; ++i) add(value, i);
      x += run;
    } else if (value == 0) {  // The row's end.
      indices.resize((indices.size() + width - 1) / width * width);
      x = 0;
    } else if (value == 1) {  // The picture's end.
      break;
    } else if (value == 2) {  // A step to the right and up.
      if (at + 2 > file.size()) break;
      const std::size_t step = file.u8(at) + std::size_t{file.u8(at + 1)} * width;
      indices.resize(std::min(all, indices.size() + step));
      x = indices.size() % width;
      at += 2;
    } else {  // Pixels as they stand.
      const std::size_t bytes = halves ? value / 2 : value;
      if (bytes > file.size() - at) break;
      for (std::size_t i = 0; i < (halves ? 2 * bytes : bytes); ++i) {
        add(file.u8(at + (halves ? i / 2 : i)), i);
      }
      x += value;
      at += bytes;
      at += at % 2;
    }
  }
  if (indices.size() < all) file.cut_short();
  return indices;
}

/// The pixel in column `x` of a row of 16 bits and more.
inline void put_bmp_colour(const BmpFile& bmp, std::span<const std::uint8_t> row, std::size_t x,
                           std::uint8_t* rgb) {
  for (std::size_t c = 0; c < 3; ++c) {
    if (bmp.bits > 16) {
      rgb[c] = row[x * (bmp.bits / 8) + bmp.places[c]];
      continue;
    }
    const std::uint32_t pixel = row[2 * x] | std::uint32_t{row[2 * x + 1]} << 8U;
    const std::uint32_t most = c == 1 && bmp.green_has_6_bits ? 63 : 31;
    rgb[c] = static_cast<std::uint8_t>((pixel >> bmp.places[c] & most) * 255 / most);
  }
}

/// \throws Error if the file ends before its last pixel
[[nodiscard]] inline RgbImage read_bmp_rows(const PictureBytes& file, const BmpFile& bmp) {
  RgbImage image(static_cast<int>(bmp.width), static_cast<int>(bmp.height));
  const std::array<std::uint8_t, 768> palette = bmp_palette(file, bmp);
  const std::vector<std::uint8_t> runs =
      bmp.is_run_length() ? bmp_runs(file, bmp) : std::vector<std::uint8_t>();
  const std::size_t used = (std::size_t{bmp.width} * bmp.bits + 7) / 8;
  for (std::uint32_t i = 0; i < bmp.height; ++i) {
    const int y = static_cast<int>(bmp.from_top ? i : bmp.height - 1 - i);
    const auto row =
        runs.empty()
            ? file.part(bmp.pixels_at + static_cast<std::size_t>(bmp.stride()) * i, used)
            : std::span<const std::uint8_t>(runs).subspan(std::size_t{bmp.width} * i, bmp.width);
    for (std::uint32_t x = 0; x < bmp.width; ++x) {
      std::uint8_t* rgb = image.pixel(static_cast<int>(x), y);
      if (bmp.bits > 8) {
        put_bmp_colour(bmp, row, x, rgb);
        continue;
      }
      const std::uint32_t bits = runs.empty() ? bmp.bits : 8;
      const std::size_t bit = std::size_t{x} * bits;
      const std::size_t index = row[bit / 8] >> (8 - bits - bit % 8) & ((1U << bits) - 1);
      std::copy_n(palette.begin() + static_cast<long>(3 * index), 3, rgb);
    }
  }
  return image;
}

}  // namespace infoflow::picture_files
