// SPDX-License-Identifier: MIT
/// \file The pieces that stand for single bytes where a vocabulary lacks a character: "<0x0A>".
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace infoflow::adapters {

/// The piece of a byte, as LLaMA's vocabulary writes it.
[[nodiscard]] inline std::string byte_piece(unsigned char byte) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  return {'<', '0', 'x', digits[byte / 16], digits[byte % 16], '>'};
}

/// The value of a piece "<0x0A>".
[[nodiscard]] inline std::optional<char> byte_of(std::string_view piece) {
  if (piece.size() != 6 || !piece.starts_with("<0x") || piece.back() != '>') return std::nullopt;
  unsigned value = 0;
  for (const char digit : piece.substr(3, 2)) {
    constexpr std::string_view digits = "0123456789abcdef";
    const bool upper = 'A' <= digit && digit <= 'F';
    const std::size_t place = digits.find(upper ? static_cast<char>(digit - 'A' + 'a') : digit);
    if (place == std::string_view::npos) return std::nullopt;
    value = 16 * value + static_cast<unsigned>(place);
  }
  return static_cast<char>(value);
}

}  // namespace infoflow::adapters
