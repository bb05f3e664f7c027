// SPDX-License-Identifier: MIT
/// \file GPT-2's alphabet: a printable character for each of the 256 bytes.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <infoflow/text/utf8.hpp>

namespace infoflow::adapters {

namespace detail {

/// The code point of each byte: itself where Latin-1 prints it, else the next one from 256 on.
inline constexpr std::array<char32_t, 256> byte_letters = [] {
  std::array<char32_t, 256> letters{};
  char32_t next = 256;
  for (char32_t byte = 0; byte < 256; ++byte) {
    const bool printable = (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte != 0xAD);
    letters[byte] = printable ? byte : next++;
  }
  return letters;
}();

/// The way back; −1 where a code point is no byte's. The last letter is that of 0xAD, 256 + 67.
inline constexpr std::array<int, 324> letter_bytes = [] {
  std::array<int, 324> bytes{};
  bytes.fill(-1);
  for (std::size_t byte = 0; byte < byte_letters.size(); ++byte) {
    bytes[byte_letters[byte]] = static_cast<int>(byte);
  }
  return bytes;
}();

}  // namespace detail

/// Each byte's character, in UTF-8. A blank becomes Ġ, a newline Ċ.
[[nodiscard]] inline std::string in_byte_alphabet(std::string_view bytes) {
  std::string letters;
  letters.reserve(2 * bytes.size());
  for (const char byte : bytes) {
    text::append(letters, detail::byte_letters[static_cast<unsigned char>(byte)]);
  }
  return letters;
}

/// Law: from_byte_alphabet(in_byte_alphabet(bytes)) == bytes.
/// \param letters  well-formed UTF-8
/// \return nothing if a character is not of the alphabet
[[nodiscard]] inline std::optional<std::string> from_byte_alphabet(std::string_view letters) {
  std::string bytes;
  while (!letters.empty()) {
    const text::Character letter = text::first_character(letters);
    if (letter.value >= detail::letter_bytes.size() || detail::letter_bytes[letter.value] < 0) {
      return std::nullopt;
    }
    bytes += static_cast<char>(detail::letter_bytes[letter.value]);
    letters.remove_prefix(letter.length);
  }
  return bytes;
}

}  // namespace infoflow::adapters
