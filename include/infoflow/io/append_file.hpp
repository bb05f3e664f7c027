// SPDX-License-Identifier: MIT
/// \file A file that only grows, on disk before the next step, by one process at a time (POSIX).
#pragma once

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <infoflow/core/error.hpp>
#include <infoflow/io/atomic_file.hpp>

namespace infoflow {

/// Opens the file, or creates it, and holds an exclusive lock on it (flock) until destroyed. The
/// system frees the lock when the process ends, however it ends. Between machines that share a
/// folder the lock holds as far as the file system passes it on; NFS does since Linux 2.6.12.
class AppendFile {
 public:
  /// \throws Error if the file cannot be written, is no regular file, or another process holds it
  explicit AppendFile(std::filesystem::path path) : path_(std::move(path)) {
    descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666);
    if (descriptor_ < 0) detail::refuse_to_write(path_);
    try {
      lock();
      struct stat status {};
      if (::fstat(descriptor_, &status) != 0) detail::refuse_to_write(path_);
      if (!S_ISREG(status.st_mode)) {
        throw Error("this is a device or a pipe", path_.string(), "give the path of a file");
      }
      size_ = status.st_size;
      if (size_ == 0) sync_folder();
    } catch (...) {
      ::close(descriptor_);
      throw;
    }
  }
  ~AppendFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  AppendFile(AppendFile&& other) noexcept
      : path_(std::move(other.path_)),
        descriptor_(std::exchange(other.descriptor_, -1)),
        size_(other.size_) {}
  AppendFile& operator=(AppendFile&&) = delete;

  [[nodiscard]] std::uintmax_t size() const { return static_cast<std::uintmax_t>(size_); }

  /// Adds all of `bytes` and returns once they are on disk. If that fails, the file ends where it
  /// ended before, as far as the system still allows it.
  /// \throws Error if the disk is full or fails
  void append(std::string_view bytes) {
    off_t at = size_;
    while (!bytes.empty()) {
      errno = 0;
      const ssize_t written = ::pwrite(descriptor_, bytes.data(), bytes.size(), at);
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) give_up();
      bytes.remove_prefix(static_cast<std::size_t>(written));
      at += written;
    }
    if (!synced(descriptor_)) give_up();
    size_ = at;
  }

  /// Cuts the file's end off. \throws Error if that fails
  void truncate(std::uintmax_t size) {
    size_ = static_cast<off_t>(size);
    if (::ftruncate(descriptor_, size_) != 0 || !synced(descriptor_))
      detail::refuse_to_write(path_);
  }

 private:
  void lock() const {
    while (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
      if (errno == EINTR) continue;
      if (errno != EWOULDBLOCK) detail::refuse_to_write(path_);
      throw Error("another process is writing this file", path_.string(),
                  "wait for it to end, or give another folder");
    }
  }

  /// A new file's name is on disk only when its folder is.
  void sync_folder() const {
    const std::filesystem::path folder = path_.has_parent_path() ? path_.parent_path() : ".";
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) detail::refuse_to_write(path_);
    const bool done = synced(descriptor);
    ::close(descriptor);
    if (!done) detail::refuse_to_write(path_);
  }

  /// Some file systems cannot sync folders or special files and say EINVAL: nothing more can be
  /// done.
  [[nodiscard]] static bool synced(int descriptor) {
    while (::fsync(descriptor) != 0) {
      if (errno == EINVAL) return true;
      if (errno != EINTR) return false;
    }
    return true;
  }

  [[noreturn]] void give_up() const {
    const int reason = errno;
    // Should this fail as well, a reader still recognises the torn line.
    [[maybe_unused]] const int ignored = ::ftruncate(descriptor_, size_);
    errno = reason;
    detail::refuse_to_write(path_);
  }

  std::filesystem::path path_;
  int descriptor_ = -1;
  off_t size_ = 0;
};

}  // namespace infoflow
