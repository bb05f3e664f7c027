// SPDX-License-Identifier: MIT
#include "stop_signals.hpp"

#include <csignal>

#include <signal.h>
#include <unistd.h>

namespace infoflow::analyzers {

namespace {

volatile std::sig_atomic_t finishing_item = 0;
volatile std::sig_atomic_t noted = 0;

void say(std::string_view text) {
  // Nobody may be there to read it: the terminal of a hang-up is gone.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

/// Does only what a signal's handler may: no locks, no memory.
void stop(int signal) {
  if (finishing_item != 0 && noted == 0) {
    noted = signal;
    return;
  }
  say("infoflow: ended at once by ");
  say(signal_name(signal));
  say("\n");
  ::_exit(128 + signal);
}

}  // namespace

std::string_view signal_name(int signal) {
  switch (signal) {
    case SIGINT: return "SIGINT";
    case SIGTERM: return "SIGTERM";
    case SIGHUP: return "SIGHUP";
    default: return "a signal";
  }
}

void handle_stop_signals() {
  struct sigaction action{};
  action.sa_handler = stop;
  action.sa_flags = SA_RESTART;  // A read or write that it hits is no failed one.
  sigset_t all{};
  ::sigemptyset(&all);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    ::sigaction(signal, &action, nullptr);
    ::sigaddset(&all, signal);
  }
  ::sigprocmask(SIG_UNBLOCK, &all, nullptr);  // Blocked ones are inherited like ignored ones.
  std::signal(SIGXFSZ, SIG_IGN);
}

StopAfterItem::StopAfterItem() {
  noted = 0;
  finishing_item = 1;
}

StopAfterItem::~StopAfterItem() {
  finishing_item = 0;
}

int StopAfterItem::signal() const {
  return noted;
}

}  // namespace infoflow::analyzers
