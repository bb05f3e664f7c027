// SPDX-License-Identifier: MIT
/// \file Text as the evaluators of benchmarks handle it: they are Python, and blanks are Unicode's.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <infoflow/text/utf8.hpp>

namespace infoflow::text {

/// Python's str.isspace() of one character.
[[nodiscard]] constexpr bool is_space(char32_t c) {
  return (c >= 0x9 && c <= 0xD) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 ||
         c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
         c == 0x205F || c == 0x3000;
}

[[nodiscard]] constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Pieces between white space, none of them empty: Python's split().
[[nodiscard]] inline std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> found;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Character c = first_character(text.substr(at));
    if (is_space(c.value)) {
      if (at > begin) found.push_back(text.substr(begin, at - begin));
      begin = at + c.length;
    }
    at += c.length;
  }
  if (begin < text.size()) found.push_back(text.substr(begin));
  return found;
}

/// Without white space at either end: Python's strip().
[[nodiscard]] inline std::string_view strip(std::string_view text) {
  const std::vector<std::string_view> parts = words(text);
  if (parts.empty()) return {};
  const char* begin = parts.front().data();
  const char* end = parts.back().data() + parts.back().size();
  return text.substr(static_cast<std::size_t>(begin - text.data()),
                     static_cast<std::size_t>(end - begin));
}

/// Every `from`, which is not empty, becomes `to`.
[[nodiscard]] inline std::string replaced(std::string_view text, std::string_view from,
                                          std::string_view to) {
  std::string result;
  for (std::size_t at = text.find(from); at != std::string_view::npos; at = text.find(from)) {
    result += text.substr(0, at);
    result += to;
    text.remove_prefix(at + from.size());
  }
  return result += text;
}

/// Without any of the bytes in `unwanted`.
[[nodiscard]] inline std::string without(std::string_view text, std::string_view unwanted) {
  std::string result(text);
  std::erase_if(result, [&](char c) { return unwanted.find(c) != std::string_view::npos; });
  return result;
}

[[nodiscard]] inline bool has(std::span<const std::string_view> words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

[[nodiscard]] inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// How many characters: Python's len().
[[nodiscard]] inline std::size_t length(std::string_view text) {
  std::size_t count = 0;
  while (!text.empty()) {
    text.remove_prefix(first_character(text).length);
    ++count;
  }
  return count;
}

}  // namespace infoflow::text
