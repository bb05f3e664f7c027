// SPDX-License-Identifier: MIT
#include <cstdint>

#include <catch_compat.hpp>

#include <infoflow/benchmarks/pope/pope_rules.hpp>
#include <infoflow/benchmarks/text/answer_rule.hpp>
#include <infoflow/text/answer_text.hpp>
#include <infoflow/text/lower_case.hpp>

using namespace infoflow;
using Catch::Matchers::ContainsSubstring;

namespace {

using Views = std::vector<std::string_view>;

/// FNV-1a over the lower case of every code point, one after the other.
template <class Lower>
std::uint64_t fingerprint(Lower lower) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (char32_t c = 0; c < 0x110000; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    std::string character;
    text::append(character, c);
    for (const char byte : lower(character)) {
      hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001B3U;
    }
  }
  return hash;
}

/// Knows ASCII only.
std::string ascii_lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

}  // namespace

TEST_CASE("every character has the lower case that Python gives it", "[text]") {
  // Recorded with Python 3.11 (Unicode 14) by the same loop over chr(c).lower().encode().
  constexpr std::uint64_t python = 0xC319D02E8283B91EU;
  CHECK(fingerprint([](const std::string& c) { return text::lower(c); }) == python);
  CHECK(fingerprint(ascii_lower) != python);
}

TEST_CASE("a sigma at the end of a word is small as one, elsewhere not", "[text]") {
  CHECK(text::lower("ΟΔΟΣ") == "οδος");
  CHECK(text::lower("ΣΟΦΟΣ ΟΔΟΣ.") == "σοφος οδος.");
  CHECK(text::lower("Σ") == "σ");
  CHECK(text::lower("ΑΣ'Α ΑΣ' ΑΣ\u0301Α") == "ασ'α ας' ασ\u0301α");
  CHECK(text::lower("STRASSE É") == "strasse é");
  CHECK(text::lower("\xFF\xC3 A") == "\xFF\xC3 a");  // Bytes that are no UTF-8 stay.
}

TEST_CASE("white space is Unicode's, as Python splits and strips", "[text]") {
  CHECK(text::words(" a\u00A0b\u3000\tc\n") == Views{"a", "b", "c"});
  CHECK(text::words("").empty());
  CHECK(text::strip("\u2003 a b \x1F") == "a b");
  CHECK(text::strip(" \n ").empty());
  CHECK(text::replaced("aaa", "aa", "b") == "ba");
  CHECK(text::without("a,b.c", ",.") == "abc");
  CHECK(text::length("aé€𝄞") == 4);
}

TEST_CASE("a rule is found by name, and a wrong name lists all", "[text]") {
  CHECK(rule_named(pope_rules, "").name == "official");
  CHECK(rule_named(pope_rules, "vcd").name == "vcd");
  CHECK_THROWS_WITH(rule_named(pope_rules, "VCD"),
                    ContainsSubstring("official, opera, vcd, lmms-eval, vlmevalkit, shikra"));
}
