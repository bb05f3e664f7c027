// SPDX-License-Identifier: MIT
/// \file The orientation that a camera noted in a picture's EXIF data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace infoflow::detail {

/// The orientation tag (0x0112) of the first directory, 1 … 8. `tiff` is the EXIF block without the
/// "Exif\0\0" that a JPEG puts before it. Broken or absent: no value, never a picture refused.
[[nodiscard]] inline std::optional<int> exif_orientation(std::span<const std::uint8_t> tiff) {
  if (tiff.size() < 8 || tiff[0] != tiff[1] || (tiff[0] != 'I' && tiff[0] != 'M')) {
    return std::nullopt;
  }
  const bool little = tiff[0] == 'I';
  const auto u16 = [&](std::size_t at) -> std::size_t {
    if (at + 2 > tiff.size()) return 0;
    return little ? tiff[at] | tiff[at + 1] << 8 : tiff[at] << 8 | tiff[at + 1];
  };
  const std::size_t directory = little ? u16(6) << 16 | u16(4) : u16(4) << 16 | u16(6);
  for (std::size_t i = 0, entries = u16(directory); i < entries; ++i) {
    const std::size_t entry = directory + 2 + 12 * i;
    if (u16(entry) != 0x0112) continue;
    const std::size_t value = u16(entry + 8);
    const bool one_short = u16(entry + 2) == 3;
    if (one_short && 1 <= value && value <= 8) return static_cast<int>(value);
    return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace infoflow::detail
