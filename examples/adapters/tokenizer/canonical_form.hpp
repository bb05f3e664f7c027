// SPDX-License-Identifier: MIT
/// \file Unicode's normalisation form C: e and a combining acute become é.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include <unicode/unorm2.h>

#include <adapters/tokenizer/utf16.hpp>

namespace infoflow::adapters {

/// The text in form C, by ICU: characters that are younger than its Unicode stay as they are.
/// \param text  well-formed UTF-8
/// \throws Error if the text is longer than ICU can count
[[nodiscard]] inline std::string canonical_form(std::string text) {
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  if (std::all_of(text.begin(), text.end(), is_ascii)) return text;
  UErrorCode code = U_ZERO_ERROR;
  const UNormalizer2* form = unorm2_getNFCInstance(&code);
  check_icu(code, "ICU has no data for normalisation", "a tokenizer");
  const std::u16string units = to_utf16(text);
  const std::int32_t length = icu_length(units.size());
  if (unorm2_isNormalized(form, units.data(), length, &code)) return text;
  // Form C takes at most three times the units (Unicode's FAQ on normalisation).
  std::u16string composed(3 * units.size(), u'\0');
  const std::int32_t composed_length = unorm2_normalize(form, units.data(), length, composed.data(),
                                                        icu_length(composed.size()), &code);
  check_icu(code, "the text cannot be normalised", "a tokenizer");
  composed.resize(static_cast<std::size_t>(composed_length));
  return to_utf8(composed);
}

}  // namespace infoflow::adapters
