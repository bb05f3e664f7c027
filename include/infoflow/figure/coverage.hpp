// SPDX-License-Identifier: MIT
/// \file How much of each pixel a line or a polygon covers, and painting with it.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include <infoflow/core/error.hpp>
#include <infoflow/core/image.hpp>
#include <infoflow/core/preprocessing.hpp>
#include <infoflow/figure/colour_map.hpp>

namespace infoflow {

/// What holds all points, and so much on every side; not finite unless all points are, and there is
/// one.
[[nodiscard]] inline Rect reach_of(std::span<const std::vector<Point>> lines, double beyond) {
  constexpr double far = std::numeric_limits<double>::infinity();
  Rect reach{far, far, -far, -far};
  for (const std::vector<Point>& line : lines) {
    for (const Point p : line) {
      if (!std::isfinite(p.x) || !std::isfinite(p.y)) return {-far, -far, far, far};
      reach = {std::min(reach.x0, p.x), std::min(reach.y0, p.y), std::max(reach.x1, p.x),
               std::max(reach.y1, p.y)};
    }
  }
  return {reach.x0 - beyond, reach.y0 - beyond, reach.x1 + beyond, reach.y1 + beyond};
}

/// The covered part of each pixel, 0 … 1, of one shape. A shape that crosses itself covers once, so
/// that a line with joints is as dark there as elsewhere.
class Coverage {
 public:
  /// Room for what lies within `reach`, and on the picture.
  /// \throws Error if a coordinate is not a number
  Coverage(const RgbImage& picture, const Rect& reach) {
    if (!(std::isfinite(reach.width()) && std::isfinite(reach.height()))) {
      throw Error("a drawing with a coordinate that is not a number", "Coverage",
                  "check the data drawn");
    }
    const auto pixel = [](double x, int most) {
      return static_cast<int>(std::clamp(x, 0.0, static_cast<double>(most)));
    };
    left_ = pixel(std::floor(reach.x0), picture.width);
    top_ = pixel(std::floor(reach.y0), picture.height);
    right_ = std::max(left_, pixel(std::ceil(reach.x1), picture.width));
    bottom_ = std::max(top_, pixel(std::ceil(reach.y1), picture.height));
    covered_.resize(static_cast<std::size_t>(right_ - left_) *
                    static_cast<std::size_t>(bottom_ - top_));
  }

  /// A line with round ends. A pixel whose centre is within half a pixel of the edge is partly
  /// covered.
  void segment(Point a, Point b, double width) {
    const double half = width / 2;
    const Point way{b.x - a.x, b.y - a.y};
    const double length2 = way.x * way.x + way.y * way.y;
    const auto first = [](double x, int least) {
      return std::max(least, static_cast<int>(std::floor(x)));
    };
    const auto last = [](double x, int most) {
      return std::min(most, static_cast<int>(std::ceil(x)));
    };
    const double reach = half + 1;
    const int y1 = last(std::max(a.y, b.y) + reach, bottom_);
    const int x1 = last(std::max(a.x, b.x) + reach, right_);
    for (int y = first(std::min(a.y, b.y) - reach, top_); y < y1; ++y) {
      for (int x = first(std::min(a.x, b.x) - reach, left_); x < x1; ++x) {
        const Point to{x + 0.5 - a.x, y + 0.5 - a.y};
        const double along =
            length2 > 0 ? std::clamp((to.x * way.x + to.y * way.y) / length2, 0.0, 1.0) : 0.0;
        const double away = std::hypot(to.x - along * way.x, to.y - along * way.y);
        raise(x, y, half + 0.5 - away);
      }
    }
  }

  /// The inside of closed lines, exactly: what they wind around in one direction more often than in
  /// the other. A line the other way round inside of another is a hole.
  void fill(std::span<const std::vector<Point>> outlines) {
    const auto width = static_cast<std::size_t>(right_ - left_);
    std::vector<float> turns((width + 2) * static_cast<std::size_t>(bottom_ - top_));
    for (const std::vector<Point>& outline : outlines) {
      for (std::size_t i = 0; i < outline.size(); ++i) {
        add_edge(turns, outline[i], outline[(i + 1) % outline.size()]);
      }
    }
    for (int y = top_; y < bottom_; ++y) {
      float sum = 0;
      const float* row = turns.data() + static_cast<std::size_t>(y - top_) * (width + 2);
      for (int x = left_; x < right_; ++x) {
        sum += *row++;
        raise(x, y, std::abs(sum));
      }
    }
  }

  /// Mixes the colour into the picture by what is covered.
  void paint(RgbImage& picture, Rgb colour, double opacity) const {
    for (int y = top_; y < bottom_; ++y) {
      for (int x = left_; x < right_; ++x) {
        const double part = opacity * std::min(1.0, static_cast<double>(covered_[index(x, y)]));
        if (part <= 0) continue;
        std::uint8_t* pixel = picture.pixel(x, y);
        const auto mix = [&](std::uint8_t& to, std::uint8_t from) {
          to = static_cast<std::uint8_t>(std::lround(to + part * (from - to)));
        };
        mix(pixel[0], colour.r);
        mix(pixel[1], colour.g);
        mix(pixel[2], colour.b);
      }
    }
  }

 private:
  [[nodiscard]] std::size_t index(int x, int y) const {
    return static_cast<std::size_t>(y - top_) * static_cast<std::size_t>(right_ - left_) +
           static_cast<std::size_t>(x - left_);
  }

  void raise(int x, int y, double part) {
    float& covered = covered_[index(x, y)];
    covered = std::max(covered, static_cast<float>(std::clamp(part, 0.0, 1.0)));
  }

  /// Adds to each pixel what an edge changes of it and of all that lie right of it in its row: the
  /// sums along a row are then the parts inside. What lies beside the picture counts at its border.
  void add_edge(std::vector<float>& turns, Point a, Point b) const {
    const double direction = a.y < b.y ? 1 : -1;
    if (a.y > b.y) std::swap(a, b);
    const double slope = (b.x - a.x) / (b.y - a.y);
    const double width = right_ - left_;
    const int last =
        static_cast<int>(std::clamp(std::ceil(b.y), -1.0, static_cast<double>(bottom_)));
    const double first = std::clamp(std::floor(a.y), -1.0, static_cast<double>(bottom_));
    for (int y = std::max(top_, static_cast<int>(first)); y < last; ++y) {
      const double begin = std::max(static_cast<double>(y), a.y);
      const double end = std::min(y + 1.0, b.y);
      if (!(end > begin)) continue;
      const auto at = [&](double level) {
        return std::clamp(a.x + (level - a.y) * slope - left_, 0.0, width);
      };
      const auto [low, high] = std::minmax({at(begin), at(end)});
      float* row = turns.data() + static_cast<std::size_t>(y - top_) *
                                      static_cast<std::size_t>(right_ - left_ + 2);
      for (double column = std::floor(low); column <= high; ++column) {
        const double from = std::max(low, column);
        const double to = std::min(high, column + 1);
        const double share = high > low ? (to - from) / (high - low) : 1;
        const double right_of = (from + to) / 2 - column;
        const double height = direction * (end - begin) * share;
        float* pixel = row + static_cast<std::size_t>(column);
        pixel[0] += static_cast<float>(height * (1 - right_of));
        pixel[1] += static_cast<float>(height * right_of);
      }
    }
  }

  int left_ = 0;
  int top_ = 0;
  int right_ = 0;
  int bottom_ = 0;
  std::vector<float> covered_;
};

}  // namespace infoflow
