// SPDX-License-Identifier: MIT
/// \file How VQA evaluators normalise an answer before they compare it with those of annotators.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <infoflow/benchmarks/text/contractions.hpp>
#include <infoflow/text/answer_text.hpp>
#include <infoflow/text/character_tables.hpp>
#include <infoflow/text/lower_case.hpp>

namespace infoflow {

/// Which periods are dropped.
enum class PeriodRule {
  not_before_digit,  ///< "3." loses its period, ".5" and "3.5" keep theirs.
  not_beside_digit,  ///< "3." keeps it, too.
};

namespace detail {

/// True if a decimal digit of any script begins at `at`.
[[nodiscard]] inline bool digit_at(std::string_view text, std::size_t at) {
  return at < text.size() && text::is_decimal(text::first_character(text.substr(at)).value);
}

/// True if a decimal digit of any script ends before `at`.
[[nodiscard]] inline bool digit_before(std::string_view text, std::size_t at) {
  return at > 0 && text::is_decimal(text::last_character(text.substr(0, at)).value);
}

}  // namespace detail

/// Without punctuation. Each mark is deleted if it stands beside a blank somewhere in the text, or
/// if a comma stands between two digits; else it becomes a blank. Only the first 32 periods are
/// dropped (the evaluators pass a flag where the number of replacements belongs). Digits are those
/// of every script.
/// Source: the VQA challenge's vqaEval.py, and VLMEvalKit for `not_beside_digit`.
[[nodiscard]] inline std::string without_punctuation(std::string_view text, PeriodRule periods) {
  bool digits_with_comma = false;
  for (std::size_t at = text.find(','); at != std::string_view::npos; at = text.find(',', at + 1)) {
    digits_with_comma |= detail::digit_before(text, at) && detail::digit_at(text, at + 1);
  }
  std::string result(text);
  for (const char mark : std::string_view(";/[]\"{}()=+\\_-><@`,?!")) {
    const bool beside_blank = text::contains(text, std::string{mark, ' '}) ||
                              text::contains(text, std::string{' ', mark});
    if (beside_blank || digits_with_comma) {
      std::erase(result, mark);
    } else {
      std::replace(result.begin(), result.end(), mark, ' ');
    }
  }
  std::string without_periods;
  constexpr int most_periods = 32;
  int dropped = 0;
  for (std::size_t at = 0; at < result.size(); ++at) {
    const bool kept = result[at] != '.' || dropped == most_periods ||
                      detail::digit_at(result, at + 1) ||
                      (periods == PeriodRule::not_beside_digit && detail::digit_before(result, at));
    if (kept) {
      without_periods += result[at];
    } else {
      ++dropped;
    }
  }
  return without_periods;
}

/// Line breaks and tabs as blanks, and no white space at the ends.
[[nodiscard]] inline std::string one_line(std::string_view text) {
  std::string line(text);
  std::replace(line.begin(), line.end(), '\n', ' ');
  std::replace(line.begin(), line.end(), '\t', ' ');
  return std::string(text::strip(line));
}

/// Lower-case words with one blank between them: number words up to ten as digits, no articles,
/// contractions with their apostrophe.
[[nodiscard]] inline std::string normal_words(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 12> numbers{{{"none", "0"},
                                                                                   {"zero", "0"},
                                                                                   {"one", "1"},
                                                                                   {"two", "2"},
                                                                                   {"three", "3"},
                                                                                   {"four", "4"},
                                                                                   {"five", "5"},
                                                                                   {"six", "6"},
                                                                                   {"seven", "7"},
                                                                                   {"eight", "8"},
                                                                                   {"nine", "9"},
                                                                                   {"ten", "10"}}};
  const auto mapped = [](const auto& table, std::string_view word) {
    const auto* found = std::find_if(table.begin(), table.end(),
                                     [&](const auto& entry) { return entry.first == word; });
    return found == table.end() ? word : found->second;
  };
  const std::string small = text::lower(text);
  std::string result;
  bool first = true;
  for (std::string_view word : text::words(small)) {
    word = mapped(numbers, word);
    if (word == "a" || word == "an" || word == "the") continue;
    if (!first) result += ' ';
    result += mapped(vqa_contractions, word);
    first = false;
  }
  return result;
}

/// The EvalAI answer processor of TextVQA: what LLaVA, InternVL and lmms-eval compare.
/// Examples: "King's Cross" becomes "king 's cross", "7 - eleven" "7 eleven", and "The" nothing.
/// Source: MMF (Pythia), EvalAIAnswerProcessor.
[[nodiscard]] inline std::string evalai_answer(std::string_view answer) {
  const std::string split_possessives =
      text::replaced(text::without(text::lower(answer), ",?"), "'s", " 's");
  return normal_words(
      without_punctuation(one_line(split_possessives), PeriodRule::not_before_digit));
}

}  // namespace infoflow
