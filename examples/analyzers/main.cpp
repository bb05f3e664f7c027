// SPDX-License-Identifier: MIT
// The command `infoflow`. Exit codes: 0 done, 1 bad input, 2 usage, 128 + a signal that ended it.
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>

#include <adapters/kept_memory.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/core/version.hpp>

#include "options.hpp"
#include "stop_signals.hpp"

namespace {

enum ExitCode { done = 0, bad_input = 1, usage = 2 };

/// One line, whatever a library put into its message.
std::string one_line(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  return text.substr(0, 2000);
}

/// On stderr, where that still leads anywhere.
void tell(const std::string& what) {
  std::fputs(("infoflow: " + what + "\n").c_str(), stderr);
}

/// What was printed may still lie in a buffer: a full disk must not look like a finished command.
void require_printed() {
  errno = 0;
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return;
  const char* reason = errno != 0 ? std::strerror(errno) : "it failed";
  throw infoflow::Error(std::string("cannot print: ") + reason, "standard output",
                        "check where it goes and the space left");
}

}  // namespace

int main(int argc, char** argv) {
  infoflow::analyzers::handle_stop_signals();
  infoflow::adapters::keep_freed_memory();
  CLI::App program("Shows where in a vision-language model what an image says reaches the answer.",
                   "infoflow");
  program.set_version_flag("--version", std::string(infoflow::version));
  program.require_subcommand(1);
  infoflow::analyzers::add_analyze_command(program);
  infoflow::analyzers::add_trace_command(program);
  infoflow::analyzers::add_point_command(program);
  infoflow::analyzers::add_score_command(program);
  infoflow::analyzers::add_sweep_command(program);
  infoflow::analyzers::add_report_command(program);
  try {
    program.parse(argc, argv);
    require_printed();
    return done;
  } catch (const CLI::Success& success) {  // --help and --version
    program.exit(success);
    return done;
  } catch (const CLI::ParseError& fault) {
    tell(one_line(fault.what()) + "; see infoflow --help");
    return usage;
  } catch (const infoflow::analyzers::Stopped& stopped) {
    return 128 + stopped.signal;
  } catch (const infoflow::Error& error) {
    tell(error.what());
  } catch (const std::bad_alloc&) {
    tell("out of memory; use a smaller model, picture or --dtype");
  } catch (const std::exception& error) {
    tell(one_line(error.what()));
  }
  return bad_input;
}
