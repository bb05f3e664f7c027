// SPDX-License-Identifier: MIT
/// \file A regular expression that cuts text into words before a byte-level BPE merges.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <unicode/uregex.h>

#include <adapters/tokenizer/pattern_dialect.hpp>
#include <adapters/tokenizer/text_budget.hpp>
#include <adapters/tokenizer/utf16.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/text/utf8.hpp>

namespace infoflow::adapters {

/// GPT-2's words: contractions, and runs of letters, of digits or of others with the blank before.
inline constexpr std::string_view gpt2_words =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

/// The words of Qwen, Qwen-VL and Qwen2: single digits, and a letter's sign or blank before it.
inline constexpr std::string_view qwen_words =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*)"
    R"(|\s*[\r\n]+|\s+(?!\S)|\s+)";

/// A compiled pattern; what lies between its matches is cut out, too (the library's "Isolated").
///
/// Letters and digits are those of ICU's Unicode: 15 in ICU 72. A character of a later Unicode is
/// no letter there, and a text that holds one may be cut elsewhere than by a newer library.
class WordPattern {
 public:
  /// \throws Error if the pattern cannot be compiled or might mean different things to engines
  WordPattern(std::string_view pattern, const std::string& file)
      : name_("the pattern " + quoted_rule(valid_utf8(pattern))), file_(file) {
    const std::u16string units = to_utf16(icu_pattern(valid_utf8(pattern), file));
    UErrorCode code = U_ZERO_ERROR;
    compiled_.reset(uregex_open(units.data(), icu_length(units.size()), 0, nullptr, &code),
                    uregex_close);
    check_icu(code, "a pattern for words cannot be compiled", file);
  }

  /// The pieces of a text in order; none is empty. Law: they concatenate to the text.
  /// \param text  well-formed UTF-8
  /// \throws Error if the search takes too many steps or too much memory
  [[nodiscard]] std::vector<std::string_view> operator()(std::string_view text,
                                                         TextBudget& budget) const {
    budget.spend(16 + 2 * text.size(), name_);
    const std::u16string units = to_utf16(text);
    UErrorCode code = U_ZERO_ERROR;
    // A clone has its own place in the text, so that threads can share the pattern.
    const std::unique_ptr<URegularExpression, void (*)(URegularExpression*)> search(
        uregex_clone(compiled_.get(), &code), uregex_close);
    uregex_setMatchCallback(search.get(), goes_on, &budget, &code);
    uregex_setFindProgressCallback(search.get(), is_in_time, &budget, &code);
    uregex_setText(search.get(), units.data(), icu_length(units.size()), &code);
    std::vector<std::string_view> pieces;
    std::size_t done = 0;  // In units; `text` loses what was cut off.
    const auto cut_until = [&](std::size_t end) {
      if (end == done) return;
      const std::size_t bytes = utf8_size(std::u16string_view(units).substr(done, end - done));
      pieces.push_back(text.substr(0, bytes));
      text.remove_prefix(bytes);
      done = end;
    };
    while (uregex_findNext(search.get(), &code)) {
      cut_until(static_cast<std::size_t>(uregex_start(search.get(), 0, &code)));
      cut_until(static_cast<std::size_t>(uregex_end(search.get(), 0, &code)));
    }
    if (code == U_REGEX_STOPPED_BY_CALLER) throw budget.exhausted(name_);
    check_icu(code, name_ + " gave up on a text", file_);
    cut_until(units.size());
    return pieces;
  }

 private:
  /// ICU asks this every ten thousand times that a match could go two ways.
  static UBool U_CALLCONV goes_on(const void* budget, std::int32_t /*steps*/) {
    return purse(budget).spend_steps(10'000) && !purse(budget).is_late();
  }

  /// And this at every place where none began: what led there may have been a long scan.
  static UBool U_CALLCONV is_in_time(const void* budget, std::int64_t /*place*/) {
    return !purse(budget).is_late();
  }

  /// ICU keeps it as a pointer to const; operator() gave it a budget that is not.
  static TextBudget& purse(const void* budget) {
    return *static_cast<TextBudget*>(const_cast<void*>(budget));
  }

  std::string name_;  ///< For errors.
  std::string file_;
  std::shared_ptr<const URegularExpression> compiled_;
};

}  // namespace infoflow::adapters
