// SPDX-License-Identifier: MIT
/// \file Heat painted over the picture that it belongs to.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <string>

#include <infoflow/core/error.hpp>
#include <infoflow/core/image.hpp>
#include <infoflow/core/image_layout.hpp>
#include <infoflow/core/painted_heat.hpp>
#include <infoflow/figure/colour_map.hpp>

namespace infoflow {

/// Colours for numbers in [0, 1].
template <class T>
concept ColourMap = requires(const T& map, float x) {
  { map(x) } -> std::same_as<Rgb>;
};

/// How heat covers the picture.
template <ColourMap Map = Turbo>
struct OverlayStyle {
  Map colours{};
  float weight = 0.5F;  ///< Of the colour; 0 shows the picture alone.
  /// picture + weight · colour, else (1 − weight) · picture + weight · colour
  bool added = false;
  float threshold = 0;  ///< Below this fraction of the maximum the picture stays as it is.
  Interpolation between = Interpolation::bilinear;  ///< Of intensity; mass is always spread evenly.
};

/// The look of the paper's Fig. 3 and 4: jet, 0.4 · heat + picture, nothing under half the maximum.
[[nodiscard]] inline OverlayStyle<Jet> paper_style() {
  return {.colours = {}, .weight = 0.4F, .added = true, .threshold = 0.5F};
}

namespace detail {

/// Grey stripes over a faded picture: these pixels were cropped away, the model never saw them.
inline void hatch(std::uint8_t* pixel, int x, int y) {
  const bool stripe = (x + y) % 8 < 2;
  for (int c = 0; c < 3; ++c) {
    pixel[c] = stripe ? std::uint8_t{110} : static_cast<std::uint8_t>((pixel[c] + 3 * 225) / 4);
  }
}

template <ColourMap Map>
void cover(std::uint8_t* pixel, float value, const OverlayStyle<Map>& style) {
  const Rgb colour = style.colours(value);
  const float rest = style.added ? 1.0F : 1.0F - style.weight;
  const float over[3] = {static_cast<float>(colour.r), static_cast<float>(colour.g),
                         static_cast<float>(colour.b)};
  for (int c = 0; c < 3; ++c) {
    const float mixed = rest * static_cast<float>(pixel[c]) + style.weight * over[c];
    pixel[c] = static_cast<std::uint8_t>(std::lround(std::min(mixed, 255.0F)));
  }
}

}  // namespace detail

/// The picture with heat over it.
/// \param heat     on a raster of the picture's size, from `paint`; unseen pixels are
///                 hatched
/// \param maximum  the heat that gets the last colour; give one for all maps that are compared.
///                 With 0 there is nothing to show and the picture stays as it is.
/// \throws Error if the raster has another size than the picture
template <ColourMap Map = Turbo>
[[nodiscard]] RgbImage overlay(const RgbImage& picture, const PixelHeat& heat, float maximum,
                               const OverlayStyle<Map>& style = {}) {
  if (heat.values.rows() != picture.height || heat.values.cols() != picture.width) {
    throw Error("heat of " + std::to_string(heat.values.cols()) + " × " +
                    std::to_string(heat.values.rows()) + " pixels over a picture of " +
                    std::to_string(picture.width) + " × " + std::to_string(picture.height),
                "overlay", "paint the heat on a raster of the picture's size");
  }
  RgbImage covered = picture;
  for (int y = 0; y < picture.height; ++y) {
    for (int x = 0; x < picture.width; ++x) {
      if (!heat.seen(y, x)) {
        detail::hatch(covered.pixel(x, y), x, y);
      } else if (maximum > 0 && heat.values(y, x) >= style.threshold * maximum) {
        detail::cover(covered.pixel(x, y), heat.values(y, x) / maximum, style);
      }
    }
  }
  return covered;
}

/// Heat per token over the picture, with its own maximum as the scale.
/// \param heat  [layout.token_count()]; CAM is intensity, attention is mass
template <ColourMap Map = Turbo>
[[nodiscard]] RgbImage overlay(const RgbImage& picture, const ImageLayout& layout,
                               const HostVector& heat, HeatKind kind,
                               const OverlayStyle<Map>& style = {}) {
  const PixelHeat painted = paint(layout, heat, kind, style.between, picture.width, picture.height);
  return overlay(picture, painted, painted.values.size() > 0 ? painted.values.maxCoeff() : 0.0F,
                 style);
}

}  // namespace infoflow
