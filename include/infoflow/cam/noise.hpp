// SPDX-License-Identifier: MIT
/// \file Noise on pictures (eq. 4).
#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <vector>

#include <infoflow/core/image.hpp>
#include <infoflow/core/random.hpp>

namespace infoflow {

/// `noise(pixels, view, stream)` adds noise to one view of a picture; `view` numbers the views of a
/// prompt, so that no two share values of the stream.
template <class N>
concept PixelNoise = requires(const N& noise, PixelImage& pixels, const RandomStream& stream) {
  { noise(pixels, 0, stream) } -> std::same_as<void>;
};

/// x + N(0, σ²), independent per value, unclipped (eq. 4). σ is a standard deviation in [0, 1] pixel
/// units: the pictures of a prompt are after resize, crop and pad and before mean and std.
struct GaussianNoise {
  float sigma = 0.1F;

  void operator()(PixelImage& pixels, int view, const RandomStream& stream) const {
    const std::uint64_t first = static_cast<std::uint64_t>(view) << 40;
    for (std::size_t i = 0; i < pixels.values.size(); ++i) {
      pixels.values[i] += sigma * static_cast<float>(stream.normal(first + i));
    }
  }
};

/// All pictures of a prompt with noise from one stream.
template <PixelNoise Noise>
[[nodiscard]] std::vector<PixelImage> with_noise(std::span<const PixelImage> pictures,
                                                 const Noise& noise, const RandomStream& stream) {
  std::vector<PixelImage> noisy(pictures.begin(), pictures.end());
  for (std::size_t i = 0; i < noisy.size(); ++i) noise(noisy[i], static_cast<int>(i), stream);
  return noisy;
}

}  // namespace infoflow
