// SPDX-License-Identifier: MIT
/// \file How an answer to a yes/no question is read, evaluator by evaluator.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <infoflow/benchmarks/text/answer_processor.hpp>
#include <infoflow/core/split_text.hpp>
#include <infoflow/text/answer_text.hpp>
#include <infoflow/text/lower_case.hpp>

namespace infoflow {

/// What a rule takes an answer for. `neither` is a wrong answer, whatever the label.
enum class YesNo { no, yes, neither };

[[nodiscard]] constexpr std::string_view name_of(YesNo answer) {
  return answer == YesNo::yes ? "yes" : answer == YesNo::no ? "no" : "neither";
}

namespace detail {

/// The first sentence without commas says no if one of its pieces, at single blanks, is "No", "no"
/// or "not"; everything else is a yes, an empty answer too.
/// Source: POPE's evaluate.py, which LLaVA and InternVL use as it is.
[[nodiscard]] inline YesNo read_as_pope(std::string_view answer, YesNo) {
  const std::string sentence = text::without(answer.substr(0, answer.find('.')), ",");
  const std::vector<std::string_view> words = split_text(sentence, ' ');
  const bool no = text::has(words, "No") || text::has(words, "no") || text::has(words, "not");
  return no ? YesNo::no : YesNo::yes;
}

/// The whole answer counts: no sentence is cut off, and words that end with n't deny, too.
[[nodiscard]] inline YesNo read_as_opera(std::string_view answer, YesNo) {
  const std::string whole = text::without(answer, ".,");
  const std::vector<std::string_view> words = split_text(whole, ' ');
  const bool no = std::any_of(words.begin(), words.end(), [](std::string_view word) {
    return word == "No" || word == "not" || word == "no" || word == "NO" || word.ends_with("n't");
  });
  return no ? YesNo::no : YesNo::yes;
}

/// Right if the label occurs anywhere in the answer: "know" holds a no, and "yes and no" is right
/// twice.
[[nodiscard]] inline YesNo read_as_vcd(std::string_view answer, YesNo label) {
  const bool right = text::contains(text::lower(answer), name_of(label));
  return right ? label : label == YesNo::yes ? YesNo::no : YesNo::yes;
}

/// The answer must be the word and nothing else.
[[nodiscard]] inline YesNo read_as_lmms_eval(std::string_view answer, YesNo) {
  const std::string whole = text::lower(text::strip(answer));
  return whole == "yes" ? YesNo::yes : whole == "no" ? YesNo::no : YesNo::neither;
}

/// One of the two words must occur among the answer's words, and not the other.
[[nodiscard]] inline YesNo read_as_vlmevalkit(std::string_view answer, YesNo) {
  const std::string plain = without_punctuation(text::lower(answer), PeriodRule::not_beside_digit);
  const std::vector<std::string_view> words = text::words(plain);
  const bool yes = text::has(words, "yes");
  const bool no = text::has(words, "no");
  return yes == no ? YesNo::neither : yes ? YesNo::yes : YesNo::no;
}

/// What follows "The answer is " or "Answer: " to the end of the line, which must occur on exactly
/// one line, must be the word; blanks and periods around it do not count.
[[nodiscard]] inline YesNo read_as_shikra(std::string_view answer, YesNo) {
  std::vector<std::string_view> found;
  for (const std::string_view line : split_text(answer, '\n')) {
    std::size_t first = std::string_view::npos;
    std::string_view rest;
    for (const std::string_view opening : {"The answer is ", "the answer is ", "Answer: "}) {
      const std::size_t at = line.find(opening);
      if (at >= first || at + opening.size() == line.size()) continue;
      first = at;
      rest = line.substr(at + opening.size());
    }
    if (!rest.empty()) found.push_back(rest);
  }
  if (found.size() != 1) return YesNo::neither;
  std::string_view word = text::strip(found.front());
  while (word.ends_with('.')) word.remove_suffix(1);
  word = text::strip(word);
  return word == "yes" ? YesNo::yes : word == "no" ? YesNo::no : YesNo::neither;
}

}  // namespace detail

/// One evaluator's way with POPE.
struct PopeRule {
  std::string_view name;
  YesNo (*read)(std::string_view answer, YesNo label);
  /// False: recall leaves out answers that are neither yes nor no.
  bool unread_lowers_recall = true;
  /// True: what is reported as the yes ratio is the labels', not the answers'.
  bool yes_ratio_of_labels = false;
};

/// The benchmark's own first.
inline constexpr std::array<PopeRule, 6> pope_rules{{
    {"official", detail::read_as_pope},
    {"opera", detail::read_as_opera},
    {"vcd", detail::read_as_vcd},
    {"lmms-eval", detail::read_as_lmms_eval, false, true},
    {"vlmevalkit", detail::read_as_vlmevalkit},
    {"shikra", detail::read_as_shikra},
}};

}  // namespace infoflow
