// SPDX-License-Identifier: MIT
/// \file Rules by name: how one evaluator or another reads an answer.
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

}  // namespace infoflow
