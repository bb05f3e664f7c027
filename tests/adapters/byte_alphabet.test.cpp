// SPDX-License-Identifier: MIT
#include <random>
#include <set>

#include <adapters/tokenizer/byte_alphabet.hpp>
#include <adapters/tokenizer/canonical_form.hpp>
#include <adapters/tokenizer/utf16.hpp>

#include "adapter_support.hpp"

using namespace infoflow::adapters;

TEST_CASE("every byte has a letter of its own and comes back from it",
          "[adapters][tokenizer][law]") {
  std::set<std::string> letters;
  std::string all;
  for (int byte = 0; byte < 256; ++byte) {
    letters.insert(in_byte_alphabet(std::string(1, static_cast<char>(byte))));
    all += static_cast<char>(byte);
  }
  CHECK(letters.size() == 256);
  CHECK(from_byte_alphabet(in_byte_alphabet(all)) == all);
  // Bytes that Latin-1 prints stand for themselves; U+0100 and on for the others, in order.
  CHECK(in_byte_alphabet("a ~\n\t") == "aĠ~Ċĉ");
  CHECK(in_byte_alphabet(std::string(1, '\0')) == "Ā");
  CHECK(in_byte_alphabet("\xAD\xFF") == "Ńÿ");
  CHECK(from_byte_alphabet("") == "");
  for (const std::string other : {" ", "\n", "ń", "字", "a😀"}) {
    CHECK_FALSE(from_byte_alphabet(other));
  }
}

TEST_CASE("text comes back from UTF-16 and its length is known before",
          "[adapters][tokenizer][law]") {
  std::mt19937 random(2);
  for (int round = 0; round < 300; ++round) {
    std::string text;
    for (unsigned i = 0; i < random() % 12; ++i) {
      text += std::vector<std::string>{
          "a",      "\u007f", "\u0080", "\u07ff",     "\u0800",
          "\ud7ff", "\ue000", "\uffff", "\U00010000", "\U0010ffff"}[random() % 10];
    }
    const std::u16string units = to_utf16(text);
    CHECK(utf8_size(units) == text.size());
    CHECK(to_utf8(units) == text);
  }
}

TEST_CASE("normal form C composes, orders marks and leaves ASCII alone", "[adapters][tokenizer]") {
  CHECK(canonical_form("").empty());
  CHECK(canonical_form("plain") == "plain");
  CHECK(canonical_form("e\u0301") == "é");
  CHECK(canonical_form("é") == "é");
  CHECK(canonical_form("q\u0307\u0323") == "q\u0323\u0307");
  CHECK(canonical_form("\u1100\u1161\u11a8") == "각");
  CHECK(canonical_form("\u212b\u2126\u212a") == "ÅΩK");
  CHECK(canonical_form(">\u0338") == "\u226f");
  CHECK(canonical_form("\ufb01") == "\ufb01");        // No compatibility forms.
  CHECK(canonical_form("\u0958") == "\u0915\u093c");  // Never composed.
  // One character becomes three, the most there is.
  std::string much, more;
  for (int i = 0; i < 1000; ++i) {
    much += "\ufb2c";
    more += "\u05e9\u05bc\u05c1";
  }
  CHECK(canonical_form(much) == more);
}
