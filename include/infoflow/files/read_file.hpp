// SPDX-License-Identifier: MIT
/// \file A whole file in memory, or one line that says why not.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <infoflow/core/error.hpp>
#include <infoflow/files/stand_in_file.hpp>

namespace infoflow {

/// The bytes of a regular file.
/// \param wanted  what the file should be, for the error: "a PNG or JPEG picture"
/// \throws Error if the path is missing, a folder, a device or pipe (these may never end), empty,
///         larger than `most_bytes`, unreadable, or stands for another (see refuse_stand_in)
[[nodiscard]] inline std::vector<std::uint8_t> read_file(const std::filesystem::path& path,
                                                         const std::string& wanted,
                                                         std::uintmax_t most_bytes) {
  const std::string where = path.string();
  std::error_code failed;
  const auto status = std::filesystem::status(path, failed);
  if (!std::filesystem::exists(status)) {
    throw Error("no such file", where, "give the path of " + wanted);
  }
  if (std::filesystem::is_directory(status)) {
    throw Error("this is a folder", where, "give the path of " + wanted);
  }
  if (!std::filesystem::is_regular_file(status)) {
    throw Error("this is a device or a pipe", where, "give the path of " + wanted);
  }
  const std::uintmax_t size = std::filesystem::file_size(path, failed);
  if (failed) throw Error("the file's size cannot be read", where, "check its permissions");
  if (size == 0) throw Error("the file is empty", where, "give the path of " + wanted);
  if (size > most_bytes) {
    throw Error("the file has " + std::to_string(size) + " bytes", where,
                "give " + wanted + " of at most " + std::to_string(most_bytes) + " bytes");
  }
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size));
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!file) throw Error("the file cannot be read", where, "check its permissions");
  refuse_stand_in(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()),
                  where);
  return bytes;
}

}  // namespace infoflow
