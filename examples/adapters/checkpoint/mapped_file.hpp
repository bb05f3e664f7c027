// SPDX-License-Identifier: MIT
/// \file A file's bytes, mapped into memory for as long as somebody holds them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#if __has_include(<sys/mman.h>)
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#define INFOFLOW_HAS_MMAP 1
#else
#include <limits>
#include <vector>

#include <infoflow/files/read_file.hpp>
#endif

#include <infoflow/core/error.hpp>
#include <infoflow/files/stand_in_file.hpp>

namespace infoflow::adapters {

/// Read-only bytes of a whole regular file. Pages are read when touched and shared between
/// processes; where the system has no mmap, the file is read as a whole.
///
/// The file must not shrink while it is mapped: the system answers a touch of lost pages by SIGBUS.
class MappedFile {
 public:
  /// \throws Error if the file is missing, empty, no regular file, cannot be mapped, or stands for
  ///         another (see refuse_stand_in)
  [[nodiscard]] static std::shared_ptr<const MappedFile> open(const std::filesystem::path& path) {
    std::shared_ptr<const MappedFile> file(new MappedFile(path));
    // The length before the header of safetensors may look like the beginning of anything.
    const std::string_view text = file->text();
    // And torch's pickles are zip files: who reads weights can say so.
    const bool archive = text.starts_with("PK\3\4");
    if (!archive && (text.size() <= 8 || text[8] != '{')) refuse_stand_in(text, file->path());
    return file;
  }

  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }
  [[nodiscard]] std::string_view text() const {
    return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
  }

#ifdef INFOFLOW_HAS_MMAP
  ~MappedFile() { ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size()); }

 private:
  explicit MappedFile(const std::filesystem::path& path) : path_(path.string()) {
    std::error_code failed;
    // Checked before opening: opening a pipe would wait for a writer.
    if (!std::filesystem::is_regular_file(path, failed)) {
      throw Error("no such file, or not a regular one", path_, "check the path");
    }
    const std::uintmax_t size = std::filesystem::file_size(path, failed);
    if (failed || size == 0) throw Error("the file is empty", path_, "fetch it anew");
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) throw Error("the file cannot be opened", path_, "check its permissions");
    void* address =
        ::mmap(nullptr, static_cast<std::size_t>(size), PROT_READ, MAP_PRIVATE, file, 0);
    ::close(file);
    if (address == MAP_FAILED) {
      throw Error("the file cannot be mapped into memory", path_, "check `ulimit -v`");
    }
    bytes_ = {static_cast<const std::byte*>(address), static_cast<std::size_t>(size)};
  }
#else
  ~MappedFile() = default;

 private:
  explicit MappedFile(const std::filesystem::path& path)
      : path_(path.string()),
        buffer_(read_file(path, "a file of weights", std::numeric_limits<std::uintmax_t>::max())),
        bytes_(std::as_bytes(std::span(buffer_))) {}
#endif

  std::string path_;
#ifndef INFOFLOW_HAS_MMAP
  std::vector<std::uint8_t> buffer_;
#endif
  std::span<const std::byte> bytes_;
};

}  // namespace infoflow::adapters
