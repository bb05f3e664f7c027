// SPDX-License-Identifier: MIT
/// \file The marker <image> in questions of data sets, as LLaVA's files have it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace infoflow {

/// The question without a marker at its beginning or end ("<image>\nWhat is it?"), which only says
/// where the picture goes: each model's prompt places it itself. Blanks beside it go with it. Any other
/// marker, or two, stays: the prompt decides about text that looks like one.
[[nodiscard]] inline std::string without_image_marker(std::string_view question) {
  constexpr std::string_view marker = "<image>";
  constexpr std::string_view blanks = " \t\r\n";
  const std::size_t at = question.find(marker);
  if (at == std::string_view::npos || question.rfind(marker) != at) return std::string(question);
  std::string_view before = question.substr(0, at);
  std::string_view behind = question.substr(at + marker.size());
  const auto is_blank = [&](std::string_view text) {
    return text.find_first_not_of(blanks) == std::string_view::npos;
  };
  if (is_blank(before)) {
    behind.remove_prefix(std::min(behind.find_first_not_of(blanks), behind.size()));
    return std::string(behind);
  }
  if (!is_blank(behind)) return std::string(question);
  return std::string(before.substr(0, before.find_last_not_of(blanks) + 1));
}

}  // namespace infoflow
