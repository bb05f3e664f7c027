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
#include <infoflow/files/atomic_file.hpp>

namespace infoflow {

/// Opens the file, or creates it, and holds an exclusive lock on it (flock) until destroyed. The
/// system frees the lock when the process ends, however it ends. Between machines that share a
/// folder the lock holds as far as the file system passes it on; NFS does since Linux 2.6.12.
class AppendFile {
 public:
  /// \throws Error if the file cannot be written, is no regular file, or another process holds it
  explicit AppendFile(std::filesystem::path path) : path_(std::move(path)) {
    descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666);
    if (descriptor_ < 0) refuse_to_write(path_);
    try {
      lock();
      struct stat status{};
      if (::fstat(descriptor_, &status) != 0) refuse_to_write(path_);
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
  /// ended before, as far as the system still allows it. A file that was removed meanwhile, as with
  /// its folder, is written again as a whole: what is in it was said to be safe.
  /// \throws Error if the disk is full or fails, or the file is no longer where it was
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
    require_in_place();
  }

  /// Cuts the file's end off. \throws Error if that fails
  void truncate(std::uintmax_t size) {
    size_ = static_cast<off_t>(size);
    if (::ftruncate(descriptor_, size_) != 0 || !synced(descriptor_)) refuse_to_write(path_);
  }

 private:
  void lock() const {
    while (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
      if (errno == EINTR) continue;
      if (errno != EWOULDBLOCK) refuse_to_write(path_);
      throw Error("another process is writing this file", path_.string(),
                  "wait for it to end, or give another folder");
    }
  }

  /// A new file's name is on disk only when its folder is.
  void sync_folder() const {
    const std::filesystem::path folder = path_.has_parent_path() ? path_.parent_path() : ".";
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) refuse_to_write(path_);
    const bool done = synced(descriptor);
    ::close(descriptor);
    if (!done) refuse_to_write(path_);
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

  void require_in_place() const {
    struct stat ours{};
    struct stat there{};
    const bool is_there = ::stat(path_.c_str(), &there) == 0;
    if (::fstat(descriptor_, &ours) != 0) refuse_to_write(path_);
    if (is_there && there.st_ino == ours.st_ino && there.st_dev == ours.st_dev) return;
    if (is_there || ours.st_nlink > 0) {
      throw Error("the file was moved or replaced while it was being written", path_.string(),
                  "put it back and go on with --resume");
    }
    if (path_.has_parent_path()) ensure_directory(path_.parent_path());
    write_file(path_, content());
    throw Error("the file was removed while it was being written, and is there again as it was",
                path_.string(), "go on with --resume");
  }

  [[nodiscard]] std::string content() const {
    std::string bytes(static_cast<std::size_t>(size_), '\0');
    std::size_t at = 0;
    while (at < bytes.size()) {
      const ssize_t got =
          ::pread(descriptor_, bytes.data() + at, bytes.size() - at, static_cast<off_t>(at));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) refuse_to_write(path_);
      at += static_cast<std::size_t>(got);
    }
    return bytes;
  }

  [[noreturn]] void give_up() const {
    const int reason = errno;
    // Should this fail as well, a reader still recognises the torn line.
    [[maybe_unused]] const int ignored = ::ftruncate(descriptor_, size_);
    errno = reason;
    refuse_to_write(path_);
  }

  std::filesystem::path path_;
  int descriptor_ = -1;
  off_t size_ = 0;
};

}  // namespace infoflow
