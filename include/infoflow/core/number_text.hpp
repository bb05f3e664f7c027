// SPDX-License-Identifier: MIT
/// \file Numbers as text: inside names of policies, read strictly and written so that they read back
/// the same; and counts for people.
#pragma once

#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#if !defined(__cpp_lib_to_chars)
#include <locale>
#include <sstream>
#endif

#include <infoflow/core/error.hpp>
#include <infoflow/core/token_partition.hpp>

namespace infoflow::detail {

/// The whole of `text` as a T of digits; none if it has another character, or T cannot hold it.
template <class T>
[[nodiscard]] std::optional<T> number_in(std::string_view text) {
  T number{};
  if (text.empty() || text.find_first_not_of("0123456789.") != std::string_view::npos) {
    return std::nullopt;
  }
#if defined(__cpp_lib_to_chars)
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc{} || end != text.data() + text.size()) return std::nullopt;
#else  // libc++ reads floating-point numbers so from its version 20 on.
  std::istringstream stream{std::string(text)};
  stream.imbue(std::locale::classic());
  if (!(stream >> number) || stream.peek() != std::char_traits<char>::eof()) return std::nullopt;
#endif
  return number;
}

/// The whole of `text` as a T of digits, with neither sign, blank nor exponent.
/// \throws Error naming `kind` if it is none, or not in [0, most]
template <class T>
[[nodiscard]] T parse_number(std::string_view text, T most, const std::string& kind,
                             const std::string& where) {
  const std::optional<T> number = number_in<T>(text);
  if (!number || *number > most) {
    throw Error("\"" + std::string(text) + "\" is not " + kind, where, "correct the number");
  }
  return *number;
}

}  // namespace infoflow::detail

namespace infoflow {

[[nodiscard]] inline Index parse_count(std::string_view text, const std::string& where) {
  // A billion tokens are more than any prompt has, and one more than the last does not overflow.
  return detail::parse_number<Index>(text, 1'000'000'000, "a whole number", where);
}

[[nodiscard]] inline int parse_layer(std::string_view text, const std::string& where) {
  return detail::parse_number<int>(text, std::numeric_limits<int>::max() - 1,
                                   "a layer, counted from 0", where);
}

[[nodiscard]] inline double parse_part(std::string_view text, const std::string& where) {
  return detail::parse_number<double>(text, 1.0, "a part from 0 to 1", where);
}

/// The shortest text that reads back as exactly `part`, with a point: "0.9", "1.0".
[[nodiscard]] inline std::string part_text(double part) {
  std::array<char, 400> buffer{};  // The smallest double has 326 characters.
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), part, std::chars_format::fixed);
  std::string text(buffer.data(), end.ptr);
  if (text.find('.') == std::string::npos) text += ".0";
  return text;
}

/// "1,234,567"
[[nodiscard]] inline std::string grouped(Index n) {
  std::string digits = std::to_string(n);
  const std::size_t first = n < 0 ? 1 : 0;
  for (std::size_t at = digits.size(); at > first + 3;) digits.insert(at -= 3, ",");
  return digits;
}

}  // namespace infoflow
