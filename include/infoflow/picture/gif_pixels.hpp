// SPDX-License-Identifier: MIT
/// \file A GIF file's first picture as RGB.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <infoflow/core/image.hpp>
#include <infoflow/picture/gif_file.hpp>
#include <infoflow/picture/picture_bytes.hpp>

namespace infoflow::picture_files {

/// The codes of a picture's blocks, which are read one whole block at a time.
class GifCodes {
 public:
  GifCodes(const PictureBytes& file, std::size_t at) : file_(file), at_(at) {}

  /// \throws Error if the file ends before the code's block does
  [[nodiscard]] std::uint32_t next(std::uint32_t length) {
    while (held_ < length) {
      if (at_ == block_end_) {
        const std::size_t size = file_.u8(at_);
        block_end_ = ++at_ + size;
        static_cast<void>(file_.part(at_, size));
        continue;
      }
      bits_ |= file_.u8(at_++) << held_;
      held_ += 8;
    }
    const std::uint32_t code = bits_ & ((1U << length) - 1);
    bits_ >>= length;
    held_ -= length;
    return code;
  }

 private:
  const PictureBytes& file_;
  std::size_t at_;
  std::size_t block_end_ = at_;
  std::uint32_t bits_ = 0;
  std::uint32_t held_ = 0;
};

/// Strings of pixels by code; each but the first ones is an earlier one and one pixel more.
class GifStrings {
 public:
  static constexpr std::uint32_t most = 4096;

  explicit GifStrings(std::uint32_t bits) : bits_(bits) { clear(); }

  void clear() {
    next_ = end() + 1;
    length_ = bits_ + 1;
    last_.reset();
  }
  [[nodiscard]] std::uint32_t clear_code() const { return 1U << bits_; }
  [[nodiscard]] std::uint32_t end() const { return clear_code() + 1; }
  [[nodiscard]] std::uint32_t code_length() const { return length_; }

  /// The string of a code, last pixel first; empty if there is no such string.
  [[nodiscard]] const std::vector<std::uint8_t>& take(std::uint32_t code) {
    backwards_.clear();
    if (!last_ ? code >= clear_code() : code > next_) return backwards_;
    std::uint32_t c = code;
    if (last_ && code == next_) {  // The last string and its own first pixel.
      backwards_.push_back(first_);
      c = *last_;
    }
    for (; c >= clear_code(); c = prefix_[c]) {
      if (c >= most || backwards_.size() >= most) {
        backwards_.clear();
        return backwards_;
      }
      backwards_.push_back(pixel_[c]);
    }
    first_ = static_cast<std::uint8_t>(c);
    backwards_.push_back(first_);
    if (last_) add();
    last_ = code;
    return backwards_;
  }

 private:
  void add() {
    if (next_ >= most) return;
    pixel_[next_] = first_;
    prefix_[next_] = *last_;
    if (next_ == (1U << length_) - 1 && length_ < 12) ++length_;
    ++next_;
  }

  std::uint32_t bits_;
  std::uint32_t next_ = 0;
  std::uint32_t length_ = 0;
  std::optional<std::uint32_t> last_;
  std::uint8_t first_ = 0;
  std::array<std::uint8_t, most> pixel_{};
  std::array<std::uint32_t, most> prefix_{};
  std::vector<std::uint8_t> backwards_;
};

/// The picture's rows in the order in which they are stored.
[[nodiscard]] inline std::vector<std::uint32_t> gif_row_order(const GifFile& gif) {
  struct Pass {
    std::uint32_t from, step;
  };
  std::vector<Pass> passes{{0, 1}};
  if (gif.interlaced) passes = {{0, 8}, {4, 8}, {2, 4}, {1, 2}};
  std::vector<std::uint32_t> order;
  for (const Pass& pass : passes) {
    for (std::uint32_t y = pass.from; y < gif.picture_height; y += pass.step) order.push_back(y);
  }
  return order;
}

/// Indices of the whole screen, row by row.
/// \throws Error if the codes are damaged, or end before the last pixel
[[nodiscard]] inline std::vector<std::uint8_t> gif_indices(const PictureBytes& file,
                                                           const GifFile& gif) {
  std::vector<std::uint8_t> screen(std::size_t{gif.width} * gif.height,
                                   static_cast<std::uint8_t>(gif.bare));
  const std::vector<std::uint32_t> order = gif_row_order(gif);
  const std::size_t all = std::size_t{gif.picture_width} * gif.picture_height;
  GifCodes codes(file, gif.pixels_at);
  GifStrings strings(gif.code_bits);
  for (std::size_t done = 0; done < all;) {
    const std::uint32_t code = codes.next(strings.code_length());
    if (code == strings.clear_code()) {
      strings.clear();
      continue;
    }
    if (code == strings.end()) file.cut_short();
    const std::vector<std::uint8_t>& backwards = strings.take(code);
    if (backwards.empty()) file.refuse("the GIF file is damaged: a code without pixels");
    for (std::size_t i = backwards.size(); i > 0 && done < all; --i, ++done) {
      const std::size_t y = gif.top + order[done / gif.picture_width];
      screen[y * gif.width + gif.left + done % gif.picture_width] = backwards[i - 1];
    }
  }
  return screen;
}

[[nodiscard]] inline RgbImage read_gif_rows(const PictureBytes& file, const GifFile& gif) {
  const std::vector<std::uint8_t> indices = gif_indices(file, gif);
  RgbImage image(static_cast<int>(gif.width), static_cast<int>(gif.height));
  for (std::size_t i = 0; i < indices.size(); ++i) {
    for (std::size_t c = 0; c < 3; ++c) {
      const std::size_t at = 3 * std::size_t{indices[i]} + c;
      const std::uint8_t colour = at < gif.palette.size() ? gif.palette[at] : std::uint8_t{0};
      image.values[3 * i + c] = gif.palette.empty() ? indices[i] : colour;
    }
  }
  return image;
}

}  // namespace infoflow::picture_files
