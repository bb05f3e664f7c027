// SPDX-License-Identifier: MIT
/// \file A command as it could be typed again.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace infoflow::analyzers {

/// With its options in the order of --help, quoted for a shell where that is needed.
[[nodiscard]] inline std::string command_line(const CLI::App& command) {
  const auto quoted = [](const std::string& word) {
    const bool plain =
        !word.empty() &&
        word.find_first_not_of(
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:,=+@") ==
            std::string::npos;
    if (plain) return word;
    std::string safe = "'";
    for (const char c : word) safe += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return safe + "'";
  };
  std::string line = "infoflow " + command.get_name();
  for (const CLI::Option* option : command.get_options()) {
    if (option->count() == 0) continue;
    line += ' ' + option->get_name();
    for (const std::string& word : option->results()) line.append(" ").append(quoted(word));
  }
  return line;
}

}  // namespace infoflow::analyzers
