// SPDX-License-Identifier: MIT
/// \file A caption's words as NLTK's word_tokenize gives them for the lower-cased caption.
///
/// The tokenizer is a row of substitutions, each over the whole sentence, that put blanks around
/// what stands alone; the words are what is then between blanks. Each substitution here is one pass
/// from left to right, so time is linear in the sentence.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <infoflow/benchmarks/chair/chair_sentences.hpp>
#include <infoflow/benchmarks/chair/chair_text.hpp>

namespace infoflow {

namespace caption {

/// Rewrites a text: `rule(text, at, out)` appends what replaces the match at `at` and answers its
/// length; 0 is no match, and the character stays.
template <class Rule>
[[nodiscard]] std::u32string rewritten(std::u32string_view text, Rule rule) {
  std::u32string out;
  out.reserve(text.size() + 16);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = rule(text, at, out);
    if (length == 0) out += text[at];
    at += length == 0 ? 1 : length;
  }
  return out;
}

/// Puts blanks around each of these characters.
[[nodiscard]] inline std::u32string apart(std::u32string_view text,
                                          std::u32string_view characters) {
  return rewritten(text, [&](auto all, std::size_t at, std::u32string& out) -> std::size_t {
    if (!is_one_of(all[at], characters)) return 0;
    out += {U' ', all[at], U' '};
    return 1;
  });
}

/// Puts blanks around each run of at least `least` characters `c`.
[[nodiscard]] inline std::u32string runs_apart(std::u32string_view text, char32_t c,
                                               std::size_t least) {
  return rewritten(text, [&](auto all, std::size_t at, std::u32string& out) -> std::size_t {
    const std::size_t length = run_end(all, at, c) - at;
    if (length == 0) return 0;
    const std::u32string_view margin = length >= least ? U" " : U"";
    out.append(margin).append(length, c).append(margin);
    return length;
  });
}

[[nodiscard]] inline std::u32string replaced(std::u32string_view text, std::u32string_view what,
                                             std::u32string_view by) {
  return rewritten(text, [&](auto all, std::size_t at, std::u32string& out) -> std::size_t {
    if (all.substr(at, what.size()) != what) return 0;
    out += by;
    return what.size();
  });
}

/// Sets the period apart that ends the sentence, before any of the `closers` behind it.
[[nodiscard]] inline std::u32string final_period_apart(std::u32string_view text,
                                                       std::u32string_view closers,
                                                       std::u32string_view margin) {
  const std::size_t period = text.rfind(U'.');
  const bool alone = period != std::u32string_view::npos && period > 0 && text[period - 1] != '.';
  if (!alone) return std::u32string(text);
  std::size_t end = period + 1;
  while (end < text.size() && is_one_of(text[end], closers)) ++end;
  if (blanks_end(text, end) != text.size()) return std::u32string(text);
  std::u32string out(text.substr(0, period));
  out.append(U" .").append(margin).append(text.substr(period + 1, end - period - 1)).append(U" ");
  return out;
}

/// True if a word boundary lies before the character at `at`.
[[nodiscard]] inline bool is_word_boundary(std::u32string_view text, std::size_t at) {
  const bool before = at > 0 && is_word_character(text[at - 1]);
  const bool after = at < text.size() && is_word_character(text[at]);
  return before != after;
}

/// True if one of these clitics, as a whole word, stands at `at`.
[[nodiscard]] inline bool clitic_at(std::u32string_view text, std::size_t at) {
  constexpr std::array<std::u32string_view, 8> clitics{U"re", U"ve", U"ll", U"m",
                                                       U"t",  U"s",  U"d",  U"n"};
  for (const std::u32string_view clitic : clitics) {
    const bool here = text.substr(at, clitic.size()) == clitic;
    if (here && is_word_boundary(text, at + clitic.size())) return true;
  }
  return false;
}

[[nodiscard]] inline std::u32string starting_quotes_apart(std::u32string text) {
  text = runs_apart(apart(text, U"\u00ab\u201c\u2018\u201e"), U'`', 1);
  if (text.starts_with(U'"')) text.replace(0, 1, U"``");
  text = replaced(text, U"``", U" `` ");
  text = rewritten(text, [](auto all, std::size_t at, std::u32string& out) -> std::size_t {
    if (!is_one_of(all[at], U" ([{<")) return 0;
    const std::u32string_view next = all.substr(at + 1);
    const std::size_t quote = next.starts_with(U'"') ? 1 : next.starts_with(U"''") ? 2 : 0;
    if (quote == 0) return 0;
    out.append(1, all[at]).append(U" `` ");
    return 1 + quote;
  });
  return rewritten(text, [](auto all, std::size_t at, std::u32string& out) -> std::size_t {
    const bool opens = all[at] == '\'' && (at == 0 || !is_word_character(all[at - 1])) &&
                       at + 1 < all.size() && is_word_character(all[at + 1]);
    if (!opens || clitic_at(all, at + 1)) return 0;
    out += U"' ";
    return 1;
  });
}

[[nodiscard]] inline std::u32string punctuation_apart(std::u32string text) {
  text = final_period_apart(text, U"])}>\"'\u00bb\u201d\u2019 ", U" ");
  text = rewritten(text, [](auto all, std::size_t at, std::u32string& out) -> std::size_t {
    if (!is_one_of(all[at], U":,") || at + 1 >= all.size() || is_digit(all[at + 1])) return 0;
    out += {U' ', all[at], U' ', all[at + 1]};
    return 2;
  });
  if (text.ends_with(U':') || text.ends_with(U',')) text.insert(text.size() - 1, U" ").append(U" ");
  text = runs_apart(text, U'.', 2);
  text = apart(text, U";@#$%&\u2012\u2013\u2014\u2015");
  text = final_period_apart(text, U"])}>\"'", U"");
  text = apart(text, U"?!");
  text = rewritten(text, [](auto all, std::size_t at, std::u32string& out) -> std::size_t {
    if (all[at] == '\'' || all.substr(at + 1, 2) != U"' ") return 0;
    out.append(1, all[at]).append(U" ' ");
    return 3;
  });
  return replaced(apart(text, U"*][(){}<>"), U"--", U" -- ");
}

/// \param text  begins and ends with a blank
[[nodiscard]] inline std::u32string ending_quotes_apart(std::u32string text) {
  text = apart(text, U"\u00bb\u201d\u2019");
  text = replaced(replaced(text, U"''", U" '' "), U"\"", U" '' ");
  text = rewritten(text, [](auto all, std::size_t at, std::u32string& out) -> std::size_t {
    const std::size_t blanks = blanks_end(all, at) - at;
    if (blanks > 0) out += U' ';
    return blanks;
  });
  const auto endings_apart = [&](auto... endings) {
    text = rewritten(text, [&](auto all, std::size_t at, std::u32string& out) -> std::size_t {
      if (all[at] == '\'' || all[at] == ' ') return 0;
      const std::u32string_view next = all.substr(at + 1);
      std::size_t length = 0;
      ((length = length == 0 && next.starts_with(endings) ? std::u32string_view(endings).size()
                                                          : length),
       ...);
      if (length == 0) return 0;
      out.append(1, all[at]).append(U" ").append(next.substr(0, length));
      return 1 + length;
    });
  };
  endings_apart(U"'s ", U"'m ", U"'d ", U"' ");
  endings_apart(U"'ll ", U"'re ", U"'ve ", U"n't ");
  return text;
}

/// Two words written as one: "cannot", and how long the first is.
struct Contraction {
  std::u32string_view whole;
  std::size_t first;
};

[[nodiscard]] inline std::u32string contractions_apart(std::u32string text) {
  constexpr std::array<Contraction, 10> contractions{{{U"cannot", 3},
                                                      {U"d'ye", 1},
                                                      {U"gimme", 3},
                                                      {U"gonna", 3},
                                                      {U"gotta", 3},
                                                      {U"lemme", 3},
                                                      {U"more'n", 4},
                                                      {U"wanna", 3},
                                                      {U"'tis", 2},
                                                      {U"'twas", 2}}};
  for (const auto& contraction : contractions) {
    // By name: clang before 16 lets no lambda capture a structured binding.
    const std::u32string_view whole = contraction.whole;
    const std::size_t first = contraction.first;
    if (text.find(whole) == std::u32string::npos) continue;
    text = rewritten(text, [&](auto all, std::size_t at, std::u32string& out) -> std::size_t {
      const std::size_t end = at + whole.size();
      if (all.substr(at, whole.size()) != whole || !is_word_boundary(all, end)) return 0;
      const bool begins =
          whole[0] == '\'' ? at > 0 && all[at - 1] == ' ' : is_word_boundary(all, at);
      const bool blank_must_follow = whole == U"wanna";
      if (!begins || (blank_must_follow && !is_space(all[end]))) return 0;
      out.append(U" ").append(whole.substr(0, first)).append(U" ");
      out.append(whole.substr(first)).append(U" ");
      return whole.size();
    });
  }
  return text;
}

inline void add_tokens(std::u32string_view sentence, std::vector<std::string>& tokens) {
  std::u32string text = punctuation_apart(starting_quotes_apart(std::u32string(sentence)));
  text = contractions_apart(ending_quotes_apart(U" " + text + U" "));
  for (std::size_t at = blanks_end(text, 0); at < text.size(); at = blanks_end(text, at)) {
    const std::size_t end = word_end(text, at);
    tokens.push_back(utf8(std::u32string_view(text).substr(at, end - at)));
    at = end;
  }
}

}  // namespace caption

/// The words and punctuation marks of a caption, in lower case. Bytes that are no UTF-8 become
/// U+FFFD.
/// Source: NLTK 3.10, word_tokenize of the lower-cased caption.
[[nodiscard]] inline std::vector<std::string> word_tokenize(std::string_view text) {
  const std::u32string lowered = caption::characters(text::lower(text));
  std::vector<std::string> tokens;
  for (const std::u32string_view sentence : split_sentences(lowered)) {
    caption::add_tokens(sentence, tokens);
  }
  return tokens;
}

}  // namespace infoflow
