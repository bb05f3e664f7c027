// SPDX-License-Identifier: MIT
/// \file The regular expressions that tokenizer.json and ICU read alike, put in ICU's words.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <adapters/tokenizer/tokenizer_json.hpp>

namespace infoflow::adapters {

namespace detail {

/// Reads a pattern once, from left to right.
///
/// The `tokenizers` library runs patterns by Oniguruma, tiktoken by Rust's regex: where they and
/// ICU might disagree, the pattern is refused.
class PatternReader {
 public:
  PatternReader(std::string_view pattern, const std::string& file)
      : pattern_(pattern), file_(file) {}

  std::string in_icu_words() {
    while (at_ < pattern_.size()) {
      const char c = pattern_[at_];
      if (c == '\\') {
        read_escape();
      } else if (c == '[') {
        read_class();
      } else if (c == '(' && rest().starts_with("(?")) {
        read_group();
      } else if (c == '.' || c == '^' || c == '$') {
        refuse("the sign " + std::string(1, c));  // What a line is, they see differently.
      } else if (c == '}' && (rest().starts_with("}+") || rest().starts_with("}?"))) {
        refuse("a count with " + std::string(rest().substr(1, 1)) + " behind it");
      } else {
        result_ += pattern_[at_++];
      }
    }
    return std::move(result_);
  }

 private:
  [[nodiscard]] std::string_view rest() const { return pattern_.substr(at_); }

  [[noreturn]] void refuse(const std::string& what) const {
    throw unknown_part(what + " in a pattern for words", file_);
  }

  void copy(std::size_t length) {
    result_ += rest().substr(0, length);
    at_ += length;
  }

  void read_group() {
    for (const std::string_view opening : {"(?i:", "(?:", "(?=", "(?!"}) {
      if (rest().starts_with(opening)) return copy(opening.size());
    }
    refuse("\"" + std::string(rest().substr(0, 4)) + "\"");
  }

  void read_escape() {
    const char kind = at_ + 1 < pattern_.size() ? pattern_[at_ + 1] : ' ';
    if (kind == 's' || kind == 'S') {
      // Unicode's White_Space for the other two; ICU's \s lacks U+0085 and has U+001C to U+001F.
      result_ += kind == 's' ? "\\p{White_Space}" : "\\P{White_Space}";
      at_ += 2;
    } else if (kind == 'p' || kind == 'P') {
      read_category();
    } else if (std::string_view("rntf").find(kind) != std::string_view::npos ||
               std::string_view("\\.^$|?*+()[]{}-/'\"").find(kind) != std::string_view::npos) {
      copy(2);
    } else {
      refuse("the escape \\" + std::string(1, kind));
    }
  }

  /// \p{L} or \p{Lu}: a general category, which every engine takes from Unicode's table.
  void read_category() {
    const std::size_t end = rest().find('}');
    const std::string_view name =
        end == std::string_view::npos || end < 3 ? "" : rest().substr(3, end - 3);
    const bool is_known = rest().substr(2, 1) == "{" && !name.empty() && name.size() <= 2 &&
                          std::string_view("LMNPSZ").find(name[0]) != std::string_view::npos;
    if (!is_known) refuse("the class " + std::string(rest().substr(0, 12)));
    copy(end + 1);
  }

  void read_class() {
    copy(rest().starts_with("[^") ? 2 : 1);
    if (rest().starts_with("]")) refuse("a class that begins with ]");
    while (!rest().starts_with("]")) {
      if (rest().empty()) refuse("a class without end");
      if (rest().starts_with("\\")) {
        read_escape();
      } else if (std::string_view("[&~{}$^").find(rest()[0]) != std::string_view::npos ||
                 rest().starts_with("--")) {
        refuse("an unescaped " + std::string(1, rest()[0]) + " in a class");
      } else {
        copy(1);
      }
    }
    copy(1);
  }

  std::string_view pattern_;
  const std::string& file_;
  std::size_t at_ = 0;
  std::string result_;
};

}  // namespace detail

/// The pattern with White_Space in place of \s.
/// \throws Error naming what engines might read differently
[[nodiscard]] inline std::string icu_pattern(std::string_view pattern, const std::string& file) {
  return detail::PatternReader(pattern, file).in_icu_words();
}

}  // namespace infoflow::adapters
