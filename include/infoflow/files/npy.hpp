// SPDX-License-Identifier: MIT
/// \file Float arrays as .npy files, which numpy.load reads.
#pragma once

#include <bit>
#include <cstdint>
#include <filesystem>
#include <ostream>
#include <span>
#include <string>

#include <infoflow/core/error.hpp>
#include <infoflow/files/atomic_file.hpp>
#include <infoflow/files/shape.hpp>

namespace infoflow {

/// Writes `values` as a float32 array in row-major order (format version 1.0).
/// \param shape  any number of dimensions; none for a single number
/// \throws Error if the shape does not hold exactly `values`, or the file cannot be written
inline void write_npy(const std::filesystem::path& path, std::span<const std::int64_t> shape,
                      std::span<const float> values) {
  static_assert(std::endian::native == std::endian::little, "the format is written as it lies");
  if (!shape_holds(shape, values.size())) {
    throw Error("the shape does not hold " + std::to_string(values.size()) + " values",
                path.string(), "give the array's own shape");
  }
  std::string tuple;
  for (const std::int64_t length : shape) tuple += std::to_string(length) + ", ";
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + tuple + "), }";
  // Magic, version and length take 10 bytes; the data begin at a multiple of 64.
  while ((10 + header.size() + 1) % 64 != 0) header += ' ';
  header += '\n';
  const auto length = static_cast<std::uint16_t>(header.size());
  const std::string begin = std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(length & 0xFF) +
                            static_cast<char>(length >> 8) + header;
  write_atomically(path, [&](std::ostream& out) {
    out.write(begin.data(), static_cast<std::streamsize>(begin.size()));
    out.write(reinterpret_cast<const char*>(values.data()),
              static_cast<std::streamsize>(values.size_bytes()));
  });
}

}  // namespace infoflow
