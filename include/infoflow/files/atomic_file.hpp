// SPDX-License-Identifier: MIT
/// \file Files that are either complete or not there.
#pragma once

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include <infoflow/core/error.hpp>

namespace infoflow {

/// \throws Error that says why `path` could not be written: its folder is missing, or what errno says
[[noreturn]] inline void refuse_to_write(const std::filesystem::path& path) {
  const int reason = errno;
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder, ignored)) {
    throw Error("cannot write: there is no folder " + folder.string(), path.string(),
                "create the folder or give another path");
  }
  throw Error(std::string("cannot write: ") + (reason != 0 ? std::strerror(reason) : "it failed"),
              path.string(), "check the folder's permissions and the space left");
}

namespace detail {

template <class Write>
void write_to(const std::filesystem::path& file, const std::filesystem::path& named, Write& write) {
  errno = 0;
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  if (!out) refuse_to_write(named);
  write(static_cast<std::ostream&>(out));
  out.close();
  if (!out) refuse_to_write(named);
}

/// A name beside `path` that another process or thread writing the same file will not take as well: of
/// this nanosecond and of a place in this one's memory. (std::random_device makes 1 % of the report.)
inline std::filesystem::path partial_name(const std::filesystem::path& path) {
  std::filesystem::path partial = path;
  std::timespec now{};
  (void)std::timespec_get(&now, TIME_UTC);
  partial += ".partial-" + std::to_string(now.tv_sec) + '-' + std::to_string(now.tv_nsec) + '-' +
             std::to_string(reinterpret_cast<std::uintptr_t>(&partial));
  return partial;
}

}  // namespace detail

/// Calls `write(std::ostream&)` on a new file beside `path`, which then takes the place of `path`
/// in one step: whoever opens `path` finds the old content or all of the new one. If writing fails
/// or `write` throws, the old content stays and nothing is left behind. A link is followed; a device
/// such as /dev/null is written to directly.
/// \throws Error if the folder is missing, `path` is a folder, or the file cannot be written
template <class Write>
void write_atomically(const std::filesystem::path& path, Write&& write) {
  std::error_code failed;
  const auto status = std::filesystem::status(path, failed);
  if (std::filesystem::is_directory(status)) {
    throw Error("cannot write: this is a folder", path.string(), "give the path of a file");
  }
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    detail::write_to(path, path, write);
    return;
  }
  std::filesystem::path target = std::filesystem::canonical(path, failed);
  if (failed) target = path;
  const std::filesystem::path partial = detail::partial_name(target);
  try {
    detail::write_to(partial, path, write);
    std::filesystem::rename(partial, target, failed);
    if (failed) {
      errno = failed.value();
      refuse_to_write(path);
    }
  } catch (...) {
    std::filesystem::remove(partial, failed);
    throw;
  }
}

/// The text or bytes as the whole content of `path`; see above.
inline void write_file(const std::filesystem::path& path, std::string_view content) {
  write_atomically(path, [&](std::ostream& out) {
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
  });
}

inline void write_file(const std::filesystem::path& path, std::span<const std::uint8_t> content) {
  write_file(path, std::string_view(reinterpret_cast<const char*>(content.data()), content.size()));
}

/// Creates the folder and its parents where they are missing.
/// \throws Error if that is impossible, or a file is in the way
inline void ensure_directory(const std::filesystem::path& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (std::filesystem::is_directory(folder)) return;
  throw Error("cannot create the folder" + (failed ? ": " + failed.message() : ""), folder.string(),
              "give a folder that can be created");
}

}  // namespace infoflow
