// SPDX-License-Identifier: MIT
/// \file The way from a picture's pixels to a model's input: pad, resize, crop, in any order.
#pragma once

#include <algorithm>
#include <string>

#include <infoflow/core/error.hpp>

namespace infoflow {

struct Point {
  double x = 0;
  double y = 0;
};

/// A rectangle in pixels: [x0, x1) × [y0, y1), fractions allowed.
struct Rect {
  double x0 = 0;
  double y0 = 0;
  double x1 = 0;
  double y1 = 0;

  [[nodiscard]] constexpr double width() const { return x1 - x0; }
  [[nodiscard]] constexpr double height() const { return y1 - y0; }
  [[nodiscard]] constexpr bool empty() const { return x1 <= x0 || y1 <= y0; }
  [[nodiscard]] constexpr bool contains(Point p) const {
    return x0 <= p.x && p.x < x1 && y0 <= p.y && p.y < y1;
  }
  [[nodiscard]] constexpr Point centre() const { return {(x0 + x1) / 2, (y0 + y1) / 2}; }
  friend constexpr bool operator==(const Rect&, const Rect&) = default;
};

[[nodiscard]] constexpr Rect intersection(const Rect& a, const Rect& b) {
  return {std::max(a.x0, b.x0), std::max(a.y0, b.y0), std::min(a.x1, b.x1), std::min(a.y1, b.y1)};
}

/// Where the pixels of a picture (the source) lie on the model's input (the canvas).
///
/// Begin with the picture's size and say what the model's image processor does, step by step:
/// `Preprocessing(640, 480).resized(448, 336).cropped(56, 0, 336, 336)`. Every step is affine and
/// axis-parallel, so the whole is one scale and one offset per axis.
/// Law: `to_source(to_canvas(p)) == p` up to rounding.
class Preprocessing {
 public:
  Preprocessing() = default;

  /// \throws Error if the picture has no pixels
  Preprocessing(int source_width, int source_height)
      : source_width_(source_width),
        source_height_(source_height),
        canvas_width_(source_width),
        canvas_height_(source_height) {
    require_size(source_width, source_height);
  }

  /// The canvas stretched to `width` × `height`.
  [[nodiscard]] Preprocessing resized(int width, int height) const {
    require_size(width, height);
    Preprocessing next = *this;
    const double fx = static_cast<double>(width) / canvas_width_;
    const double fy = static_cast<double>(height) / canvas_height_;
    next.scale_ = {scale_.x * fx, scale_.y * fy};
    next.offset_ = {offset_.x * fx, offset_.y * fy};
    next.canvas_width_ = width;
    next.canvas_height_ = height;
    return next;
  }

  /// The part [left, left + width) × [top, top + height) of the canvas. It may reach outside (an
  /// image processor that crops a small picture pads it).
  [[nodiscard]] Preprocessing cropped(int left, int top, int width, int height) const {
    return padded(-left, -top, width, height);
  }

  /// The canvas pasted with its corner at (left, top) of a new canvas of `width` × `height`.
  [[nodiscard]] Preprocessing padded(int left, int top, int width, int height) const {
    require_size(width, height);
    Preprocessing next = *this;
    next.offset_ = {offset_.x + left, offset_.y + top};
    next.canvas_width_ = width;
    next.canvas_height_ = height;
    return next;
  }

  [[nodiscard]] int source_width() const { return source_width_; }
  [[nodiscard]] int source_height() const { return source_height_; }
  [[nodiscard]] int canvas_width() const { return canvas_width_; }
  [[nodiscard]] int canvas_height() const { return canvas_height_; }
  [[nodiscard]] Rect canvas() const {
    return {0, 0, static_cast<double>(canvas_width_), static_cast<double>(canvas_height_)};
  }

  [[nodiscard]] Point to_canvas(Point p) const {
    return {p.x * scale_.x + offset_.x, p.y * scale_.y + offset_.y};
  }
  [[nodiscard]] Point to_source(Point p) const {
    return {(p.x - offset_.x) / scale_.x, (p.y - offset_.y) / scale_.y};
  }
  [[nodiscard]] Rect to_source(const Rect& r) const {
    const Point a = to_source(Point{r.x0, r.y0});
    const Point b = to_source(Point{r.x1, r.y1});
    return {a.x, a.y, b.x, b.y};
  }

  /// A rectangle in shares of the canvas, which is (0, 0) to (1, 1), in source pixels: so lie the boxes
  /// that models write.
  [[nodiscard]] Rect shares_to_source(const Rect& r) const {
    return to_source(Rect{r.x0 * canvas_width_, r.y0 * canvas_height_, r.x1 * canvas_width_,
                          r.y1 * canvas_height_});
  }

  /// The part of the source that the model sees; pixels outside were cropped away.
  [[nodiscard]] Rect seen() const {
    return intersection(to_source(canvas()), {0, 0, static_cast<double>(source_width_),
                                              static_cast<double>(source_height_)});
  }

 private:
  static void require_size(int width, int height) {
    if (width > 0 && height > 0) return;
    throw Error(
        "a picture of " + std::to_string(width) + " × " + std::to_string(height) + " pixels",
        "Preprocessing", "give a width and a height of at least one pixel");
  }

  int source_width_ = 1;
  int source_height_ = 1;
  int canvas_width_ = 1;
  int canvas_height_ = 1;
  Point scale_{1, 1};
  Point offset_{0, 0};
};

}  // namespace infoflow
