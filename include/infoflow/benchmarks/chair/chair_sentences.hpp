// SPDX-License-Identifier: MIT
/// \file Where a lower-cased caption's sentences end, as NLTK's Punkt splitter with its English
/// model says.
///
/// The word tokenizer treats the last period of a sentence unlike all others, so an object at a
/// sentence's end is only found if the end is. Punkt learns what a period means from capitals; in
/// lower-cased text what is left of it are lists: abbreviations, pairs of words, and the few words
/// that were seen to begin a sentence in lower case.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

#include <infoflow/benchmarks/chair/chair_punkt_model.hpp>
#include <infoflow/benchmarks/chair/chair_text.hpp>

namespace infoflow {

namespace caption {

[[nodiscard]] constexpr bool may_end_sentence(char32_t c) {
  return c == '.' || c == '?' || c == '!';
}

/// Punctuation that is never part of a word.
[[nodiscard]] constexpr bool ends_word(char32_t c) {
  return is_one_of(c, U")\";}]*:@'({[?!\u2018\u2019\u201c\u201d\u00ab\u00bb");
}

[[nodiscard]] inline std::size_t run_end(std::u32string_view text, std::size_t at, char32_t c) {
  while (at < text.size() && text[at] == c) ++at;
  return at;
}

[[nodiscard]] inline std::size_t blanks_end(std::u32string_view text, std::size_t at) {
  while (at < text.size() && is_space(text[at])) ++at;
  return at;
}

[[nodiscard]] inline std::size_t word_end(std::u32string_view text, std::size_t at) {
  while (at < text.size() && !is_space(text[at])) ++at;
  return at;
}

/// The length of "--", "...", ". . ." (two or more of them) at `at`; 0 if there is none.
[[nodiscard]] inline std::size_t dashes_or_dots(std::u32string_view text, std::size_t at) {
  const char32_t c = text[at];
  if (c != '-' && c != '.') return 0;
  const std::size_t end = run_end(text, at, c);
  if (end - at >= 2) return end - at;
  std::size_t last = at;  // The last period of a run with one blank between two.
  while (c == '.' && last + 2 < text.size() && is_space(text[last + 1]) && text[last + 2] == '.') {
    last += 2;
  }
  return last - at >= 4 ? last + 1 - at : 0;
}

/// True if a word that reached `at` ends there.
[[nodiscard]] inline bool word_ends_at(std::u32string_view text, std::size_t at) {
  const auto ends = [&](std::size_t i) {
    return i >= text.size() || is_space(text[i]) || ends_word(text[i]) ||
           dashes_or_dots(text, i) > 0;
  };
  return ends(at) || (text[at] == ',' && ends(at + 1));
}

/// The splitter's own words: a period stays with its word, other punctuation stands alone.
[[nodiscard]] inline std::vector<std::u32string_view> punkt_words(std::u32string_view text) {
  std::vector<std::u32string_view> words;
  for (std::size_t at = blanks_end(text, 0); at < text.size(); at = blanks_end(text, at)) {
    std::size_t end = at + std::max<std::size_t>(1, dashes_or_dots(text, at));
    if (end == at + 1 && !is_one_of(text[at], U"(\"`{[:;&#*@)}]-,")) {
      while (!word_ends_at(text, end)) ++end;
    }
    words.push_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

/// "12", "-3.5", "1,000.": what Punkt takes for a number, with its period.
[[nodiscard]] inline bool is_punkt_number(std::u32string_view word) {
  std::size_t at = !word.empty() && word[0] == '-' ? 1 : 0;
  if (at < word.size() && is_one_of(word[at], U".,")) ++at;
  if (at >= word.size() || !is_digit(word[at])) return false;
  return std::all_of(word.begin() + static_cast<std::ptrdiff_t>(at), word.end(),
                     [](char32_t c) { return is_digit(c) || is_one_of(c, U",.-"); });
}

[[nodiscard]] inline std::u32string_view without_period(std::u32string_view word) {
  return word.size() > 1 && word.back() == '.' ? word.substr(0, word.size() - 1) : word;
}

/// True if the word by itself, whatever follows, looks like the end of a sentence.
[[nodiscard]] inline bool looks_final(std::u32string_view word) {
  if (word.size() == 1) return may_end_sentence(word[0]);
  if (word.back() != '.' || word[word.size() - 2] == '.') return false;
  const std::u32string_view stem = without_period(word);
  const std::size_t dash = stem.rfind(U'-');
  return !is_abbreviation(stem) &&
         (dash == std::u32string_view::npos || !is_abbreviation(stem.substr(dash + 1)));
}

/// What the lists know a word by.
[[nodiscard]] inline std::u32string_view punkt_type(std::u32string_view word, bool final) {
  if (is_punkt_number(word)) return punkt_number;
  return final ? without_period(word) : word;
}

/// True if a sentence ends between these two words.
[[nodiscard]] inline bool sentence_ends_between(std::u32string_view word,
                                                std::u32string_view next) {
  if (!looks_final(word)) return false;
  if (word.back() != '.') return true;
  const std::u32string_view type = punkt_type(word, true);
  const std::u32string_view next_type = punkt_type(next, looks_final(next));
  if (is_collocation(type, next_type)) return false;
  const bool initial = word.size() == 2 && is_word_character(word[0]) && !is_digit(word[0]);
  if (!initial && type != punkt_number) return true;
  if (next.size() == 1 && is_one_of(next[0], U";:,.!?")) return false;
  return !is_lower(next[0]) || begins_sentences(next_type);
}

/// A period, question or exclamation mark with what decides about it: its word, and what follows.
struct SentenceMark {
  std::size_t at = 0;
  std::size_t word = 0;       ///< Where the mark's word begins.
  std::size_t after = 0;      ///< Where what follows ends.
  std::size_t following = 0;  ///< Where the next sentence would begin.
};

/// The marks at which a sentence may end: one per word, its last.
[[nodiscard]] inline std::vector<SentenceMark> sentence_marks(std::u32string_view text) {
  std::vector<SentenceMark> marks;
  std::size_t seen = 0;  // The mark before, and the begin of its word.
  std::size_t seen_word = 0;
  for (std::size_t at = 0; at + 1 < text.size(); ++at) {
    if (!may_end_sentence(text[at])) continue;
    SentenceMark mark{at, seen_word, at + 2, at + 1};
    if (!ends_word(text[at + 1])) {
      mark.following = blanks_end(text, at + 1);
      if (mark.following == at + 1 || mark.following == text.size()) continue;
      mark.after = word_end(text, mark.following);
    }
    const std::u32string_view between = text.substr(seen, at - seen);
    const std::size_t blank = between.find_last_of(U" \t\n\r\v\f");
    if (blank != std::u32string_view::npos && blank > 0) mark.word = seen + blank + 1;
    if (!marks.empty() && mark.word < seen) marks.pop_back();  // It was inside of this mark's word.
    marks.push_back(mark);
    seen = at;
    seen_word = mark.word;
  }
  return marks;
}

[[nodiscard]] inline bool ends_sentence(std::u32string_view text, const SentenceMark& mark) {
  const std::vector<std::u32string_view> words =
      punkt_words(text.substr(mark.word, mark.after - mark.word));
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (sentence_ends_between(words[i], words[i + 1])) return true;
  }
  return false;
}

/// Where closing quotes and brackets that stand at `at` end, if nothing else is joined to them;
/// else `at`.
[[nodiscard]] inline std::size_t closers_end(std::u32string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && is_one_of(text[end], U"\"')]}\u2018\u2019\u201c\u201d\u00ab\u00bb"))
    ++end;
  const bool alone = end >= text.size() || is_space(text[end]) || text.substr(end, 2) == U"--";
  return alone ? end : at;
}

}  // namespace caption

/// The sentences of a lower-cased text, without the blanks between them. Closing quotes and
/// brackets belong to the sentence that they follow. Time is linear in the text.
/// Source: Kiss and Strunk, "Unsupervised multilingual sentence boundary detection" (2006), as NLTK
/// 3.10 with the model punkt_tab/english applies it to lower-cased text.
[[nodiscard]] inline std::vector<std::u32string_view> split_sentences(std::u32string_view text) {
  while (!text.empty() && caption::is_space(text.back())) text.remove_suffix(1);
  std::vector<std::u32string_view> sentences;
  std::size_t begin = 0;
  const auto add = [&](std::size_t end) {
    if (begin < end) sentences.push_back(text.substr(begin, end - begin));
  };
  for (const caption::SentenceMark& mark : caption::sentence_marks(text)) {
    if (!caption::ends_sentence(text, mark)) continue;
    const std::size_t end = caption::closers_end(text, mark.following);
    if (end > mark.following) {
      add(end);
      begin = caption::blanks_end(text, end);
    } else {
      add(mark.at + 1);
      begin = mark.following;
    }
  }
  add(text.size());
  return sentences;
}

}  // namespace infoflow
