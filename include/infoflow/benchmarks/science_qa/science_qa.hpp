// SPDX-License-Identifier: MIT
/// \file ScienceQA: questions with lettered options, some of them about a picture.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <infoflow/benchmarks/science_qa/science_qa_rules.hpp>
#include <infoflow/statistics/metric.hpp>

namespace infoflow {

struct ScienceQaReference {
  Choices choices;
  std::size_t answer = 0;  ///< Index of the right option.
  bool has_image = false;
};

/// The part of right answers, over all questions and over those with a picture.
/// Source: Lu et al., "Learn to Explain" (2022); the image split as LLaVA reports it.
class ScienceQa {
 public:
  using Reference = ScienceQaReference;
  static constexpr std::string_view name = "accuracy";
  static constexpr Direction direction = Direction::higher_is_better;
  static constexpr bool per_item_binary = true;
  static constexpr std::array<std::string_view, 4> statistic_names{"correct", "n", "image_correct",
                                                                   "image_n"};

  explicit ScienceQa(const ScienceQaRule& rule = science_qa_rules.front()) : rule_(rule) {}

  [[nodiscard]] const ScienceQaRule& rule() const { return rule_; }

  /// The letter that the answer is taken for: "B", or "" where it names no offered option.
  [[nodiscard]] std::string read(std::string_view answer, const Reference& reference) const {
    const char letter = rule_.pick(answer, reference.choices);
    return is_offered(letter, reference.choices) ? std::string(1, letter) : "";
  }

  [[nodiscard]] Statistics statistics(std::string_view answer, const Reference& reference) const {
    const std::string right(1, letter_of(reference.answer));
    const double correct = read(answer, reference) == right ? 1 : 0;
    const double image = reference.has_image ? 1 : 0;
    return {correct, 1, correct * image, image};
  }

  [[nodiscard]] std::vector<NamedValue> values(std::span<const double> sums) const {
    return {NamedValue::ratio("accuracy", sums[0], sums[1]),
            NamedValue::ratio("image_accuracy", sums[2], sums[3])};
  }

 private:
  ScienceQaRule rule_;
};

static_assert(Metric<ScienceQa>);

}  // namespace infoflow
