// SPDX-License-Identifier: MIT
#include <random>

#include "adapter_support.hpp"

#include <adapters/tokenizer/utf8.hpp>
#include <adapters/tokenizer/word_characters.hpp>

using namespace infoflow::adapters;

namespace {

const std::string mark = "\xEF\xBF\xBD";

/// Repaired text is well formed, keeps what was, and stays as it is.
template <class Repair>
bool repairs(Repair repair) {
  std::mt19937 random(3);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes;
    for (int i = 0; i < 12; ++i) {
      // Lead and continuation bytes more often than chance would have them.
      const unsigned kind = random() % 3;
      bytes += static_cast<char>(kind == 0 ? random() % 128 : 128 + random() % 128);
    }
    const std::string once = repair(bytes);
    if (!is_utf8(once) || repair(once) != once || once.size() < bytes.size()) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("ill-formed bytes become U+FFFD as in Python's errors=replace", "[adapters][utf8]") {
  // bytes(…).decode("utf-8", "replace") of CPython 3.11, by hand.
  CHECK(repaired_utf8("a\xFFz") == "a" + mark + "z");
  CHECK(repaired_utf8("\xC0\x80") == mark + mark);  // overlong
  CHECK(repaired_utf8("\xE2\x82") == mark);         // cut short: one mark
  CHECK(repaired_utf8("\xE2\x82z") == mark + "z");
  CHECK(repaired_utf8("\xED\xA0\x80") == mark + mark + mark);  // a surrogate
  CHECK(repaired_utf8("\xF0\x9F\x98") == mark);
  CHECK(repaired_utf8("\xF4\x90\x80\x80") == mark + mark + mark + mark);  // beyond U+10FFFF
  CHECK(repaired_utf8("\xE0\x9F\xBF") == mark + mark + mark);
  CHECK(repaired_utf8("é▁😀\0x") == "é▁😀\0x");
}

TEST_CASE("repaired text is well formed and stays as it is", "[adapters][utf8][law]") {
  CHECK(repairs([](const std::string& text) { return repaired_utf8(text); }));

  // Broken: only bytes that can never stand anywhere are replaced.
  CHECK_FALSE(repairs([](const std::string& text) {
    std::string result;
    for (const char c : text) {
      if (static_cast<unsigned char>(c) >= 0xF5) {
        result += mark;
      } else {
        result += c;
      }
    }
    return result;
  }));
}

TEST_CASE("characters are walked from both ends", "[adapters][utf8]") {
  for (const auto& [text, value] :
       {std::pair<std::string, char32_t>{"a", 0x61}, {"ß", 0xDF}, {"▁", 0x2581}, {"😀", 0x1F600}}) {
    CHECK(first_length(text + "x") == text.size());
    CHECK(last_length("x" + text) == text.size());
    CHECK(code_point(text) == value);
  }
}

TEST_CASE("words consist of letters, marks, digits and connectors", "[adapters][utf8]") {
  for (const char32_t c : U"aZ09_ßéЖ中あ한ก\u0301\u203F\u200D") {
    if (c != 0) CHECK(is_word_character(c));
  }
  for (const char32_t c : U" -.▁\u00A0\u3000。؟€😀\u200B") CHECK_FALSE(is_word_character(c));
  CHECK_FALSE(is_word_character(0x10FFFF));
}
