// SPDX-License-Identifier: MIT
/// \file POPE: yes/no questions about objects, scored as a detector of "yes".
#pragma once

#include <array>
#include <span>
#include <string_view>
#include <vector>

#include <infoflow/benchmarks/pope/pope_rules.hpp>
#include <infoflow/statistics/metric.hpp>

namespace infoflow {

/// Accuracy, precision, recall, F1 and yes ratio, "yes" being the positive class. The reference is
/// the label.
///
/// Statistics: label and answer counted as in a confusion matrix, with a column for answers that
/// the rule reads as neither.
/// Source: Li et al., "Evaluating Object Hallucination in Large Vision-Language Models" (2023).
class Pope {
 public:
  using Reference = YesNo;
  static constexpr std::string_view name = "accuracy";
  static constexpr Direction direction = Direction::higher_is_better;
  static constexpr bool per_item_binary = true;
  enum Count { true_yes, false_yes, true_no, false_no, unread_yes, unread_no, counts };
  static constexpr std::array<std::string_view, counts> statistic_names{
      "true_yes", "false_yes", "true_no", "false_no", "unread_yes", "unread_no"};

  explicit Pope(const PopeRule& rule = pope_rules.front()) : rule_(rule) {}

  [[nodiscard]] const PopeRule& rule() const { return rule_; }

  [[nodiscard]] YesNo read(std::string_view answer, YesNo label) const {
    return rule_.read(answer, label);
  }

  [[nodiscard]] Statistics statistics(std::string_view answer, YesNo label) const {
    Statistics item(counts, 0.0);
    const bool positive = label == YesNo::yes;
    switch (read(answer, label)) {
      case YesNo::yes: item[positive ? true_yes : false_yes] = 1; break;
      case YesNo::no: item[positive ? false_no : true_no] = 1; break;
      case YesNo::neither: item[positive ? unread_yes : unread_no] = 1;
    }
    return item;
  }

  [[nodiscard]] std::vector<NamedValue> values(std::span<const double> sums) const {
    const double labels_yes = sums[true_yes] + sums[false_no] + sums[unread_yes];
    const double all = labels_yes + sums[true_no] + sums[false_yes] + sums[unread_no];
    const double said_yes = sums[true_yes] + sums[false_yes];
    const double recalled = rule_.unread_lowers_recall ? labels_yes : labels_yes - sums[unread_yes];
    const NamedValue precision = NamedValue::ratio("precision", sums[true_yes], said_yes);
    const NamedValue recall = NamedValue::ratio("recall", sums[true_yes], recalled);
    return {
        NamedValue::ratio("accuracy", sums[true_yes] + sums[true_no], all), precision, recall,
        NamedValue::ratio("f1", 2 * precision.value * recall.value, precision.value + recall.value),
        NamedValue::ratio("yes_ratio", rule_.yes_ratio_of_labels ? labels_yes : said_yes, all)};
  }

 private:
  PopeRule rule_;
};

static_assert(Metric<Pope>);

}  // namespace infoflow
