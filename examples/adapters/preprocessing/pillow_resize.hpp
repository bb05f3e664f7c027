// SPDX-License-Identifier: MIT
/// \file Pillow's resize of 8-bit pictures, bit for bit (Pillow 12).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include <infoflow/core/error.hpp>
#include <infoflow/core/image.hpp>

namespace infoflow::adapters {

/// Pillow's numbers for its filters, as "resample" in an image processor's file. Nearest (0) is not
/// here: it takes another way.
enum class Filter { lanczos = 1, bilinear = 2, bicubic = 3, box = 4, hamming = 5 };

namespace detail {

/// Half the width of a filter on pictures that are not reduced.
[[nodiscard]] constexpr double filter_support(Filter filter) {
  switch (filter) {
    case Filter::lanczos: return 3;
    case Filter::bicubic: return 2;
    case Filter::bilinear:
    case Filter::hamming: return 1;
    case Filter::box: return 0.5;
  }
  return 0;
}

[[nodiscard]] inline double sinc(double x) {
  if (x == 0) return 1;
  x *= std::numbers::pi;
  return std::sin(x) / x;
}

[[nodiscard]] inline double filter_weight(Filter filter, double x) {
  const double d = std::abs(x);
  switch (filter) {
    case Filter::lanczos: return -3 <= x && x < 3 ? sinc(x) * sinc(x / 3) : 0;
    case Filter::bilinear: return d < 1 ? 1 - d : 0;
    case Filter::bicubic: {
      constexpr double a = -0.5;
      if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
      return d < 2 ? (((d - 5) * d + 8) * d - 4) * a : 0;
    }
    case Filter::box: return -0.5 < x && x <= 0.5 ? 1 : 0;
    case Filter::hamming: {
      if (d == 0 || d >= 1) return d == 0 ? 1 : 0;
      const double angle = d * std::numbers::pi;
      return std::sin(angle) / angle * (0.54 + 0.46 * std::cos(angle));
    }
  }
  return 0;
}

/// Bits behind the point of a weight: 32, less 8 of a value and 2 for sums beyond its range.
inline constexpr int weight_bits = 32 - 8 - 2;

/// What one output pixel takes along one axis: weights of the input pixels from `first` on.
struct Taps {
  int first;
  std::vector<std::int32_t> weights;
};

[[nodiscard]] inline std::vector<Taps> axis_taps(int input, int output, Filter filter) {
  const double scale = static_cast<double>(input) / output;
  const double widening = std::max(scale, 1.0);
  const double support = filter_support(filter) * widening;
  const double narrowing = 1.0 / widening;
  std::vector<Taps> taps;
  taps.reserve(static_cast<std::size_t>(output));
  for (int i = 0; i < output; ++i) {
    const double center = (i + 0.5) * scale;
    const int first = std::max(static_cast<int>(center - support + 0.5), 0);
    const int end = std::min(static_cast<int>(center + support + 0.5), input);
    std::vector<double> weights;
    double sum = 0;
    for (int x = first; x < end; ++x) {
      weights.push_back(filter_weight(filter, (x - center + 0.5) * narrowing));
      sum += weights.back();
    }
    Taps& tap = taps.emplace_back(Taps{first, {}});
    for (const double weight : weights) {
      const double scaled = (sum == 0 ? weight : weight / sum) * (1 << weight_bits);
      tap.weights.push_back(static_cast<std::int32_t>(scaled < 0 ? scaled - 0.5 : scaled + 0.5));
    }
  }
  return taps;
}

/// Sums one pixel's three channels; `step` is the distance of neighbours in values.
inline void apply_taps(const Taps& taps, const std::uint8_t* first, std::size_t step,
                       std::uint8_t* out) {
  for (int channel = 0; channel < 3; ++channel) {
    std::int32_t sum = 1 << (weight_bits - 1);
    const std::uint8_t* value = first + channel;
    for (const std::int32_t weight : taps.weights) {
      sum += *value * weight;
      value += step;
    }
    out[channel] = static_cast<std::uint8_t>(std::clamp(sum >> weight_bits, 0, 255));
  }
}

[[nodiscard]] inline RgbImage resize_columns(const RgbImage& image, int width, Filter filter,
                                             int first_row, int rows) {
  const std::vector<Taps> taps = axis_taps(image.width, width, filter);
  RgbImage result(width, rows);
  for (int y = 0; y < rows; ++y) {
    for (int x = 0; x < width; ++x) {
      const Taps& tap = taps[static_cast<std::size_t>(x)];
      apply_taps(tap, image.pixel(tap.first, first_row + y), 3, result.pixel(x, y));
    }
  }
  return result;
}

/// Both passes, along rows first; an axis that keeps its size is left alone.
[[nodiscard]] inline RgbImage resize_both(const RgbImage& image, int width, int height,
                                          Filter filter) {
  const std::vector<Taps> rows = axis_taps(image.height, height, filter);
  // The second pass reads only these rows; the first makes no others.
  const bool vertical = height != image.height;
  const int first = vertical ? rows.front().first : 0;
  const int end =
      vertical ? rows.back().first + static_cast<int>(rows.back().weights.size()) : image.height;
  RgbImage wide =
      width == image.width ? image : resize_columns(image, width, filter, first, end - first);
  if (!vertical) return wide;
  const int skipped = width == image.width ? 0 : first;
  RgbImage result(width, height);
  const std::size_t step = 3 * static_cast<std::size_t>(width);
  for (int y = 0; y < height; ++y) {
    const Taps& tap = rows[static_cast<std::size_t>(y)];
    for (int x = 0; x < width; ++x) {
      apply_taps(tap, wide.pixel(x, tap.first - skipped), step, result.pixel(x, y));
    }
  }
  return result;
}

}  // namespace detail

/// `Image.resize((width, height), filter)` of Pillow 12 on an RGB picture: first along rows,
/// rounded to 8 bits, then along columns; the other way round for a picture more than a hundred
/// times as high as wide that gets lower. Reducing averages over all pixels that an output pixel
/// covers. (Pillow 13 begins with columns for more pictures, which changes some last bits; models
/// were trained on pictures of this order.)
/// \throws Error if a size is not positive
[[nodiscard]] inline RgbImage pillow_resize(const RgbImage& image, int width, int height,
                                            Filter filter) {
  if (std::min({image.width, image.height, width, height}) <= 0) {
    throw Error("cannot resize a picture of " + std::to_string(image.width) + " × " +
                    std::to_string(image.height) + " to " + std::to_string(width) + " × " +
                    std::to_string(height),
                "pillow_resize", "give sizes of at least one pixel");
  }
  if (image.height / 100.0 > image.width && height < image.height) {
    return detail::resize_both(detail::resize_both(image, image.width, height, filter), width,
                               height, filter);
  }
  return detail::resize_both(image, width, height, filter);
}

}  // namespace infoflow::adapters
