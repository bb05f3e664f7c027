// SPDX-License-Identifier: MIT
/// \file The settings of a cut by name, as they are written on a command line and in result files.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include <infoflow/core/error.hpp>
#include <infoflow/cut/cut_schedule.hpp>

namespace infoflow {

inline constexpr std::array<std::string_view, 3> score_source_names{"before", "at", "user-mean"};
inline constexpr std::array<std::string_view, 2> position_rule_names{"keep", "renumber"};

[[nodiscard]] constexpr std::string_view to_string(ScoreSource source) {
  return score_source_names[static_cast<std::size_t>(source)];
}

[[nodiscard]] constexpr std::string_view to_string(PositionRule rule) {
  return position_rule_names[static_cast<std::size_t>(rule)];
}

namespace detail {

template <class Setting, std::size_t n>
[[nodiscard]] Setting setting_named(std::string_view text,
                                    const std::array<std::string_view, n>& names,
                                    const std::string& where) {
  std::string known;
  for (std::size_t i = 0; i < n; ++i) {
    if (text == names[i]) return static_cast<Setting>(i);
    known += (i == 0 ? "" : ", ") + std::string(names[i]);
  }
  throw Error("\"" + std::string(text) + "\" is not known", where, "known are " + known);
}

}  // namespace detail

/// \param where  the option or file, for the error. \throws Error with what is known
[[nodiscard]] inline ScoreSource parse_score_source(std::string_view text,
                                                    const std::string& where) {
  return detail::setting_named<ScoreSource>(text, score_source_names, where);
}

[[nodiscard]] inline PositionRule parse_position_rule(std::string_view text,
                                                      const std::string& where) {
  return detail::setting_named<PositionRule>(text, position_rule_names, where);
}

}  // namespace infoflow
