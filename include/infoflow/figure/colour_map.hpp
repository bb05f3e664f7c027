// SPDX-License-Identifier: MIT
/// \file Colours for numbers in [0, 1].
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

namespace infoflow {

struct Rgb {
  std::uint8_t r = 0;
  std::uint8_t g = 0;
  std::uint8_t b = 0;

  friend constexpr bool operator==(const Rgb&, const Rgb&) = default;
};

namespace detail {

inline std::uint8_t colour_byte(float unit) {
  return static_cast<std::uint8_t>(std::lround(255.0F * std::clamp(unit, 0.0F, 1.0F)));
}

/// What is not a number is painted as 0; a map that may hold such values masks them beforehand.
inline float unit_interval(float x) {
  return x > 0 ? std::min(x, 1.0F) : 0.0F;
}

/// c[0] + c[1] x + … + c[8] x⁸
inline float polynomial(const std::array<float, 9>& c, float x) {
  float sum = 0;
  for (auto power = c.rbegin(); power != c.rend(); ++power) sum = sum * x + *power;
  return sum;
}

}  // namespace detail

/// Turbo, from dark blue over green to dark red: even steps look even, unlike jet's bands.
///
/// Polynomials fitted to the 256 colours that A. Mikhailov published ("Turbo, an improved rainbow
/// colormap for visualization", 2019): on average 3 levels away, at most 11.
struct Turbo {
  [[nodiscard]] Rgb operator()(float value) const {
    const float x = detail::unit_interval(value);
    return {detail::colour_byte(detail::polynomial(red, x)),
            detail::colour_byte(detail::polynomial(green, x)),
            detail::colour_byte(detail::polynomial(blue, x))};
  }

 private:
  static constexpr std::array<float, 9> red{0.23162F,    -3.17251F,    95.10729F,
                                            -849.04758F, 3350.55799F,  -6804.21602F,
                                            7491.51598F, -4271.88404F, 991.40384F};
  static constexpr std::array<float, 9> green{0.06737F,    3.44004F,    -12.00361F,
                                              88.52495F,   -342.75747F, 698.39974F,
                                              -819.14508F, 520.66175F,  -137.17840F};
  static constexpr std::array<float, 9> blue{0.22160F,     8.46689F,     -37.70638F,
                                             190.14297F,   -1016.49340F, 2844.24748F,
                                             -3996.09666F, 2742.27245F,  -735.07049F};
};

/// Jet, the rainbow of the paper's figures: three tents of height 1.5, cut at 1.
struct Jet {
  [[nodiscard]] Rgb operator()(float value) const {
    const float x = 4 * detail::unit_interval(value);
    return {detail::colour_byte(1.5F - std::abs(x - 3)),
            detail::colour_byte(1.5F - std::abs(x - 2)),
            detail::colour_byte(1.5F - std::abs(x - 1))};
  }
};

}  // namespace infoflow
