// SPDX-License-Identifier: MIT
/// \file Which option of a lettered question an answer names, evaluator by evaluator.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <infoflow/metrics/answer_text.hpp>
#include <infoflow/metrics/lower_case.hpp>

namespace infoflow {

using Choices = std::vector<std::string>;  ///< Options in order, without their letters.

/// 'A' for option 0, 'B' for 1, …
[[nodiscard]] constexpr char letter_of(std::size_t option) {
  return static_cast<char>('A' + static_cast<int>(option));
}

namespace detail {

constexpr char no_letter = '\0';

[[nodiscard]] constexpr bool is_capital(char c) {
  return c >= 'A' && c <= 'Z';
}

[[nodiscard]] inline bool is_offered(char letter, const Choices& choices) {
  return letter >= 'A' && static_cast<std::size_t>(letter - 'A') < choices.size();
}

/// The letter in "The answer is B.", where any character but a line break may stand for the period;
/// none unless that occurs exactly once.
[[nodiscard]] inline char stated_letter(std::string_view answer) {
  constexpr std::string_view opening = "The answer is ";
  char letter = no_letter;
  for (std::size_t at = answer.find(opening); at != std::string_view::npos;
       at = answer.find(opening, at)) {
    at += opening.size();
    if (at + 1 >= answer.size() || !is_capital(answer[at]) || answer[at + 1] == '\n') continue;
    if (letter != no_letter) return no_letter;
    letter = answer[at];
    at += 2;  // The period is used up: it cannot begin the next statement.
  }
  return letter;
}

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
  if (text.size() == 1 && text[0] >= 'a' && text[0] <= 'z') return static_cast<char>(text[0] - 32);
  if (text.size() == 1) return text[0];
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

/// The letter in "answer is B", in either case and with asterisks around it: the first such place.
[[nodiscard]] inline char letter_after_answer_is(std::string_view answer) {
  const std::string small = text::lower(answer);
  const auto after_blanks = [&](std::size_t at) {
    while (at < small.size()) {
      const text::Character c = text::first_character(std::string_view(small).substr(at));
      if (!text::is_space(c.value)) break;
      at += c.length;
    }
    return at;
  };
  for (std::size_t at = small.find("answer"); at != std::string::npos;
       at = small.find("answer", at + 1)) {
    const std::size_t is = after_blanks(at + 6);
    if (is == at + 6 || small.compare(is, 2, "is") != 0) continue;
    std::size_t letter = after_blanks(is + 2);
    if (letter == is + 2) continue;
    while (letter < small.size() && small[letter] == '*') ++letter;
    if (letter < small.size() && small[letter] >= 'a' && small[letter] <= 'd') {
      return static_cast<char>(small[letter] - 32);
    }
  }
  return no_letter;
}

/// The only offered letter among the words, if it stands among the last four; else "answer is B";
/// else the only option whose text occurs, in an answer not longer than twice all options.
[[nodiscard]] inline char pick_as_vlmevalkit(std::string_view answer, const Choices& choices) {
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
  if (const char stated = letter_after_answer_is(answer); stated != no_letter) return stated;

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
