// SPDX-License-Identifier: MIT
#include <adapters/tokenizer/word_characters.hpp>

#include "adapter_support.hpp"

using namespace infoflow::adapters;

TEST_CASE("words consist of letters, marks, digits and connectors", "[adapters][words]") {
  for (const char32_t c : U"aZ09_ßéЖ中あ한ก\u0301\u203F\u200D") {
    if (c != 0) CHECK(is_word_character(c));
  }
  for (const char32_t c : U" -.▁\u00A0\u3000。؟€😀\u200B") CHECK_FALSE(is_word_character(c));
  CHECK_FALSE(is_word_character(0x10FFFF));
}

TEST_CASE("blanks are Unicode's, not Python's", "[adapters][words]") {
  for (const char32_t c : std::u32string(U"\t\n\r \u0085\u00A0\u2003\u2028\u3000")) {
    CHECK(is_white_space(c));
  }
  for (const char32_t c : std::u32string(U"a\u001C\u001F\u180E\u200B\uFEFF")) {
    CHECK_FALSE(is_white_space(c));
  }
}
