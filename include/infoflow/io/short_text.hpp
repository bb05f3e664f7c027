// SPDX-License-Identifier: MIT
/// \file Numbers and texts cut, or broken into lines, for the room that a figure has.
#pragma once

#include <array>
#include <charconv>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <infoflow/io/escape.hpp>

namespace infoflow {

/// Three significant digits, independent of locale: "0.0123", "1.5e-07", "12".
[[nodiscard]] inline std::string short_number(double x) {
  std::array<char, 64> buffer{};
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), x, std::chars_format::general, 3);
  return {buffer.data(), end.ptr};
}

/// "12.3 %", with `decimals` of them.
[[nodiscard]] inline std::string percent(double share, int decimals = 1) {
  std::array<char, 512> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), 100 * share,
                                 std::chars_format::fixed, decimals);
  return std::string(buffer.data(), end.ptr) + " %";
}

/// At most `most` characters, the last of them "…" if something was cut; line breaks become spaces.
[[nodiscard]] inline std::string shortened(std::string_view text, std::size_t most) {
  std::vector<std::size_t> begins;
  for (std::size_t at = 0; at < text.size();) {
    begins.push_back(at);
    const std::size_t length = detail::utf8_length(text, at);
    at += length > 0 ? length : 1;
  }
  std::string cut(text);
  if (begins.size() > most) {
    cut = std::string(text.substr(0, begins[most > 0 ? most - 1 : 0])) + "…";
  }
  for (char& c : cut) {
    if (c == '\n' || c == '\r' || c == '\t') c = ' ';
  }
  return cut;
}

/// The texts on lines of at most `characters` bytes, broken at blanks. A longer word is cut, and of
/// more than `most_lines` lines the rest is left out: a question may be as long as a book.
[[nodiscard]] inline std::vector<std::string> wrapped(std::span<const std::string> texts,
                                                      std::size_t characters,
                                                      std::size_t most_lines = 9) {
  std::vector<std::string> lines;
  for (std::string rest : texts) {
    while (rest.size() > characters) {
      const std::size_t blank = rest.rfind(' ', characters);
      if (blank == std::string::npos || blank == 0) break;
      lines.push_back(shortened(rest.substr(0, blank), characters));
      rest.erase(0, blank + 1);
    }
    lines.push_back(shortened(rest, characters));
  }
  if (lines.size() > most_lines) lines.resize(most_lines);
  return lines;
}

}  // namespace infoflow
