// SPDX-License-Identifier: MIT
#include <adapters/tokenizer/word_pattern.hpp>

#include "token_support.hpp"

using namespace infoflow;
using namespace infoflow::adapters;
using namespace adapter_tests;
using Catch::Matchers::ContainsSubstring;

namespace {

std::vector<std::string> pieces(const std::string& pattern, const std::string& text) {
  std::vector<std::string> all;
  TextBudget budget(text.size(), "t");
  for (const auto piece : WordPattern(pattern, "t")(text, budget)) all.emplace_back(piece);
  return all;
}

/// Texts that `pattern` cuts in another way than the library cuts them by `reference`.
int cut_otherwise(const std::string& pattern, const std::string& reference) {
  static const Json texts = token_golden("texts.json");
  static const Json words = token_golden("words.json");
  const WordPattern cut(pattern, "t");
  int count = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto text = texts[i].get<std::string>();
    std::string joined;
    TextBudget budget(text.size(), "t");
    for (const std::string_view piece : cut(text, budget)) {
      if (!joined.empty()) joined += '\1';
      joined += piece;
    }
    if (crc32(joined) == words.at(reference)[i]) continue;
    if (++count <= 5) UNSCOPED_INFO(texts[i].dump() << joined);
  }
  return count;
}

std::string refusal(const std::string& pattern) {
  return error_of([&] { WordPattern compiled(pattern, "tokenizer.json"); });
}

}  // namespace

TEST_CASE("text is cut where the tokenizers library cuts it", "[adapters][tokenizer][golden]") {
  const Json words = token_golden("words.json");
  CHECK(words.contains(qwen_words));
  CHECK(words.contains(gpt2_words));
  for (const auto& [pattern, crcs] : words.items()) {
    INFO(pattern);
    CHECK(cut_otherwise(pattern, pattern) == 0);
  }
}

TEST_CASE("the texts tell every part of Qwen's pattern apart", "[adapters][tokenizer][law]") {
  const std::string pattern(qwen_words);
  const auto cut_with = [&](const std::string& part, const std::string& other) {
    std::string changed = pattern;
    REQUIRE(changed.find(part) != std::string::npos);
    changed.replace(changed.find(part), part.size(), other);
    INFO(changed);
    return cut_otherwise(changed, pattern);
  };

  CHECK(cut_with("(?i:", "(?:") > 5);
  for (const std::string ending : {"'s|", "'t|", "'re|", "'ve|", "'m|", "'ll|", "|'d"}) {
    CHECK(cut_with(ending, "") > 0);
  }
  CHECK(cut_with("[^\\r\\n\\p{L}\\p{N}]?", "") > 50);
  CHECK(cut_with("\\p{N}|", "\\p{N}+|") > 50);
  CHECK(cut_with("[\\r\\n]*", "") > 50);
  CHECK(cut_with("\\s+(?!\\S)", "\\s+(?=\\S)") > 50);
  // White_Space has U+0085 and no U+001C to U+001F; ICU's and other \s have it the other way.
  const std::string space = "[\\t\\n\\f\\r\\p{Z}]";
  CHECK(cut_with("\\s*[\\r\\n]+", space + "*[\\r\\n]+") > 0);
}

TEST_CASE("pieces follow from the pattern as worked out by hand", "[adapters][tokenizer]") {
  using Pieces = std::vector<std::string>;

  CHECK(pieces("b", "abba") == Pieces{"a", "b", "b", "a"});
  CHECK(pieces("b+", "") == Pieces{});
  CHECK(pieces("(?=b)", "abb") == Pieces{"a", "b", "b"});
  CHECK(pieces("(?i:'s)", "a'S'\u017F") == Pieces{"a", "'S", "'\u017F"});
  CHECK(pieces("\\s", "a\u0085b\x1C") == Pieces{"a", "\u0085", "b\x1C"});
  CHECK(pieces("[^\\S]", "a\u0085b\x1C") == Pieces{"a", "\u0085", "b\x1C"});
  CHECK(pieces("\\p{N}", "𝟘é1") == Pieces{"𝟘", "é", "1"});
}

TEST_CASE("what engines read differently is refused by name", "[adapters][tokenizer]") {
  for (const std::string pattern :
       {"a.b",   "^a",       "a$",      "\\w+",  "\\d",   "\\bx",        "\\x41",   "\\u0041",
        "\\h",   "\\1",      "\\",      "a{2}+", "a{2}?", "(?<n>a)",     "(?<=a)b", "(?>a)",
        "(?#a)", "(?x)a",    "(?",      "[]a]",  "[a",    "[[:alpha:]]", "[a&&b]",  "[a--b]",
        "[$]",   "\\p{Han}", "\\p{^L}", "\\pL",  "\\p{L", "\\p",         "\\p{}"}) {
    INFO(pattern);
    CHECK_THAT(refusal(pattern), ContainsSubstring("in a pattern for words is not supported"));
  }
  for (const std::string pattern :
       {"(a", "a)", "a**", "*", "[b-a]", "a{3,2}", "\\p{Lx}", "\xFF("}) {
    INFO(pattern);
    CHECK_THAT(refusal(pattern), ContainsSubstring("cannot be compiled"));
  }
  CHECK(refusal("[^\\r\\n\\-\\p{Lu}/]{1,3}|(?:a|b)(c)*+(?!d)").empty());
}

TEST_CASE("a pattern that goes back without end is stopped by name", "[adapters][tokenizer]") {
  const auto stopped = [](const std::string& pattern, const std::string& text) {
    INFO(pattern);
    CHECK_THAT(error_of([&] { (void)pieces(pattern, text); }),
               ContainsSubstring("the pattern \"" + pattern + "\" makes too much work"));
  };

  stopped("(a+)+b", std::string(40, 'a'));
  // Each search is short, but there are many of them.
  stopped("a(?=a*b)|a", std::string(50'000, 'a'));
}

TEST_CASE("megabytes without a blank are cut at once", "[adapters][tokenizer]") {
  for (const std::string unit : {"a", " ", "1", "=", "\n", "字"}) {
    std::string text;
    while (text.size() < 3'000'000) text += unit;
    INFO(unit);
    CHECK_FALSE(pieces(std::string(qwen_words), text).empty());
    CHECK_FALSE(pieces(std::string(gpt2_words), text).empty());
  }
}
