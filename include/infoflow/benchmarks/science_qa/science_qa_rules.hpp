// SPDX-License-Identifier: MIT
/// \file Which option of a lettered question an answer names, evaluator by evaluator.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <infoflow/benchmarks/items/choices.hpp>
#include <infoflow/text/answer_text.hpp>
#include <infoflow/text/lower_case.hpp>

namespace infoflow {

namespace detail {

constexpr char no_letter = '\0';

}  // namespace detail

/// The letter in "The answer is B.", where any character but a line break may stand for the period;
/// none unless that occurs exactly once.
[[nodiscard]] inline char stated_letter(std::string_view answer) {
  constexpr std::string_view opening = "The answer is ";
  char letter = detail::no_letter;
  for (std::size_t at = answer.find(opening); at != std::string_view::npos;
       at = answer.find(opening, at)) {
    at += opening.size();
    if (at + 1 >= answer.size() || !is_capital(answer[at]) || answer[at + 1] == '\n') continue;
    if (letter != detail::no_letter) return detail::no_letter;
    letter = answer[at];
    at += 2;  // The period is used up: it cannot begin the next statement.
  }
  return letter;
}

namespace detail {

/// The bare letter, or "B. …", or else as the original.
/// Source: LLaVA's eval_science_qa.py.
[[nodiscard]] inline char pick_as_llava(std::string_view answer, const Choices&) {
  const bool opens = !answer.empty() && answer[0] >= 'A' && answer[0] <= 'E';
  if (opens && (answer.size() == 1 || answer.substr(1, 2) == ". ")) return answer[0];
  return stated_letter(answer);
}

/// Source: ScienceQA's run_gpt3.py; where that draws an option at random, the answer is wrong here.
[[nodiscard]] inline char pick_as_original(std::string_view answer, const Choices&) {
  return stated_letter(answer);
}

/// The bare letter in either case, or a capital with a period after it.
[[nodiscard]] inline char pick_as_lmms_eval(std::string_view answer, const Choices&) {
  const std::string_view text = text::strip(answer);
  const std::string small = text::lower(text);
  if (small.size() == 1 && small[0] >= 'a' && small[0] <= 'z') {
    return static_cast<char>(small[0] - 32);
  }
  return text.size() >= 2 && is_capital(text[0]) && text[1] == '.' ? text[0] : no_letter;
}

/// The first character if it is an offered letter, so that "A picture" is A; else the first option
/// whose text occurs; else "X." or "(X)".
[[nodiscard]] inline char pick_as_internvl(std::string_view answer, const Choices& choices) {
  const std::string_view text = text::strip(answer);
  if (text.empty()) return no_letter;
  if (text.size() == 1 || is_offered(text[0], choices)) return text[0];
  for (std::size_t option = 0; option < choices.size(); ++option) {
    if (text::contains(text, choices[option])) return letter_of(option);
  }
  if (text[1] == '.') return text[0];
  return text.size() > 2 && text[0] == '(' && text[2] == ')' ? text[1] : no_letter;
}

/// The bytes of `word`, which is in lower case, at the front of `text` in any case, where Python's
/// expressions take a long s for s, and an i with or without its dot for i; 0 if it is not there.
[[nodiscard]] inline std::size_t opening_word(std::string_view text, std::string_view word) {
  std::size_t at = 0;
  for (const char wanted : word) {
    if (at == text.size()) return 0;
    const text::Character c = text::first_character(text.substr(at));
    const bool same = c.value == static_cast<char32_t>(wanted) ||
                      c.value == static_cast<char32_t>(wanted - 32) ||
                      (wanted == 's' && c.value == 0x17F) ||
                      (wanted == 'i' && (c.value == 0x130 || c.value == 0x131));
    if (!same) return 0;
    at += c.length;
  }
  return at;
}

/// The bytes of white space at the front.
[[nodiscard]] inline std::size_t opening_blanks(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const text::Character c = text::first_character(text.substr(at));
    if (!text::is_space(c.value)) break;
    at += c.length;
  }
  return at;
}

/// The letter A to D in "answer is B", in either case and with asterisks before it, at the first
/// such place: "answer is Dublin" says D.
[[nodiscard]] inline char letter_after_answer_is(std::string_view answer) {
  for (; !answer.empty(); answer.remove_prefix(1)) {
    std::string_view rest = answer;
    bool read = true;
    for (const std::string_view word : {"answer", "is"}) {
      const std::size_t length = opening_word(rest, word);
      rest.remove_prefix(length);
      const std::size_t blanks = length > 0 ? opening_blanks(rest) : 0;
      rest.remove_prefix(blanks);
      read = blanks > 0;
      if (!read) break;
    }
    if (!read) continue;
    rest.remove_prefix(std::min(rest.find_first_not_of('*'), rest.size()));
    if (rest.empty()) continue;
    const char c = rest[0];
    if (c >= 'A' && c <= 'D') return c;
    if (c >= 'a' && c <= 'd') return static_cast<char>(c - 32);
  }
  return no_letter;
}

/// The letter by its word: the only offered one among the words, if it stands among the last four;
/// Z, which says "none of these", if that is a word and no letter is; else the first "answer is B",
/// if B is offered. Phrases of refusal are a Z, too.
[[nodiscard]] inline char vlmevalkit_letter(std::string_view answer, const Choices& choices) {
  constexpr char none_of_these = 'Z';
  constexpr std::array<std::string_view, 4> refusals{
      "Sorry, I can't help with images of people yet.", "I can't process this file.",
      "I'm sorry, but without the image provided", "Cannot determine the answer"};
  for (const std::string_view refusal : refusals) {
    if (text::contains(answer, refusal)) return none_of_these;
  }
  std::string spaced(answer);
  for (char& c : spaced) {
    if (std::string_view(".()[],:;!*#{}").find(c) != std::string_view::npos) c = ' ';
  }
  const std::vector<std::string_view> words = text::words(spaced);
  std::vector<std::size_t> places;  // Of the first occurrence of each offered letter.
  for (std::size_t option = 0; option < choices.size(); ++option) {
    const std::string letter(1, letter_of(option));
    const auto found = std::find(words.begin(), words.end(), letter);
    if (found != words.end()) places.push_back(static_cast<std::size_t>(found - words.begin()));
  }
  if (places.size() == 1 && places[0] + 4 >= words.size()) return words[places[0]][0];
  if (places.empty() && text::has(words, "Z")) return none_of_these;
  const char stated = letter_after_answer_is(answer);
  return is_offered(stated, choices) ? stated : no_letter;
}

/// A letter if there is one; else the only option whose text occurs, in an answer not longer than
/// twice all options. What is said of a failed request is not searched for letters.
/// Source: VLMEvalKit's matching_util.py under exact matching, where the undecided are wrong.
[[nodiscard]] inline char pick_as_vlmevalkit(std::string_view answer, const Choices& choices) {
  const bool failed = text::contains(answer, "Failed to obtain answer via API");
  const char letter = failed ? no_letter : vlmevalkit_letter(answer, choices);
  if (letter != no_letter) return letter;
  const std::string small = text::lower(answer);
  std::size_t characters = 0;
  std::vector<char> mentioned;
  for (std::size_t option = 0; option < choices.size(); ++option) {
    characters += text::length(choices[option]);
    if (text::contains(small, text::lower(choices[option]))) mentioned.push_back(letter_of(option));
  }
  const bool brief = text::length(small) <= 2 * characters;
  return brief && mentioned.size() == 1 ? mentioned[0] : no_letter;
}

}  // namespace detail

/// One evaluator's way with lettered options.
struct ScienceQaRule {
  std::string_view name;
  /// The letter that the answer names, offered or not; '\0' if there is none.
  char (*pick)(std::string_view answer, const Choices& choices);
};

/// The one that model reports use first.
inline constexpr std::array<ScienceQaRule, 5> science_qa_rules{{
    {"llava", detail::pick_as_llava},
    {"original", detail::pick_as_original},
    {"lmms-eval", detail::pick_as_lmms_eval},
    {"vlmevalkit", detail::pick_as_vlmevalkit},
    {"internvl", detail::pick_as_internvl},
}};

}  // namespace infoflow
