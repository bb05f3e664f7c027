// SPDX-License-Identifier: MIT
/// \file UTF-16, which ICU works on, and what ICU says when it fails.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <unicode/ustring.h>
#include <unicode/utypes.h>

#include <infoflow/core/error.hpp>

namespace infoflow::adapters {

/// \throws Error if `code` is a failure
inline void check_icu(UErrorCode code, const std::string& what, const std::string& where) {
  if (U_FAILURE(code)) {
    throw Error(what + " (ICU: " + u_errorName(code) + ")", where, "shorten or correct it");
  }
}

/// ICU counts in 32 bits. \throws Error for texts beyond that
[[nodiscard]] inline std::int32_t icu_length(std::size_t length) {
  if (!std::in_range<std::int32_t>(length)) {
    throw Error("the text is too long", "a tokenizer", "encode it in parts of less than 512 MB");
  }
  return static_cast<std::int32_t>(length);
}

/// \param text  well-formed UTF-8
[[nodiscard]] inline std::u16string to_utf16(std::string_view text) {
  std::u16string units(text.size(), u'\0');  // A character has never more units than bytes.
  std::int32_t length = 0;
  UErrorCode code = U_ZERO_ERROR;
  u_strFromUTF8(units.data(), icu_length(units.size()), &length, text.data(),
                icu_length(text.size()), &code);
  check_icu(code, "the text is no UTF-8", "a tokenizer");
  units.resize(static_cast<std::size_t>(length));
  return units;
}

/// Bytes that well-formed UTF-16 takes as UTF-8.
[[nodiscard]] constexpr std::size_t utf8_size(std::u16string_view units) {
  std::size_t bytes = 0;
  for (const char16_t unit : units) {
    const bool half_of_pair = unit >= 0xD800 && unit <= 0xDFFF;
    bytes += unit < 0x80 ? 1 : unit < 0x800 || half_of_pair ? 2 : 3;
  }
  return bytes;
}

/// \param units  well-formed UTF-16
[[nodiscard]] inline std::string to_utf8(std::u16string_view units) {
  std::string text(utf8_size(units), '\0');
  UErrorCode code = U_ZERO_ERROR;
  u_strToUTF8(text.data(), icu_length(text.size()), nullptr, units.data(), icu_length(units.size()),
              &code);
  check_icu(code, "the text is no UTF-16", "a tokenizer");
  return text;
}

}  // namespace infoflow::adapters
