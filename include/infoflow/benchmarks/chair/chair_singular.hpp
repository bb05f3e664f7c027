// SPDX-License-Identifier: MIT
/// \file The singular of an English word as the pattern library makes it, with pattern's mistakes:
/// "bus" becomes "bu", "glass" "glas", and numbers of CHAIR depend on it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include <infoflow/benchmarks/chair/chair_singular_rules.hpp>

namespace infoflow {

namespace detail {

[[nodiscard]] inline bool fits(const singulars::SingularRule& rule, std::string_view word) {
  if (rule.place == singulars::PluralPlace::begin) return word.starts_with(rule.plural);
  if (rule.place == singulars::PluralPlace::whole) return word == rule.plural;
  if (!word.ends_with(rule.plural)) return false;
  if (rule.before.empty()) return true;
  word.remove_suffix(rule.plural.size());
  if (word.empty()) return false;
  const bool other = rule.before.front() == '^';
  const bool listed = rule.before.substr(other ? 1 : 0).find(word.back()) != std::string_view::npos;
  return listed != other;
}

/// True if one of `words` ends with `end`.
template <class Words>
[[nodiscard]] bool any_ends_with(const Words& words, std::string_view end) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return word.ends_with(end); });
}

/// The singular of a word without compounds and without an apostrophe at its end.
[[nodiscard]] inline std::string plain_singular(std::string_view word) {
  if (any_ends_with(singulars::uninflected_words, word)) return std::string(word);
  for (const std::string_view singular : singulars::words_in_ie) {
    if (word.ends_with('s') && word.substr(0, word.size() - 1).ends_with(singular)) {
      return std::string(word);
    }
  }
  for (const singulars::IrregularPlural& noun : singulars::irregular_plurals) {
    if (!word.ends_with(noun.plural)) continue;
    return std::string(word.substr(0, word.size() - noun.plural.size())).append(noun.singular);
  }
  for (const singulars::SingularRule& rule : singulars::singular_rules) {
    if (!fits(rule, word)) continue;
    const std::size_t stem = word.size() - rule.plural.size();
    if (rule.place == singulars::PluralPlace::begin) {
      return std::string(rule.singular).append(word.substr(rule.plural.size()));
    }
    return std::string(word.substr(0, stem)).append(rule.singular);
  }
  return std::string(word);
}

/// True if "in" or its like is the second part of a word whose first part ends at `dash`.
[[nodiscard]] inline bool is_compound(std::string_view word, std::size_t dash) {
  if (dash >= word.size()) return false;
  constexpr std::size_t longest = 8;  // No preposition has more letters.
  std::string_view second = word.substr(dash + 1, longest + 1);
  second = second.substr(0, second.find('-'));
  return std::find(singulars::compound_prepositions.begin(), singulars::compound_prepositions.end(),
                   second) != singulars::compound_prepositions.end();
}

}  // namespace detail

/// The singular of a noun, lower-case, in time linear in its length.
/// Source: pattern 3.6, pattern.en.singularize without a custom dictionary.
[[nodiscard]] inline std::string singularize(std::string_view word) {
  const std::size_t dash = word.find('-');
  std::string possessives;
  while (!detail::is_compound(word, dash) && word.ends_with('\'')) {
    word.remove_suffix(1);
    possessives += "'s";
  }
  if (!detail::is_compound(word, dash)) return detail::plain_singular(word) + possessives;
  return singularize(word.substr(0, dash)).append(word.substr(dash)) + possessives;
}

}  // namespace infoflow
