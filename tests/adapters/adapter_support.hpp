// SPDX-License-Identifier: MIT
/// \file What the tests of the adapters' parts share: goldens, folders that vanish, drawn pictures.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <random>
#include <span>
#include <string>
#include <utility>

#include <catch_compat.hpp>

#include <adapters/checkpoint/json_file.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/core/image.hpp>

namespace adapter_tests {

using infoflow::adapters::Json;

/// A file of tests/golden/adapters; its README is the docstring of make_adapter_goldens.py.
inline Json golden(const std::string& name) {
  return infoflow::adapters::read_json(std::string(INFOFLOW_SOURCE_DIR) +
                                       "/tests/golden/adapters/" + name);
}

/// An empty folder that is removed with all in it.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::random_device seed;
    do {
      path_ = std::filesystem::temp_directory_path() / ("infoflow_" + std::to_string(seed()));
    } while (!std::filesystem::create_directory(path_));
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  std::filesystem::path write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path_ / name, std::ios::binary) << bytes;
    return path_ / name;
  }
  std::filesystem::path write(const std::string& name, const Json& json) const {
    return write(name, json.dump());
  }

 private:
  std::filesystem::path path_;
};

/// The message of the infoflow::Error that `run` throws; empty if it throws none.
template <class Run>
std::string error_of(Run&& run) {
  try {
    std::forward<Run>(run)();
  } catch (const infoflow::Error& error) {
    return error.what();
  }
  return "";
}

/// The picture of draw_picture() in make_adapter_goldens.py.
inline infoflow::RgbImage draw_picture(int width, int height, std::uint32_t seed) {
  infoflow::RgbImage picture(width, height);
  for (std::uint32_t y = 0; y < static_cast<std::uint32_t>(height); ++y) {
    for (std::uint32_t x = 0; x < static_cast<std::uint32_t>(width); ++x) {
      for (std::uint32_t c = 0; c < 3; ++c) {
        const std::uint32_t noise = (x * 73856093U) ^ (y * 19349663U) ^ ((c + seed) * 83492791U);
        const std::array<std::uint32_t, 3> kinds{(noise * 2654435761U) >> 24U,
                                                 (x * 5 + y * (3 + c) + seed) % 256,
                                                 ((x / 7 + y / 5 + c) % 2) * 255};
        picture.pixel(static_cast<int>(x), static_cast<int>(y))[c] =
            static_cast<std::uint8_t>(kinds[(seed + x / 16) % 3]);
      }
    }
  }
  return picture;
}

/// zlib's CRC-32.
inline std::uint32_t crc32(std::span<const std::byte> bytes) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const std::byte byte : bytes) {
    crc ^= static_cast<std::uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1U ^ (crc & 1U ? 0xEDB88320U : 0U);
  }
  return ~crc;
}

}  // namespace adapter_tests
