// SPDX-License-Identifier: MIT
/// \file UTF-8: repairing bytes that are none, and walking over text that is.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace infoflow::adapters {

namespace detail {

struct Utf8Step {
  std::size_t length;  ///< Bytes of the character, or of the longest prefix that could begin one.
  bool valid;
};

/// The character at the front of non-empty bytes, by Unicode's table 3-7 of well-formed bytes.
[[nodiscard]] constexpr Utf8Step utf8_step(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const unsigned lead = byte(0);
  if (lead < 0x80) return {1, true};
  if (lead < 0xC2 || lead > 0xF4) return {1, false};
  const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  // The second byte's range is narrower after these: no overlong forms, surrogates or > U+10FFFF.
  const unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (byte(1) < low || byte(1) > high) return {1, false};
  for (std::size_t i = 2; i < length; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xBF) return {i, false};
  }
  return {length, true};
}

}  // namespace detail

[[nodiscard]] constexpr bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const detail::Utf8Step step = detail::utf8_step(text);
    if (!step.valid) return false;
    text.remove_prefix(step.length);
  }
  return true;
}

/// The text with U+FFFD in place of each ill-formed part, one for every longest prefix that could
/// have begun a character, as Python's errors="replace" does. Law: well-formed text stays as it is.
[[nodiscard]] inline std::string repaired_utf8(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const detail::Utf8Step step = detail::utf8_step(text);
    result += step.valid ? text.substr(0, step.length) : "\xEF\xBF\xBD";
    text.remove_prefix(step.length);
  }
  return result;
}

/// Bytes of the first character of non-empty, well-formed text.
[[nodiscard]] constexpr std::size_t first_length(std::string_view text) {
  return detail::utf8_step(text).length;
}

/// Bytes of the last character of non-empty, well-formed text.
[[nodiscard]] constexpr std::size_t last_length(std::string_view text) {
  std::size_t length = 1;
  while (length < text.size() &&
         (static_cast<unsigned char>(text[text.size() - length]) & 0xC0U) == 0x80U) {
    ++length;
  }
  return length;
}

/// The code point of one well-formed character.
[[nodiscard]] constexpr char32_t code_point(std::string_view character) {
  constexpr std::array<unsigned, 5> payload{0, 0x7F, 0x1F, 0x0F, 0x07};
  char32_t value = static_cast<unsigned char>(character[0]) & payload[character.size()];
  for (std::size_t i = 1; i < character.size(); ++i) {
    value = value << 6U | (static_cast<unsigned char>(character[i]) & 0x3FU);
  }
  return value;
}

/// Unicode's White_Space.
[[nodiscard]] constexpr bool is_space(char32_t c) {
  return (c >= 0x9 && c <= 0xD) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

}  // namespace infoflow::adapters
