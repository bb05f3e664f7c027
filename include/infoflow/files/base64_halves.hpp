// SPDX-License-Identifier: MIT
/// \file Numbers as half floats in text that may stand inside a page.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <Eigen/Core>

#include <infoflow/files/base64.hpp>

namespace infoflow {

/// The values, times `scale`, as little-endian half floats in base64: two bytes and about three
/// decimal digits a value. Values beyond ±65504 / scale become infinite: choose the scale for the
/// data.
[[nodiscard]] inline std::string base64_halves(std::span<const float> values, float scale) {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(2 * values.size());
  for (const float value : values) {
    const std::uint16_t bits = Eigen::half(value * scale).x;
    bytes.push_back(static_cast<std::uint8_t>(bits & 0xFF));
    bytes.push_back(static_cast<std::uint8_t>(bits >> 8));
  }
  return base64(bytes);
}

}  // namespace infoflow
