// SPDX-License-Identifier: MIT
/// \file Numbers and texts cut to what a reader has room for.
#pragma once

#include <array>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <infoflow/text/utf8.hpp>

namespace infoflow {

/// Three significant digits, independent of locale: "0.0123", "1.5e-07", "12".
[[nodiscard]] inline std::string short_number(double x) {
  std::array<char, 64> buffer{};
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), x, std::chars_format::general, 3);
  return {buffer.data(), end.ptr};
}

/// The shortest text that reads back as the same number, without an exponent from 0.0001 on: "0.1".
template <std::floating_point Number>
[[nodiscard]] std::string shortest(Number x) {
  std::array<char, 64> buffer{};
  const Number size = std::abs(x);
  const bool plain = x == 0 || (size >= Number(1e-4) && size < Number(1e16));
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), x,
                                 plain ? std::chars_format::fixed : std::chars_format::scientific);
  return {buffer.data(), end.ptr};
}

/// With that many decimals, independent of locale: "12.30".
[[nodiscard]] inline std::string fixed(double x, int decimals) {
  std::array<char, 512> buffer{};  // The largest double has 309 digits before its point.
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), x,
                                 std::chars_format::fixed, decimals);
  return {buffer.data(), end.ptr};
}

/// The same with its sign, also a plus: "+12.30".
[[nodiscard]] inline std::string signed_fixed(double x, int decimals) {
  return (std::signbit(x) ? "" : "+") + fixed(x, decimals);
}

/// "12.3 %", with `decimals` of them.
[[nodiscard]] inline std::string percent(double share, int decimals = 1) {
  return fixed(100 * share, decimals) + " %";
}

/// At most `most` characters, the last of them "…" if something was cut; line breaks become spaces.
[[nodiscard]] inline std::string shortened(std::string_view text, std::size_t most) {
  std::vector<std::size_t> begins;
  for (std::size_t at = 0; at < text.size();) {
    begins.push_back(at);
    at += text::first_character(text.substr(at)).length;
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

}  // namespace infoflow
