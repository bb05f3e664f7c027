// SPDX-License-Identifier: MIT
// The command `infoflow`. Exit codes: 0 done, 1 bad input, 2 usage, 130 interrupted.
#include <csignal>
#include <cstdio>
#include <exception>
#include <string>

#include <fmt/format.h>

#include <infoflow/core/error.hpp>
#include <infoflow/core/version.hpp>

#include "options.hpp"

namespace {

enum ExitCode { done = 0, bad_input = 1, usage = 2 };

/// One line, whatever a library put into its message.
std::string one_line(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  return text.substr(0, 2000);
}

}  // namespace

int main(int argc, char** argv) {
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
    return done;
  } catch (const CLI::Success& success) {  // --help and --version
    program.exit(success);
    return done;
  } catch (const CLI::ParseError& fault) {
    fmt::print(stderr, "infoflow: {}; see infoflow --help\n", one_line(fault.what()));
    return usage;
  } catch (const infoflow::Error& error) {
    fmt::print(stderr, "infoflow: {}\n", error.what());
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "infoflow: out of memory; use a smaller model, picture or --dtype\n");
  } catch (const std::exception& error) {
    fmt::print(stderr, "infoflow: {}\n", one_line(error.what()));
  }
  return bad_input;
}
