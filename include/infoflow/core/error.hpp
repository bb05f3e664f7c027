// SPDX-License-Identifier: MIT
/// \file The one exception that infoflow throws: what is wrong, where, and how to fix it.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace infoflow {

/// Bad input: a file, a setting or a value that a user can mend.
///
/// `what()` is one line, "what (where); fix", so that a command can print it as it stands. Line
/// breaks and other control characters in the parts (they may come from a file) become spaces.
class Error : public std::runtime_error {
 public:
  /// \param what   the fault, as a short clause: "the header says 9000 bytes, the file has 120"
  /// \param where  the file, option or value in question; may be empty
  /// \param fix    what to do about it; may be empty
  Error(std::string what, std::string where, std::string fix)
      : std::runtime_error(one_line(what, where, fix)),
        problem_(std::move(what)),
        where_(std::move(where)),
        fix_(std::move(fix)) {}

  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }
  [[nodiscard]] const std::string& where() const noexcept { return where_; }
  [[nodiscard]] const std::string& fix() const noexcept { return fix_; }

 private:
  static std::string one_line(const std::string& what, const std::string& where,
                              const std::string& fix) {
    std::string line = what;
    if (!where.empty()) line += " (" + where + ")";
    if (!fix.empty()) line += "; " + fix;
    for (char& c : line) {
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    }
    return line;
  }

  std::string problem_;
  std::string where_;
  std::string fix_;
};

}  // namespace infoflow
