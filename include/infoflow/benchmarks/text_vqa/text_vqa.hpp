// SPDX-License-Identifier: MIT
/// \file TextVQA: an answer is as right as many of ten annotators gave it.
#pragma once

#include <algorithm>
#include <array>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <infoflow/benchmarks/text/annotators.hpp>
#include <infoflow/benchmarks/text/answer_processor.hpp>
#include <infoflow/statistics/metric.hpp>

namespace infoflow {

namespace detail {

[[nodiscard]] inline std::string vqa_answer(std::string_view answer, PeriodRule periods) {
  return normal_words(without_punctuation(one_line(answer), periods));
}

[[nodiscard]] inline bool all_equal(const std::vector<std::string>& answers) {
  return std::adjacent_find(answers.begin(), answers.end(), std::not_equal_to<>()) == answers.end();
}

/// Nothing is normalised where all annotators agree.
[[nodiscard]] inline JudgedAnswer judge_as_vqa(std::string_view answer,
                                               const std::vector<std::string>& annotators) {
  const std::vector<std::string> lines = normalised(annotators, one_line);
  if (all_equal(lines)) {
    std::string parsed = one_line(answer);
    return {parsed, annotator_agreement(parsed, lines)};
  }
  const auto normal = [](std::string_view a) {
    return vqa_answer(a, PeriodRule::not_before_digit);
  };
  std::string parsed = normal(answer);
  return {parsed, annotator_agreement(parsed, normalised(annotators, normal))};
}

/// The answer loses capitals, articles and number words, the annotators' only punctuation: those
/// who wrote "Bowmore" or "two" are never met.
[[nodiscard]] inline JudgedAnswer judge_as_qwen_vl(std::string_view answer,
                                                   const std::vector<std::string>& annotators) {
  std::string parsed = vqa_answer(answer, PeriodRule::not_before_digit);
  if (all_equal(annotators)) return {parsed, annotator_agreement(parsed, annotators)};
  const auto plain = [](std::string_view a) {
    return without_punctuation(a, PeriodRule::not_before_digit);
  };
  return {parsed, annotator_agreement(parsed, normalised(annotators, plain))};
}

[[nodiscard]] inline JudgedAnswer judge_as_vlmevalkit(std::string_view answer,
                                                      const std::vector<std::string>& annotators) {
  const auto normal = [](std::string_view a) {
    return vqa_answer(a, PeriodRule::not_beside_digit);
  };
  std::string parsed = normal(answer);
  return {parsed, annotator_agreement(parsed, normalised(annotators, normal))};
}

}  // namespace detail

/// One evaluator's way with the answers of ten annotators.
struct TextVqaRule {
  std::string_view name;
  JudgedAnswer (*judge)(std::string_view answer, const std::vector<std::string>& annotators);
};

/// The benchmark's own first.
inline constexpr std::array<TextVqaRule, 4> text_vqa_rules{{
    {"m4c", judge_as_m4c},
    {"vqa", detail::judge_as_vqa},
    {"qwen-vl", detail::judge_as_qwen_vl},
    {"vlmevalkit", detail::judge_as_vlmevalkit},
}};

/// The mean agreement with ten annotators, whose raw answers are the reference.
/// Source: Singh et al., "Towards VQA Models That Can Read" (2019).
class TextVqa {
 public:
  using Reference = std::vector<std::string>;
  static constexpr std::string_view name = "accuracy";
  static constexpr Direction direction = Direction::higher_is_better;
  static constexpr bool per_item_binary = false;
  static constexpr std::array<std::string_view, 2> statistic_names{"score", "n"};

  explicit TextVqa(const TextVqaRule& rule = text_vqa_rules.front()) : rule_(rule) {}

  [[nodiscard]] const TextVqaRule& rule() const { return rule_; }

  /// \throws Error if there are not ten annotators
  [[nodiscard]] JudgedAnswer judge(std::string_view answer, const Reference& annotators) const {
    if (annotators.size() != annotator_count) {
      throw Error(std::to_string(annotators.size()) + " answers of annotators", "TextVqa",
                  "TextVQA has ten for each question");
    }
    return rule_.judge(answer, annotators);
  }

  [[nodiscard]] Statistics statistics(std::string_view answer, const Reference& annotators) const {
    return {judge(answer, annotators).score, 1};
  }

  [[nodiscard]] std::vector<NamedValue> values(std::span<const double> sums) const {
    return {NamedValue::ratio("accuracy", sums[0], sums[1])};
  }

 private:
  TextVqaRule rule_;
};

static_assert(Metric<TextVqa>);

}  // namespace infoflow
