// SPDX-License-Identifier: MIT
#include <random>

#include <catch_compat.hpp>

#include <infoflow/text/utf8.hpp>

using namespace infoflow;

namespace {

const std::string mark = "\xEF\xBF\xBD";

/// Valid text is well formed, keeps what was, and stays as it is.
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
    if (!text::is_utf8(once) || repair(once) != once || once.size() < bytes.size()) return false;
  }
  return true;
}

/// Whether each code point, as `append` writes it, is one character of that value at either end.
template <class Append>
bool reads_back(Append append) {
  for (char32_t c = 0; c < 0x110000; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    std::string character;
    append(character, c);
    const text::Character first = text::first_character(character + "\x80");
    const text::Character last = text::last_character("\xC3" + character);
    for (const text::Character& read : {first, last}) {
      if (!read.valid || read.value != c || read.length != character.size()) return false;
    }
  }
  return true;
}

}  // namespace

TEST_CASE("ill-formed bytes become U+FFFD as in Python's errors=replace", "[text][utf8]") {
  // bytes(…).decode("utf-8", "replace") of CPython 3.11, by hand.
  CHECK(valid_utf8("a\xFFz") == "a" + mark + "z");
  CHECK(valid_utf8("x\x80y") == "x" + mark + "y");
  CHECK(valid_utf8("\xC0\x80") == mark + mark);             // overlong: "\0" in two bytes,
  CHECK(valid_utf8("\xC1\xBF") == mark + mark);             // the last such,
  CHECK(valid_utf8("\xE0\x80\xAF") == mark + mark + mark);  // "/" in three
  CHECK(valid_utf8("\xE0\x9F\xBF") == mark + mark + mark);
  CHECK(valid_utf8("\xF0\x8F\xBF\xBF") == mark + mark + mark + mark);
  CHECK(valid_utf8("\xE2\x82") == mark);  // cut short: one mark
  CHECK(valid_utf8("\xE2\x82z") == mark + "z");
  CHECK(valid_utf8("\xF0\x9F\x98") == mark);
  CHECK(valid_utf8("\xF0\x9F\x98\xF0\x9F\x98\x80") == mark + "😀");
  CHECK(valid_utf8("\xED\xA0\x80") == mark + mark + mark);             // a surrogate
  CHECK(valid_utf8("\xF4\x90\x80\x80") == mark + mark + mark + mark);  // beyond U+10FFFF
  CHECK(valid_utf8("\xF5\x80") == mark + mark);
  const std::string valid("a \xC3\xA9 ▁ 😀 \xEF\xBF\xBF \0 \xED\x9F\xBF \xF4\x8F\xBF\xBF", 28);
  CHECK(valid_utf8(valid) == valid);
  CHECK(valid_utf8("").empty());
}

TEST_CASE("text made valid is well formed and stays as it is", "[text][utf8][law]") {
  CHECK(repairs([](const std::string& text) { return valid_utf8(text); }));

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

TEST_CASE("every code point reads back from both ends of a text", "[text][utf8][law]") {
  CHECK(reads_back([](std::string& text, char32_t c) { text::append(text, c); }));

  // Broken: beyond U+FFFF, as CESU-8 has them, two surrogates of three bytes each.
  CHECK_FALSE(reads_back([](std::string& text, char32_t c) {
    if (c < 0x10000) return text::append(text, c);
    text::append(text, 0xD800 + ((c - 0x10000) >> 10U));
    text::append(text, 0xDC00 + ((c - 0x10000) & 0x3FFU));
  }));
}

TEST_CASE("what is no character has the length of what could have begun one", "[text][utf8]") {
  const auto first = [](std::string_view text) {
    const text::Character c = text::first_character(text);
    return c.valid || c.value != 0xFFFD ? 0 : c.length;
  };
  CHECK(first("\x80") == 1);
  CHECK(first("\xE2\x82") == 2);
  CHECK(first("\xF0\x9F\x98z") == 3);
  CHECK(first("\xED\xA0\x80") == 1);
  CHECK(first("\xEF\xBF\xBD") == 0);  // U+FFFD itself is a character.
  // From behind, a byte that ends none stands alone.
  for (const char* text : {"a\x80", "\xC3\xA9\x80", "\xE2\x82"}) {
    const text::Character c = text::last_character(text);
    CHECK_FALSE(c.valid);
    CHECK(c.length == 1);
  }
  CHECK_FALSE(text::is_utf8("a\xE2\x82"));
  CHECK(text::is_utf8("a▁"));
}
