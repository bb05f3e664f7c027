// SPDX-License-Identifier: MIT
/// \file A picture to paste pictures on and write captions into.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

#include <infoflow/core/image.hpp>
#include <infoflow/io/colour_map.hpp>
#include <infoflow/io/pixel_font.hpp>

namespace infoflow {

/// Drawing on pixels. Whatever lies outside the picture is left out.
class Canvas {
 public:
  Canvas(int width, int height, Rgb background = {255, 255, 255}) : image_(width, height) {
    fill(0, 0, width, height, background);
  }

  [[nodiscard]] int width() const { return image_.width; }
  [[nodiscard]] int height() const { return image_.height; }
  [[nodiscard]] const RgbImage& image() const { return image_; }

  void fill(int left, int top, int width, int height, Rgb colour) {
    for (int y = std::max(top, 0); y < std::min(top + height, image_.height); ++y) {
      for (int x = std::max(left, 0); x < std::min(left + width, image_.width); ++x) {
        set(x, y, colour);
      }
    }
  }

  void paste(const RgbImage& picture, int left, int top) {
    for (int y = std::max(0, -top); y < std::min(picture.height, image_.height - top); ++y) {
      for (int x = std::max(0, -left); x < std::min(picture.width, image_.width - left); ++x) {
        std::copy_n(picture.pixel(x, y), 3, image_.pixel(left + x, top + y));
      }
    }
  }

  /// One line whose top left corner is (left, top); each pixel of the font is `scale` pixels wide.
  void text(int left, int top, std::string_view words, Rgb colour = {34, 34, 34}, int scale = 2) {
    for (std::size_t at = 0; at < words.size(); left += glyph_advance * scale) {
      const Glyph& glyph = next_glyph(words, at);
      for (std::size_t row = 0; row < glyph.size(); ++row) {
        for (int column = 0; column < 5; ++column) {
          if ((glyph[row] >> (4 - column) & 1) == 0) continue;
          fill(left + column * scale, top + static_cast<int>(row) * scale, scale, scale, colour);
        }
      }
    }
  }

  [[nodiscard]] static int text_width(std::string_view words, int scale = 2) {
    return glyph_count(words) * glyph_advance * scale;
  }
  [[nodiscard]] static int line_height(int scale = 2) { return glyph_line_height * scale; }

 private:
  void set(int x, int y, Rgb c) {
    std::uint8_t* pixel = image_.pixel(x, y);
    pixel[0] = c.r;
    pixel[1] = c.g;
    pixel[2] = c.b;
  }

  RgbImage image_;
};

}  // namespace infoflow
