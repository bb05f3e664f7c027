// SPDX-License-Identifier: MIT
/// \file How much each pixel of a row (or column) takes from each patch along it.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include <infoflow/core/token_partition.hpp>

namespace infoflow {

/// What one pixel takes from neighbouring patches: weight[k] from patch first + k.
struct PixelTake {
  Index first = 0;
  std::vector<float> weights;
};

/// Along one axis, a pixel is the interval [begin, end) in units of patches: patch k is [k, k + 1).
struct PixelInterval {
  double begin = 0;
  double end = 0;
};

/// The parts of each patch that the pixel covers. Law: summed over pixels that tile the patches,
/// each patch is taken exactly once, so mass is conserved.
[[nodiscard]] inline PixelTake take_overlap(PixelInterval pixel, Index patches) {
  PixelTake take;
  take.first = std::max<Index>(0, static_cast<Index>(std::floor(pixel.begin)));
  const Index last = std::min(patches - 1, static_cast<Index>(std::floor(pixel.end)));
  for (Index k = take.first; k <= last; ++k) {
    const double lower = std::max(pixel.begin, static_cast<double>(k));
    const double upper = std::min(pixel.end, static_cast<double>(k + 1));
    take.weights.push_back(static_cast<float>(std::max(0.0, upper - lower)));
  }
  return take;
}

/// The patch under the pixel's centre; nothing outside the patches.
[[nodiscard]] inline PixelTake take_nearest(PixelInterval pixel, Index patches) {
  const double centre = (pixel.begin + pixel.end) / 2;
  if (centre < 0 || centre >= static_cast<double>(patches)) return {};
  return {static_cast<Index>(centre), {1}};
}

/// The two patches whose centres enclose the pixel's centre, linearly; constant beyond the outermost
/// centres, nothing outside the patches. Law: weights sum to 1 inside.
[[nodiscard]] inline PixelTake take_bilinear(PixelInterval pixel, Index patches) {
  const double centre = (pixel.begin + pixel.end) / 2;
  if (centre < 0 || centre >= static_cast<double>(patches)) return {};
  const double at = std::clamp(centre - 0.5, 0.0, static_cast<double>(patches - 1));
  const auto left = static_cast<Index>(at);
  const auto right_weight = static_cast<float>(at - static_cast<double>(left));
  if (left + 1 >= patches) return {left, {1}};
  return {left, {1 - right_weight, right_weight}};
}

}  // namespace infoflow
