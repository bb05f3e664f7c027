// SPDX-License-Identifier: MIT
/// \file The smallest types that fit the CAM's concepts, compiled: copy one to begin a weighting.
#pragma once

#include <string_view>

#include <infoflow/adapter/archetypes.hpp>
#include <infoflow/cam/channel_weighting.hpp>
#include <infoflow/cam/noise.hpp>

namespace infoflow::archetypes {

/// ChannelWeighting.
struct Weighting {
  std::string_view name() const;
  template <MatrixTensor T>
  T operator()(const T& features, const T& gradients) const;
};

/// PixelNoise.
struct Noise {
  void operator()(PixelImage& pixels, int image, const RandomStream& stream) const;
};

static_assert(ChannelWeighting<Weighting, Matrix>);
static_assert(PixelNoise<Noise>);

}  // namespace infoflow::archetypes
