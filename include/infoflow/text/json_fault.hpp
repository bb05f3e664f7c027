// SPDX-License-Identifier: MIT
/// \file Why a text is no JSON: what Python writes in its place, other encodings, or the byte.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <infoflow/text/utf8.hpp>

namespace infoflow {

namespace detail {

/// Words that Python writes where JSON has another one, or none.
inline constexpr std::array<std::pair<std::string_view, std::string_view>, 10> python_words{{
    {"NaN", "null"},
    {"nan", "null"},
    {"Infinity", "a number"},
    {"-Infinity", "a number"},
    {"inf", "a number"},
    {"-inf", "a number"},
    {"-nan", "null"},
    {"None", "null"},
    {"True", "true"},
    {"False", "false"},
}};

/// Walks over JSON, or what was meant to be it, and knows under which key it stands.
class JsonWalk {
 public:
  explicit JsonWalk(std::string_view text) : text_(text) {}

  /// The next word or single quote outside of texts that begins before `end`; empty if there is
  /// none.
  [[nodiscard]] std::string_view next(std::size_t end) {
    while (at_ < std::min(end, text_.size())) {
      const char c = text_[at_];
      if (c == '"') {
        pass_text();
      } else if (is_letter(c) || c == '-') {
        const std::size_t begin = at_++;
        while (at_ < text_.size() && is_letter(text_[at_])) ++at_;
        return text_.substr(begin, at_ - begin);
      } else {
        ++at_;
        if (c == '{' || c == '[') outer_.push_back(key_);
        if ((c == '}' || c == ']') && !outer_.empty()) {
          key_ = outer_.back();
          outer_.pop_back();
        }
        if (c == '\'') return text_.substr(at_ - 1, 1);
      }
    }
    return {};
  }

  [[nodiscard]] std::string_view key() const { return key_; }

 private:
  static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

  /// A text is a key if a colon follows.
  void pass_text() {
    const std::size_t begin = ++at_;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    const std::size_t end = std::min(at_, text_.size());
    at_ = end + 1;
    const std::size_t after = text_.find_first_not_of(" \t\r\n", std::min(at_, text_.size()));
    if (after != std::string_view::npos && text_[after] == ':') {
      key_ = text_.substr(begin, end - begin);
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string_view key_;
  std::vector<std::string_view> outer_;  ///< The key of each bracket that is open.
};

/// The byte's line and column, in bytes; in a text of one line its number. All count from 1.
[[nodiscard]] inline std::string place_in(std::string_view text, std::size_t byte) {
  const std::string_view before = text.substr(0, byte - 1);
  if (text.find('\n') == std::string_view::npos) return "byte " + std::to_string(byte);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t column = byte - (before.rfind('\n') + 1);  // npos + 1 is 0.
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

}  // namespace detail

/// What Python writes and JSON does not know, where it is why the text is no JSON: "NaN under the
/// key "text" is Python's, not JSON's: write null".
/// \param byte  where the parser stopped, counted from 1
[[nodiscard]] inline std::optional<std::string> python_in_json(std::string_view text,
                                                               std::size_t byte) {
  detail::JsonWalk walk(text);
  for (std::string_view word = walk.next(byte); !word.empty(); word = walk.next(byte)) {
    if (word == "'") return "single quotes are Python's, not JSON's: write double ones";
    const auto* known = std::find_if(detail::python_words.begin(), detail::python_words.end(),
                                     [&](const auto& entry) { return entry.first == word; });
    if (known == detail::python_words.end()) continue;
    const std::string key(walk.key().substr(0, 60));
    const auto at = static_cast<std::size_t>(word.data() - text.data());
    const bool one_line = text.find('\n') == std::string_view::npos;
    return std::string(word) + (key.empty() ? "" : " under the key \"" + key + "\"") +
           (one_line ? "" : " at " + detail::place_in(text, at + 1)) +
           " is Python's, not JSON's: write " + std::string(known->second);
  }
  return std::nullopt;
}

/// Why the text is no JSON.
/// \param byte  where the parser stopped, counted from 1
[[nodiscard]] inline std::string json_fault(std::string_view text, std::size_t byte) {
  if (std::optional<std::string> python = python_in_json(text, byte)) return *python;
  if (byte > text.size()) return "it ends in the middle";
  for (std::size_t at = 0; at < byte;) {
    const text::Character c = text::first_character(text.substr(at));
    if (!c.valid) return detail::place_in(text, at + 1) + " is not UTF-8";
    at += c.length;
  }
  return "it cannot be read from " + detail::place_in(text, byte) + " on";
}

}  // namespace infoflow
