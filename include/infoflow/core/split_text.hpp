// SPDX-License-Identifier: MIT
/// \file Text in pieces: between separators, and by lines.
#pragma once

#include <string_view>
#include <vector>

namespace infoflow {

/// Pieces between `separator`s, empty ones too and so at least one: Python's split(separator).
[[nodiscard]] inline std::vector<std::string_view> split_text(std::string_view text,
                                                              char separator) {
  std::vector<std::string_view> pieces;
  for (auto end = text.find(separator); end != std::string_view::npos; end = text.find(separator)) {
    pieces.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  pieces.push_back(text);
  return pieces;
}

/// The lines without their ends, "\n" or "\r\n"; none behind the last end.
[[nodiscard]] inline std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines = split_text(text, '\n');
  if (lines.back().empty()) lines.pop_back();
  for (std::string_view& line : lines) {
    if (line.ends_with('\r')) line.remove_suffix(1);
  }
  return lines;
}

}  // namespace infoflow
