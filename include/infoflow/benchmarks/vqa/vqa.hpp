// SPDX-License-Identifier: MIT
/// \file Questions of one's own: lettered options, one right answer or a few, or ten annotators.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <infoflow/benchmarks/items/choices.hpp>
#include <infoflow/benchmarks/text/annotators.hpp>
#include <infoflow/statistics/metric.hpp>

namespace infoflow {

struct VqaReference {
  std::vector<std::string> answers;  ///< With choices, one: the right letter.
  Choices choices{};
};

/// The part of right answers.
///
/// With choices, an answer is right if it is the right letter in either case, alone or with one of
/// . ) : after it, or in brackets: "B", "b.", "B) above", "(B)". Without choices it is right if it
/// equals one of the answers in lower case, without white space around it and without a period at
/// its end. Ten answers or more are annotators: then it is as right as they agree with it
/// (TextVQA's rule m4c).
class Vqa {
 public:
  using Reference = VqaReference;
  static constexpr std::string_view name = "accuracy";
  static constexpr Direction direction = Direction::higher_is_better;
  static constexpr bool per_item_binary = false;  ///< True of a data set without annotators.
  static constexpr std::array<std::string_view, 2> statistic_names{"score", "n"};

  [[nodiscard]] static bool has_annotators(const Reference& reference) {
    return reference.choices.empty() && reference.answers.size() >= annotator_count;
  }

  [[nodiscard]] JudgedAnswer judge(std::string_view answer, const Reference& reference) const {
    if (has_annotators(reference)) return judge_as_m4c(answer, reference.answers);
    const auto read = [&](std::string_view a) {
      return reference.choices.empty() ? plain(a) : letter(a);
    };
    std::string parsed = read(answer);
    const bool right = !parsed.empty() &&
                       std::any_of(reference.answers.begin(), reference.answers.end(),
                                   [&](const std::string& known) { return read(known) == parsed; });
    return {parsed, right ? 1.0 : 0.0};
  }

  [[nodiscard]] Statistics statistics(std::string_view answer, const Reference& reference) const {
    return {judge(answer, reference).score, 1};
  }

  [[nodiscard]] std::vector<NamedValue> values(std::span<const double> sums) const {
    return {NamedValue::ratio("accuracy", sums[0], sums[1])};
  }

 private:
  [[nodiscard]] static std::string plain(std::string_view answer) {
    const std::string small = text::lower(text::strip(answer));
    std::string_view text = small;
    if (text.ends_with('.')) text.remove_suffix(1);
    return std::string(text::strip(text));
  }

  [[nodiscard]] static std::string letter(std::string_view answer) {
    std::string_view text = text::strip(answer);
    const bool bracket = text.starts_with('(');
    if (bracket) text.remove_prefix(1);
    if (text.empty()) return "";
    const char first = text[0];
    const bool small = first >= 'a' && first <= 'z';
    const std::string_view ends = bracket ? ")" : ".):";
    const bool ended = text.size() > 1 ? ends.find(text[1]) != std::string_view::npos : !bracket;
    if (!ended || (!small && !is_capital(first))) return "";
    return std::string(1, small ? static_cast<char>(first - 32) : first);
  }
};

static_assert(Metric<Vqa>);

}  // namespace infoflow
