// SPDX-License-Identifier: MIT
/// \file Numbers and texts cut to what a figure has room for.
#pragma once

#include <array>
#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <infoflow/io/escape.hpp>

namespace infoflow {

/// Three significant digits, independent of locale: "0.0123", "1.5e-07", "12".
[[nodiscard]] inline std::string short_number(double x) {
  std::array<char, 64> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), x,
                                 std::chars_format::general, 3);
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

}  // namespace infoflow
