// SPDX-License-Identifier: MIT
/// \file A PNG file's pixels as RGB. Rows are unpacked one by one, so that a file can only cost the
/// memory of the picture that it is.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <zlib.h>

#include <infoflow/core/image.hpp>
#include <infoflow/picture/picture_bytes.hpp>
#include <infoflow/picture/png_file.hpp>

namespace infoflow::picture_files {

/// The stream of a file's pixel chunks, unpacked piece by piece.
class PngStream {
 public:
  PngStream(const PictureBytes& file, std::span<const PngChunk> chunks)
      : file_(file), chunks_(chunks) {
    if (inflateInit(&stream_) != Z_OK) file.refuse("zlib cannot be started", "free some memory");
  }
  ~PngStream() { inflateEnd(&stream_); }
  PngStream(const PngStream&) = delete;
  PngStream& operator=(const PngStream&) = delete;

  /// Fills `row`. \throws Error if the file is damaged or ends before
  void read(std::span<std::uint8_t> row) {
    stream_.next_out = row.data();
    stream_.avail_out = static_cast<uInt>(row.size());
    while (stream_.avail_out > 0) {
      if (ended_) file_.cut_short();
      while (stream_.avail_in == 0) next_chunk();
      const int status = inflate(&stream_, Z_NO_FLUSH);
      if (status < 0 || status == Z_NEED_DICT) {
        file_.refuse("the PNG file is damaged: its pixels cannot be unpacked");
      }
      ended_ = status == Z_STREAM_END;
    }
  }

  /// True if nothing comes behind the last row.
  [[nodiscard]] bool ended() const { return ended_; }

  /// The chunk that was read last.
  [[nodiscard]] const PngChunk& chunk() const { return chunks_[next_ - 1]; }

 private:
  void next_chunk() {
    if (next_ == chunks_.size()) file_.cut_short();
    const PngChunk& chunk = chunks_[next_++];
    const auto packed =
        file_.part(chunk.data(), std::min(chunk.length, file_.size() - chunk.data()));
    stream_.next_in = const_cast<Bytef*>(packed.data());  // zlib only reads there.
    stream_.avail_in = static_cast<uInt>(packed.size());
  }

  const PictureBytes& file_;
  std::span<const PngChunk> chunks_;
  std::size_t next_ = 0;
  z_stream stream_{};
  bool ended_ = false;
};

/// Of left, above and above left the one nearest to left + above − above left.
[[nodiscard]] inline int paeth(int left, int above, int above_left) {
  const int by_left = std::abs(above - above_left);
  const int by_above = std::abs(left - above_left);
  const int by_both = std::abs(left + above - 2 * above_left);
  if (by_left <= by_above && by_left <= by_both) return left;
  return by_above <= by_both ? above : above_left;
}

/// Undoes a row's filter. Both rows begin with their filter's number; `step` is bytes per pixel.
inline void unfilter_png_row(const PictureBytes& file, std::span<std::uint8_t> row,
                             std::span<const std::uint8_t> above, std::size_t step) {
  const int filter = row[0];
  if (filter > 4) file.refuse("the PNG file is damaged: a filter that does not exist");
  for (std::size_t i = 1; i < row.size(); ++i) {
    const int left = i > step ? row[i - step] : 0;
    const int above_left = i > step ? above[i - step] : 0;
    const int guesses[]{0, left, above[i], (left + above[i]) / 2,
                        filter == 4 ? paeth(left, above[i], above_left) : 0};
    row[i] = static_cast<std::uint8_t>(row[i] + guesses[filter]);
  }
}

/// A palette of 256: what a file leaves out is black.
[[nodiscard]] inline std::array<std::uint8_t, 768> whole_palette(const PngFile& png) {
  std::array<std::uint8_t, 768> palette{};
  std::copy_n(png.palette.begin(), png.palette.size() / 3 * 3, palette.begin());
  return palette;
}

/// Makes RGB of the pixels of unfiltered rows, as Pillow does: alpha is dropped, 16 bits keep their
/// upper half, but 16-bit grey is clipped.
class PngPixels {
 public:
  explicit PngPixels(const PngFile& png) : png_(png), palette_(whole_palette(png)) {}

  void put(const std::uint8_t* row, std::size_t i, std::uint8_t* rgb) const {
    const bool coloured = png_.colour_type == 2 || png_.colour_type == 6;
    const std::size_t bytes = png_.bit_depth / 8;
    if (coloured) {
      const std::uint8_t* from = row + i * png_.samples() * bytes;
      for (std::size_t c = 0; c < 3; ++c) rgb[c] = from[c * bytes];
      return;
    }
    const std::uint8_t level = value(row, i);
    if (png_.colour_type == 3) {
      std::copy_n(palette_.begin() + 3 * level, 3, rgb);
    } else {
      std::fill_n(rgb, 3, level);
    }
  }

 private:
  [[nodiscard]] std::uint8_t value(const std::uint8_t* row, std::size_t i) const {
    const std::uint32_t depth = png_.bit_depth;
    if (depth < 8) {
      const std::size_t bit = i * depth;
      const auto most = static_cast<std::uint8_t>((1U << depth) - 1);
      const auto index = static_cast<std::uint8_t>(row[bit / 8] >> (8 - depth - bit % 8) & most);
      return png_.colour_type == 3 ? index : static_cast<std::uint8_t>(index * (255 / most));
    }
    const std::uint8_t* from = row + i * png_.samples() * (depth / 8);
    const bool clipped = depth == 16 && png_.colour_type == 0 && from[0] != 0;
    return clipped ? 255 : depth == 16 && png_.colour_type == 0 ? from[1] : from[0];
  }

  const PngFile& png_;
  std::array<std::uint8_t, 768> palette_;
};

/// Every how many columns and rows a pass has a pixel, and where it begins.
struct PngPass {
  std::uint32_t x, y, dx, dy;
};

[[nodiscard]] inline std::span<const PngPass> png_passes(bool interlaced) {
  static constexpr PngPass whole[]{{0, 0, 1, 1}};
  static constexpr PngPass adam7[]{{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
                                   {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};
  return interlaced ? std::span<const PngPass>(adam7) : std::span<const PngPass>(whole);
}

/// What came of the pixels.
struct PngRows {
  RgbImage image;
  PngChunk last;             ///< The chunk that holds the last row.
  bool ended_early = false;  ///< The stream ended before the last row; the rest is black.
};

/// \throws Error if the pixels are damaged or cut
[[nodiscard]] inline PngRows read_png_rows(const PictureBytes& file, const PngFile& png) {
  PngRows rows{.image = RgbImage(static_cast<int>(png.width), static_cast<int>(png.height)),
               .last = {},
               .ended_early = false};
  PngStream stream(file, png.pixels);
  const PngPixels pixels(png);
  const std::size_t step = std::max<std::uint32_t>(png.bits_per_pixel() / 8, 1);
  const auto pass_width = [&](const PngPass& pass) {
    return png.width <= pass.x ? 0 : (png.width - pass.x - 1) / pass.dx + 1;
  };
  for (const PngPass& pass : png_passes(png.interlaced)) {
    const std::uint32_t width = pass_width(pass);
    if (width == 0) continue;
    const std::size_t bytes = 1 + (std::size_t{width} * png.bits_per_pixel() + 7) / 8;
    std::vector<std::uint8_t> row(bytes);
    std::vector<std::uint8_t> above(bytes);
    for (std::uint32_t y = pass.y; y < png.height && !rows.ended_early; y += pass.dy) {
      if (stream.ended()) {
        rows.ended_early = true;
        break;
      }
      stream.read(row);
      unfilter_png_row(file, row, above, step);
      for (std::uint32_t i = 0; i < width; ++i) {
        pixels.put(row.data() + 1, i,
                   rows.image.pixel(static_cast<int>(pass.x + i * pass.dx), static_cast<int>(y)));
      }
      std::swap(row, above);
    }
  }
  rows.last = stream.chunk();
  return rows;
}

}  // namespace infoflow::picture_files
