// SPDX-License-Identifier: MIT
/// \file The words of a text as BERT reads it without case: no control characters, no accents, every
/// punctuation mark and every Chinese character a word of its own.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <unicode/uchar.h>
#include <unicode/unorm2.h>

#include <adapters/tokenizer/utf16.hpp>
#include <infoflow/text/utf8.hpp>

namespace infoflow::adapters {

namespace detail {

/// Unicode's category of a character as the `tokenizers` library knows it: that of Unicode 8, which has
/// not what came later, and two characters elsewhere than today's.
[[nodiscard]] inline std::int8_t old_category(char32_t c) {
  constexpr std::uint8_t known_version = 8;
  if (c == 0x166D || c == 0x111C9) return U_OTHER_PUNCTUATION;
  UVersionInfo age;
  u_charAge(static_cast<UChar32>(c), age);
  if (age[0] > known_version) return U_UNASSIGNED;
  return u_charType(static_cast<UChar32>(c));
}

[[nodiscard]] inline bool is_bert_blank(char32_t c) {
  return c == '\t' || c == '\n' || c == '\r' || u_isUWhiteSpace(static_cast<UChar32>(c)) != 0;
}

/// Characters that are left out.
[[nodiscard]] inline bool is_bert_control(char32_t c) {
  if (c == 0 || c == 0xFFFD) return true;
  if (c == '\t' || c == '\n' || c == '\r') return false;
  const std::int8_t category = old_category(c);
  return category == U_CONTROL_CHAR || category == U_FORMAT_CHAR || category == U_PRIVATE_USE_CHAR;
}

[[nodiscard]] inline bool is_bert_punctuation(char32_t c) {
  if (c < 0x80) return u_isgraph(static_cast<UChar32>(c)) && !u_isalnum(static_cast<UChar32>(c));
  const std::int8_t category = old_category(c);
  return category == U_DASH_PUNCTUATION || category == U_START_PUNCTUATION ||
         category == U_END_PUNCTUATION || category == U_CONNECTOR_PUNCTUATION ||
         category == U_OTHER_PUNCTUATION || category == U_INITIAL_PUNCTUATION ||
         category == U_FINAL_PUNCTUATION;
}

/// The blocks of Chinese characters that BERT's authors list.
[[nodiscard]] constexpr bool is_bert_chinese(char32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x20000 && c <= 0x2A6DF) ||
         (c >= 0x2A700 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) ||
         (c >= 0x2F800 && c <= 0x2FA1F);
}

/// Unicode's normalisation form D: é becomes e and a combining acute.
[[nodiscard]] inline std::u16string decomposed(std::string_view text) {
  UErrorCode code = U_ZERO_ERROR;
  const UNormalizer2* form = unorm2_getNFDInstance(&code);
  check_icu(code, "ICU has no data for normalisation", "a tokenizer");
  const std::u16string units = to_utf16(text);
  // Form D takes at most four times the units (Unicode's FAQ on normalisation).
  std::u16string parts(4 * units.size() + 1, u'\0');
  const std::int32_t length = unorm2_normalize(form, units.data(), icu_length(units.size()),
                                               parts.data(), icu_length(parts.size()), &code);
  check_icu(code, "the text cannot be normalised", "a tokenizer");
  parts.resize(static_cast<std::size_t>(length));
  return parts;
}

template <class Act>
void each_character(std::string_view text, const Act& act) {
  for (std::size_t at = 0; at < text.size();) {
    const text::Character c = text::first_character(text.substr(at));
    act(c.value);
    at += c.length;
  }
}

/// Small letters, character by character: a sigma at a word's end is as all others.
inline void append_small(std::string& text, char32_t c) {
  if (c == 0x130) {  // The one whose small letter is two characters; its dot is an accent.
    text += "i\u0307";
    return;
  }
  text::append(text, static_cast<char32_t>(u_tolower(static_cast<UChar32>(c))));
}

/// The text without control characters and accents, in small letters, blanks around Chinese characters.
[[nodiscard]] inline std::string bert_normalised(std::string_view text) {
  std::string clean;
  each_character(text, [&](char32_t c) {
    if (is_bert_control(c)) return;
    if (is_bert_blank(c)) {
      clean += ' ';
    } else if (is_bert_chinese(c)) {
      clean += ' ';
      text::append(clean, c);
      clean += ' ';
    } else {
      text::append(clean, c);
    }
  });
  std::string small;
  each_character(to_utf8(decomposed(clean)), [&](char32_t c) {
    if (old_category(c) != U_NON_SPACING_MARK) append_small(small, c);
  });
  return small;
}

}  // namespace detail

/// Source: BertNormalizer and BertPreTokenizer of the `tokenizers` library.
/// \param text  well-formed UTF-8
[[nodiscard]] inline std::vector<std::string> bert_words(std::string_view text) {
  std::vector<std::string> words;
  bool open = false;  // Whether the last word goes on.
  detail::each_character(detail::bert_normalised(text), [&](char32_t c) {
    if (c == ' ') {
      open = false;
      return;
    }
    const bool alone = detail::is_bert_punctuation(c);
    if (!open || alone) words.emplace_back();
    text::append(words.back(), c);
    open = !alone;
  });
  return words;
}

}  // namespace infoflow::adapters
