// SPDX-License-Identifier: MIT
/// \file How much of each pixel a line or a polygon covers, and painting with it.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <infoflow/core/error.hpp>
#include <infoflow/core/image.hpp>
#include <infoflow/core/preprocessing.hpp>
#include <infoflow/io/colour_map.hpp>

namespace infoflow {

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

  /// The inside of a polygon (even-odd), from four scan lines per pixel.
  void polygon(std::span<const Point> corners) {
    constexpr int lines = 4;
    std::vector<double> crossings;
    for (int y = top_; y < bottom_; ++y) {
      for (int line = 0; line < lines; ++line) {
        const double at = y + (line + 0.5) / lines;
        crossings.clear();
        for (std::size_t i = 0; i < corners.size(); ++i) {
          const Point a = corners[i];
          const Point b = corners[(i + 1) % corners.size()];
          if ((a.y <= at) == (b.y <= at)) continue;
          crossings.push_back(a.x + (b.x - a.x) * (at - a.y) / (b.y - a.y));
        }
        std::sort(crossings.begin(), crossings.end());
        for (std::size_t i = 0; i + 1 < crossings.size(); i += 2) {
          span(y, crossings[i], crossings[i + 1], 1.0 / lines);
        }
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

  void span(int y, double x0, double x1, double weight) {
    x0 = std::max(x0, static_cast<double>(left_));
    x1 = std::min(x1, static_cast<double>(right_));
    for (int x = static_cast<int>(x0); x < right_ && x < x1; ++x) {
      const double width = std::min(x1, x + 1.0) - std::max(x0, static_cast<double>(x));
      covered_[index(x, y)] += static_cast<float>(weight * std::max(0.0, width));
    }
  }

  int left_ = 0;
  int top_ = 0;
  int right_ = 0;
  int bottom_ = 0;
  std::vector<float> covered_;
};

}  // namespace infoflow
