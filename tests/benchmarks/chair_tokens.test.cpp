// SPDX-License-Identifier: MIT
#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <catch_compat.hpp>

#include <infoflow/benchmarks/chair/chair_tokens.hpp>

using namespace infoflow;

namespace {

std::string joined(const std::vector<std::string>& parts, const std::string& between) {
  std::string all;
  for (const std::string& part : parts) all += (all.empty() ? "" : between) + part;
  return all;
}

std::string tokens(const std::string& text) {
  return joined(word_tokenize(text), " ");
}

std::string sentences(const std::string& text) {
  const std::u32string characters = caption::characters(text);
  std::vector<std::string> parts;
  for (const auto sentence : split_sentences(characters)) parts.push_back(caption::utf8(sentence));
  return joined(parts, "|");
}

using Cases = std::vector<std::pair<std::string, std::string>>;

}  // namespace

// What is expected in this file is what NLTK 3.10.4 gives.

TEST_CASE("a period, a question mark and an exclamation mark end a sentence before a blank",
          "[benchmarks][chair][tokens]") {
  for (const auto& [text, parts] : Cases{
           {"a cat. a dog.", "a cat.|a dog."},
           {"is it a cat? yes! a dog", "is it a cat?|yes!|a dog"},
           {"a cat.\n\na dog.", "a cat.|a dog."},
           {"what?! a cat.", "what?!|a cat."},
           {"a dog.a cat sat.", "a dog.a cat sat."},
           {"3.5 cats.", "3.5 cats."},
           {"wait... a cat.", "wait... a cat."},
           {"wait. . . a cat.", "wait.|.|.|a cat."},
           {" \n a cat. \n", " \n a cat."},
           {" \n ", ""},
           {"", ""},
       }) {
    CHECK(sentences(text) == parts);
  }
}

TEST_CASE("closing quotes and brackets belong to the sentence before them",
          "[benchmarks][chair][tokens]") {
  for (const auto& [text, parts] : Cases{
           {"he said \"a cat.\" a dog.", "he said \"a cat.\"|a dog."},
           {"he said “a cat.” a dog.", "he said “a cat.”|a dog."},
           {"(a cat.) a dog.", "(a cat.)|a dog."},
           {"a \"toilet.\" is here", "a \"toilet.\"|is here"},
           {"a cat.'--a dog", "a cat.'|--a dog"},
           {"a cat.\"dog\" sat", "a cat.|\"dog\" sat"},
       }) {
    CHECK(sentences(text) == parts);
  }
}

TEST_CASE("abbreviations, initials and numbers do not end a sentence",
          "[benchmarks][chair][tokens]") {
  for (const auto& [text, parts] : Cases{
           {"on main st. a dog.", "on main st. a dog."},
           {"at 5 p.m. the cat.", "at 5 p.m. the cat."},
           {"a mid-dr. smith.", "a mid-dr. smith."},  // The part after the last hyphen counts.
           {"exhibit q. the cat.", "exhibit q. the cat."},  // An initial.
           {"exhibit q. 5 cats.", "exhibit q.|5 cats."},    // … before what is no small letter.
           {"1. a cat 2. a dog", "1. a cat 2. a dog"},      // A number.
           {"sold 12. \"a dog\" sat.", "sold 12.|\"a dog\" sat."},
           {"see q. smith.", "see q. smith."},
           {"no. 12. business.", "no.|12. business."},            // "No" is in no list.
           {"3. administrators met.", "3.|administrators met."},  // Seen to begin sentences.
           {"3. , a cat.", "3. , a cat."},
       }) {
    CHECK(sentences(text) == parts);
  }
}

TEST_CASE("pairs of words that belong together across a period do not part",
          "[benchmarks][chair][tokens]") {
  CHECK(caption::is_collocation(U"##number##", U"business"));
  CHECK(caption::is_collocation(U"b", U"stewart"));
  CHECK_FALSE(caption::is_collocation(U"b", U"business"));
  CHECK_FALSE(caption::is_collocation(U"stewart", U"b"));
  CHECK(caption::sentence_ends_between(U"cat.", U"stewart"));
  CHECK_FALSE(caption::sentence_ends_between(U"b.", U"stewart"));
}

TEST_CASE("the abbreviations are those of the model, in the order that a search needs",
          "[benchmarks][chair][tokens]") {
  for (const char32_t* word :
       {U"a.a", U"a.c", U"yr", U"u.s.s.r", U"messrs", U"ph.d", U"s", U"st"}) {
    CHECK(caption::is_abbreviation(word));
  }
  for (const char32_t* word : {U"", U".", U"i", U"no", U"cat", U"fig", U"yrs"}) {
    CHECK_FALSE(caption::is_abbreviation(word));
  }
}

TEST_CASE("quotes that open become `` or stand alone", "[benchmarks][chair][tokens]") {
  for (const auto& [text, words] : Cases{
           {"\"cat\" and ``dog'' ('bird')", "`` cat '' and `` dog '' ( ' bird ' )"},
           {"say \"cat\" (\"dog\") [''cow''", "say `` cat '' ( `` dog '' ) [ `` cow ''"},
           {"`cat` ```dog", "` cat ` `` ` dog"},
           {"«chat» “dog” ‘bird’ „cow”", "« chat » “ dog ” ‘ bird ’ „ cow ”"},
           {"it's 'cat' 'em 'tis 's", "it 's ' cat ' ' em ' tis 's"},
           {"o'cat x'cat", "o'cat x'cat"},
       }) {
    CHECK(tokens(text) == words);
  }
}

TEST_CASE("punctuation stands alone, but for periods and hyphens inside words",
          "[benchmarks][chair][tokens]") {
  for (const auto& [text, words] : Cases{
           {"A cat. A dog.", "a cat . a dog ."},
           {"a dog.a cat", "a dog.a cat"},
           {"the u.s. team.", "the u.s. team ."},
           {"a cat.)", "a cat . )"},
           {"a cat.”", "a cat . ”"},
           {"a cat.. dog...", "a cat .. dog ..."},
           {"a cat . .", "a cat . ."},
           {"cat: dog, 3,000 at 10:30, cat,dog ::", "cat : dog , 3,000 at 10:30 , cat , dog : :"},
           {"cats,", "cats ,"},
           {"cat; dog @ home #1 $5 50% a&b", "cat ; dog @ home # 1 $ 5 50 % a & b"},
           {"man—woman 1–2 ‒ ―", "man — woman 1 – 2 ‒ ―"},
           {"cat? dog! cow*", "cat ? dog ! cow *"},
           {"cats' and dogs'.", "cats ' and dogs ' ."},
           {"[cat] (dog) {cow} <bear>", "[ cat ] ( dog ) { cow } < bear >"},
           {"cat--dog - x---y", "cat -- dog - x -- -y"},
           {"a hot-dog", "a hot-dog"},
       }) {
    CHECK(tokens(text) == words);
  }
}

TEST_CASE("endings with an apostrophe and contractions are parted", "[benchmarks][chair][tokens]") {
  for (const auto& [text, words] : Cases{
           {"don't we'll they've I'm she'd you're it's",
            "do n't we 'll they 've i 'm she 'd you 're it 's"},
           {"dog’s cat’", "dog ’ s cat ’"},
           {"cannot gonna gotta gimme lemme more'n d'ye",
            "can not gon na got ta gim me lem me more 'n d 'ye"},
           {"wanna wanna-be wanna.", "wan na wanna-be wan na ."},
           {"cannots acannot cannot-be", "cannots acannot can not -be"},
       }) {
    CHECK(tokens(text) == words);
  }
  // " 'tis" is met only where the rule for opening quotes has left it together.
  CHECK(caption::contractions_apart(U" 'tis 'twas x'tis ") == U"  't is   't was  x'tis ");
}

TEST_CASE("white space is Unicode's, and letters beyond ASCII are letters",
          "[benchmarks][chair][tokens]") {
  CHECK(tokens("  two\t\u00a0cats\u2003and\u3000É \n") == "two cats and é");
  CHECK(tokens("l'été 'été été's") == "l'été ' été été 's");
  CHECK(tokens("cat's\u00a0dog") == "cat 's dog");
}

TEST_CASE("bytes that are no UTF-8 are kept apart from words", "[benchmarks][chair][tokens]") {
  CHECK(tokens("a \xff cat \xc3( \xe2\x80") == "a \uFFFD cat \uFFFD ( \uFFFD");
  CHECK(tokens(std::string("a\0cat dog", 9)) == std::string("a\0cat dog", 9));
}

TEST_CASE("a hostile megabyte takes time in proportion to its length",
          "[benchmarks][chair][tokens]") {
  using Clock = std::chrono::steady_clock;
  const auto seconds = [](const std::string& text) {
    const auto begin = Clock::now();
    CHECK(word_tokenize(text).size() <= text.size());
    return std::chrono::duration<double>(Clock::now() - begin).count();
  };
  for (const std::string unit :
       {"a", ".", ". ", "1. ", "a.)", "'", "`", "-a", "\xff", "\xc2\xa0", ". . "}) {
    std::string text;
    while (text.size() < (1U << 20U)) text += unit;
    // Quadratic time would be hours; the bound leaves room for a slow machine.
    CHECK(seconds(text) < 60);
  }
}
