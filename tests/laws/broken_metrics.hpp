// SPDX-License-Identifier: MIT
/// \file Metrics that break one law each.
#pragma once

#include <infoflow/benchmarks/pope/pope.hpp>

namespace infoflow::laws {

/// Divides by zero where there is nothing.
struct DividesByNothing : Pope {
  [[nodiscard]] std::vector<NamedValue> values(std::span<const double> sums) const {
    std::vector<NamedValue> values = Pope::values(sums);
    values[1] = {"precision", sums[true_yes] / (sums[true_yes] + sums[false_yes]), true};
    return values;
  }
};

/// Counts an answer that is neither as half of one.
struct GivesHalfPoints : Pope {
  [[nodiscard]] Statistics statistics(std::string_view answer, YesNo label) const {
    Statistics item = Pope::statistics(answer, label);
    if (answer.empty()) item[label == YesNo::yes ? false_no : false_yes] += 1;
    if (answer.empty()) item[label == YesNo::yes ? true_yes : true_no] = 1;
    return item;
  }
};

/// Reports F1 first under the name of accuracy.
struct ReportsAnother : Pope {
  [[nodiscard]] std::vector<NamedValue> values(std::span<const double> sums) const {
    std::vector<NamedValue> values = Pope::values(sums);
    values[0].value = values[3].value;
    values[0].defined = values[3].defined;
    return values;
  }
};

}  // namespace infoflow::laws
