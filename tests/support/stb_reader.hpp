// SPDX-License-Identifier: MIT
/// \file Pictures as stb_image decodes them: another rounding, other rules for alpha and CMYK, and
/// a fault in the last column of 4:2:2. What holds values against Pillow's must reject it.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#include <stb_image.h>

#include <infoflow/core/image.hpp>

namespace infoflow_tests {

inline infoflow::RgbImage read_by_stb(const std::vector<std::uint8_t>& bytes) {
  infoflow::RgbImage image;
  int in_file = 0;
  const std::unique_ptr<stbi_uc, decltype(&stbi_image_free)> pixels(
      stbi_load_from_memory(bytes.data(), static_cast<int>(bytes.size()), &image.width,
                            &image.height, &in_file, 3),
      &stbi_image_free);
  if (pixels == nullptr) return {};
  image.values.assign(pixels.get(), pixels.get() + std::ptrdiff_t{3} * image.width * image.height);
  return image;
}

}  // namespace infoflow_tests
