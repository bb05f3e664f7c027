// SPDX-License-Identifier: MIT
/// \file Rules by name: how one evaluator or another reads an answer, and how data are then called.
#pragma once

#include <string>
#include <string_view>

#include <infoflow/core/error.hpp>

namespace infoflow {

/// The rule of that name; the first one, which is the benchmark's own, for an empty name.
/// \param rules  a range of values with a `name`, not empty
/// \throws Error listing the names if there is none
template <class Rules>
[[nodiscard]] const auto& rule_named(const Rules& rules, std::string_view name) {
  std::string names;
  for (const auto& rule : rules) {
    if (name.empty() || rule.name == name) return rule;
    names += (names.empty() ? "" : ", ") + std::string(rule.name);
  }
  throw Error("no rule is called \"" + std::string(name) + "\" here", "--rule", "use " + names);
}

/// "ScienceQA"; "ScienceQA (original)" under another rule than the benchmark's own.
/// \param rules  as rule_named() takes them
template <class Rules>
[[nodiscard]] std::string title_under(std::string_view rule, const Rules& rules,
                                      const std::string& benchmark) {
  return rule == rules.front().name ? benchmark : benchmark + " (" + std::string(rule) + ")";
}

}  // namespace infoflow
