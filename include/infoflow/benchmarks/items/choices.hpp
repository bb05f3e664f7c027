// SPDX-License-Identifier: MIT
/// \file Lettered options of a question, and the lines that evaluations write them in.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace infoflow {

using Choices = std::vector<std::string>;  ///< Options in order, without their letters.

/// 'A' for option 0, 'B' for 1, …
[[nodiscard]] constexpr char letter_of(std::size_t option) {
  return static_cast<char>('A' + static_cast<int>(option));
}

/// "A. first\nB. second"; empty for an open question.
[[nodiscard]] inline std::string option_lines(const Choices& choices) {
  std::string lines;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    lines += std::string(i > 0 ? "\n" : "") + letter_of(i) + ". " + choices[i];
  }
  return lines;
}

[[nodiscard]] constexpr bool is_capital(char c) {
  return c >= 'A' && c <= 'Z';
}

/// True if the letter is that of one of the options.
[[nodiscard]] inline bool is_offered(char letter, const Choices& choices) {
  return letter >= 'A' && static_cast<std::size_t>(letter - 'A') < choices.size();
}

}  // namespace infoflow
