// SPDX-License-Identifier: MIT
/// \file How much work the rules of a tokenizer's file may make of one text.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <infoflow/core/error.hpp>
#include <infoflow/text/utf8.hpp>

namespace infoflow::adapters {

/// A few kilobytes of rules can double a text forty times over, or send a pattern back and forth for
/// minutes. Every rule therefore pays for the bytes that it reads and writes before it does, and for
/// the steps of a search, from one purse per text. Steps and bytes are counted, so that the same file
/// and text end alike; the deadline is only for scans that the pattern engine does not count.
///
/// Rules of models take less than a tenth: a dozen of them, each of which reads the text and writes
/// up to three times as much, and patterns with some ten steps a byte.
class TextBudget {
 public:
  /// \param size  bytes of the text, or of the pieces that become one
  /// \param file  where the rules come from, for errors
  TextBudget(std::size_t size, std::string file)
      : file_(std::move(file)),
        size_(size),
        bytes_((std::size_t{64} << 10U) + 64 * size),
        steps_(1'000'000 + 200 * size),
        deadline_(Clock::now() + std::chrono::seconds(5) + size * std::chrono::microseconds(20)) {}

  /// \param rule  what works, for the error: "the normalizer Replace of \"a\""
  /// \throws Error naming the rule if the text's bytes are used up
  void spend(std::size_t bytes, std::string_view rule) {
    if (bytes > bytes_) throw exhausted(rule);
    bytes_ -= bytes;
  }

  /// Of a search by a pattern.
  /// \return whether that many were left
  [[nodiscard]] bool spend_steps(std::size_t steps) {
    const bool suffices = steps <= steps_;
    steps_ -= suffices ? steps : steps_;
    return suffices;
  }

  /// For scans that nobody counts. Later than any that does anything useful.
  [[nodiscard]] bool is_late() const { return Clock::now() > deadline_; }

  [[nodiscard]] Error exhausted(std::string_view rule) const {
    return {
        std::string(rule) + " makes too much work of a text of " + std::to_string(size_) + " bytes",
        file_, "no tokenizer of a model does; check where the file comes from"};
  }

 private:
  using Clock = std::chrono::steady_clock;

  std::string file_;
  std::size_t size_;
  std::size_t bytes_;
  std::size_t steps_;
  Clock::time_point deadline_;
};

/// A rule's text as an error quotes it: its first characters.
[[nodiscard]] inline std::string quoted_rule(std::string_view text) {
  constexpr std::size_t most = 40;
  std::size_t end = 0;
  while (end < text.size() && end < most) end += text::first_character(text.substr(end)).length;
  return "\"" + std::string(text.substr(0, end)) + (end < text.size() ? "…\"" : "\"");
}

/// The text with `content` in place of each `pattern`.
/// \param pattern  not empty
/// \throws Error naming the rule, before memory is taken, if that would be too much
[[nodiscard]] inline std::string replace_all(std::string_view text, std::string_view pattern,
                                             std::string_view content, TextBudget& budget,
                                             std::string_view rule) {
  // Where a match is tried at every byte, each try may read sixteen bytes at once.
  budget.spend(text.size() * (pattern.size() <= text.size() ? 1 + pattern.size() / 16 : 1), rule);
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(pattern, at)) != std::string_view::npos; ++count) {
    at += pattern.size();
  }
  // Of few bytes a match: products of what is in memory do not overflow.
  const std::size_t size = text.size() - count * pattern.size() + count * content.size();
  budget.spend(size, rule);
  std::string result;
  result.reserve(size);
  for (std::size_t found = 0; (found = text.find(pattern)) != std::string_view::npos;) {
    result += text.substr(0, found);
    result += content;
    text.remove_prefix(found + pattern.size());
  }
  result += text;
  return result;
}

}  // namespace infoflow::adapters
