// SPDX-License-Identifier: MIT
/// \file NaN, Infinity and -Infinity in a JSON text: Python's json module writes and reads them, JSON
/// does not have them.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace infoflow::adapters {

/// A number that Python's json module writes and JSON does not have.
struct PythonNumber {
  std::string_view name;
  std::string_view mark;  ///< The JSON text that stands for it while a parser is at work.
  double value;
};
inline constexpr std::array<PythonNumber, 3> python_numbers{
    {{"NaN", R"("\u0001NaN")", std::numeric_limits<double>::quiet_NaN()},
     {"-Infinity", R"("\u0001-Infinity")", -std::numeric_limits<double>::infinity()},
     {"Infinity", R"("\u0001Infinity")", std::numeric_limits<double>::infinity()}}};

/// `text` with each NaN, Infinity and -Infinity outside of texts replaced by its mark.
[[nodiscard]] inline std::string with_marked_numbers(std::string_view text) {
  std::string marked;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size();) {
    const auto* number = python_numbers.end();
    if (!quoted && (text[i] == 'N' || text[i] == 'I' || text[i] == '-')) {
      number = std::find_if(python_numbers.begin(), python_numbers.end(),
                            [&](const auto& n) { return text.substr(i, n.name.size()) == n.name; });
    }
    if (number != python_numbers.end()) {
      marked += number->mark;
      i += number->name.size();
      continue;
    }
    if (text[i] == '"') quoted = !quoted;
    if (quoted && text[i] == '\\' && i + 1 < text.size()) marked += text[i++];
    marked += text[i++];
  }
  return marked;
}

/// Whether there may be such a number at all: most files are parsed as they are.
[[nodiscard]] inline bool may_hold_python_numbers(std::string_view text) {
  return text.find("NaN") != std::string_view::npos ||
         text.find("Infinity") != std::string_view::npos;
}

/// The number whose mark a parser has read as `text`.
[[nodiscard]] inline std::optional<double> marked_number(std::string_view text) {
  for (const PythonNumber& number : python_numbers) {
    if (text.starts_with('\1') && text.substr(1) == number.name) return number.value;
  }
  return std::nullopt;
}

}  // namespace infoflow::adapters
