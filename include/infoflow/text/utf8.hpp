// SPDX-License-Identifier: MIT
/// \file UTF-8: characters at either end of a text, bytes that are none, and code points as text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace infoflow {

namespace text {

struct Character {
  char32_t value;      ///< U+FFFD where the bytes are no UTF-8.
  std::size_t length;  ///< Bytes, at least 1; of what is no UTF-8, all that could have begun one.
  bool valid = true;
};

/// The character at the front of non-empty text, by the table of well-formed bytes (Unicode 15,
/// table 3-7: no overlong forms, no surrogates, nothing beyond U+10FFFF). What is ill-formed is as
/// long as its maximal subpart (section 3.9, "U+FFFD Substitution").
[[nodiscard]] constexpr Character first_character(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const unsigned lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  if (lead < 0xC2 || lead > 0xF4) return {0xFFFD, 1, false};
  const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  // The second byte's range is narrower after these: no overlong forms, surrogates or > U+10FFFF.
  unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  char32_t value = lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if (byte(i) < low || byte(i) > high) return {0xFFFD, i, false};
    value = value << 6U | (byte(i) & 0x3FU);
    low = 0x80;
    high = 0xBF;
  }
  return {value, length};
}

/// The character at the end of non-empty text; its last byte alone if that belongs to none.
[[nodiscard]] constexpr Character last_character(std::string_view text) {
  for (std::size_t length = 1; length <= 4 && length <= text.size(); ++length) {
    const Character c = first_character(text.substr(text.size() - length));
    if (c.valid && c.length == length) return c;
  }
  return {0xFFFD, 1, false};
}

[[nodiscard]] constexpr bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const Character c = first_character(text);
    if (!c.valid) return false;
    text.remove_prefix(c.length);
  }
  return true;
}

/// Appends a code point, which is no surrogate and at most U+10FFFF.
inline void append(std::string& text, char32_t c) {
  const auto tail = [&](unsigned shift) {
    text += static_cast<char>(0x80U | (c >> shift & 0x3FU));
  };
  if (c < 0x80) {
    text += static_cast<char>(c);
  } else if (c < 0x800) {
    text += static_cast<char>(0xC0U | c >> 6U);
    tail(0);
  } else if (c < 0x10000) {
    text += static_cast<char>(0xE0U | c >> 12U);
    tail(6);
    tail(0);
  } else {
    text += static_cast<char>(0xF0U | c >> 18U);
    tail(12);
    tail(6);
    tail(0);
  }
}

}  // namespace text

/// The text with one U+FFFD for every ill-formed part, as Python's errors="replace" and browsers
/// have it. A token may be a piece of a character, and one such byte makes a whole SVG or JSON file
/// unreadable. Law: valid text comes back unchanged.
[[nodiscard]] inline std::string valid_utf8(std::string_view text) {
  std::string valid;
  valid.reserve(text.size());
  while (!text.empty()) {
    const text::Character c = text::first_character(text);
    valid += c.valid ? text.substr(0, c.length) : std::string_view("\xEF\xBF\xBD");
    text.remove_prefix(c.length);
  }
  return valid;
}

}  // namespace infoflow
