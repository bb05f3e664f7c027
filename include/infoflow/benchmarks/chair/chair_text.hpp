// SPDX-License-Identifier: MIT
/// \file Characters as the caption tokenizer sees them, and which of them are letters.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <infoflow/text/answer_text.hpp>
#include <infoflow/text/lower_case.hpp>

namespace infoflow::caption {

using text::is_space;

[[nodiscard]] constexpr bool is_one_of(char32_t c, std::u32string_view set) {
  return set.find(c) != std::u32string_view::npos;
}

[[nodiscard]] constexpr bool is_digit(char32_t c) {
  return c >= '0' && c <= '9';
}

/// A letter, a digit or "_". Beyond ASCII whole blocks decide: no word of the vocabulary lies
/// there, only apostrophes beside such letters depend on it.
[[nodiscard]] constexpr bool is_word_character(char32_t c) {
  if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_';
  if (c < 0xC0) return is_one_of(c, U"\u00AA\u00B2\u00B3\u00B5\u00B9\u00BA\u00BC\u00BD\u00BE");
  const bool symbol = c == 0xD7 || c == 0xF7 || (c >= 0x2000 && c <= 0x206F) ||
                      (c >= 0x2190 && c <= 0x2BFF) || (c >= 0x3000 && c <= 0x3003) ||
                      (c >= 0xE000 && c <= 0xF8FF) || (c >= 0xFFF0 && c <= 0xFFFF) ||
                      (c >= 0x1F000 && c <= 0x1FAFF);
  return !symbol;
}

/// A lower-case letter: of ASCII, or of the Latin, Greek and Cyrillic blocks of lower-cased text.
[[nodiscard]] constexpr bool is_lower(char32_t c) {
  return (c >= 'a' && c <= 'z') || (c >= 0xDF && c < 0x590 && c != 0xF7);
}

/// The characters of a text; bytes that are no UTF-8 become U+FFFD.
[[nodiscard]] inline std::u32string characters(std::string_view text) {
  std::u32string all;
  all.reserve(text.size());
  while (!text.empty()) {
    const text::Character next = text::first_character(text);
    all += next.value;
    text.remove_prefix(next.length);
  }
  return all;
}

[[nodiscard]] inline std::string utf8(std::u32string_view characters) {
  std::string text;
  text.reserve(characters.size());
  for (const char32_t c : characters) text::append(text, c);
  return text;
}

}  // namespace infoflow::caption
