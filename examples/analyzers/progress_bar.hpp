// SPDX-License-Identifier: MIT
/// \file Progress with the time left, on anything that takes more than two seconds.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

namespace infoflow::analyzers {

/// Prints to stderr, one line that is written over; a line every ten seconds where stderr is a file.
class ProgressBar {
 public:
  explicit ProgressBar(std::string what) : what_(std::move(what)) {}
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  ~ProgressBar() {
    if (shown_ && terminal_) show(fmt::format("\r{:{}}\r", "", width_));
  }

  /// \param so_far  what is known by now, behind the time left
  void operator()(int done, int total, const std::string& so_far = "") {
    const auto now = Clock::now();
    const double elapsed = std::chrono::duration<double>(now - begin_).count();
    const double since_shown = std::chrono::duration<double>(now - last_).count();
    if (elapsed < 2 || done <= 0 || (shown_ && since_shown < (terminal_ ? 0.2 : 10))) return;
    const double left = elapsed / done * (total - done);
    const std::string line =
        fmt::format("{}: {} of {}, {} left{}", what_, done, total, spell(left), so_far);
    if (terminal_) {
      show(fmt::format("\r{:{}}", line, width_));
      width_ = std::max(width_, line.size());
    } else {
      show(line + "\n");
    }
    last_ = now;
    shown_ = true;
  }

 private:
  using Clock = std::chrono::steady_clock;

  /// A terminal that is gone is no reason to stop: what cannot be shown is not.
  static void show(const std::string& text) {
    std::fputs(text.c_str(), stderr);
    std::fflush(stderr);
  }

  static std::string spell(double seconds) {
    if (seconds < 90) return fmt::format("{:.0f} s", seconds);
    if (seconds < 5400) return fmt::format("{:.0f} min", seconds / 60);
    return fmt::format("{:.1f} h", seconds / 3600);
  }

  std::string what_;
  Clock::time_point begin_ = Clock::now();
  Clock::time_point last_ = begin_;
  bool terminal_ = isatty(STDERR_FILENO) != 0;
  bool shown_ = false;
  std::size_t width_ = 0;
};

}  // namespace infoflow::analyzers
