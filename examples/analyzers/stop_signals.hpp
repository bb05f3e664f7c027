// SPDX-License-Identifier: MIT
/// \file How a command ends when it is told to: Ctrl-C, a launcher's SIGTERM, a hang-up.
#pragma once

#include <string_view>

namespace infoflow::analyzers {

/// Thrown where a loop ends because of a signal; the command then exits with 128 + signal.
struct Stopped {
  int signal = 0;
};

/// SIGINT, SIGTERM and SIGHUP end the process with one sentence and 128 + signal, also where whoever
/// started it had them ignored: a launcher that waits for the end must not wait in vain. Writing to a
/// file that has reached the process's limit on sizes fails as on a full disk, and ends nothing.
/// Called once, by main.
void handle_stop_signals();

/// While it lives, the first of these signals is only noted, so that the item at hand can be finished;
/// the second one ends at once. There is one at a time.
class StopAfterItem {
 public:
  StopAfterItem();
  ~StopAfterItem();
  StopAfterItem(const StopAfterItem&) = delete;
  StopAfterItem& operator=(const StopAfterItem&) = delete;

  /// The signal that was noted, or 0.
  [[nodiscard]] int signal() const;
};

/// "SIGTERM"; of the three signals above.
[[nodiscard]] std::string_view signal_name(int signal);

}  // namespace infoflow::analyzers
