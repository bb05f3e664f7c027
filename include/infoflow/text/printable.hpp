// SPDX-License-Identifier: MIT
/// \file Text from models and files on one line, on a terminal or in a figure.
#pragma once

#include <string>
#include <string_view>

#include <infoflow/text/escape.hpp>

namespace infoflow {

/// The text on one line, valid UTF-8, with control characters (which could move the cursor or
/// recolour the terminal) as visible escapes.
[[nodiscard]] inline std::string printable(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string shown;
  for (const char c : valid_utf8(text)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      shown += "\\n";
    } else if (byte < 0x20 || byte == 0x7F) {
      shown += {'\\', 'x', digits[byte >> 4U], digits[byte & 15U]};
    } else {
      shown += c;
    }
  }
  return shown;
}

}  // namespace infoflow
