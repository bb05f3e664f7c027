// SPDX-License-Identifier: MIT
/// \file What in POPE's values contradicts itself.
#pragma once

#include <span>
#include <string>
#include <vector>

#include <infoflow/benchmarks/pope/pope.hpp>
#include <infoflow/statistics/f1_range.hpp>
#include <infoflow/text/short_text.hpp>

namespace infoflow {

/// A rule that reads some answers as neither yes nor no may report an F1 that its accuracy forbids.
[[nodiscard]] inline std::vector<std::string> pope_doubts(const Pope& metric,
                                                          std::span<const double> sums) {
  const std::vector<NamedValue> values = metric.values(sums);
  const double accuracy = values[0].value;
  const double f1 = values[3].value;
  const double labels_yes = sums[Pope::true_yes] + sums[Pope::false_no] + sums[Pope::unread_yes];
  const double labels_no = sums[Pope::true_no] + sums[Pope::false_yes] + sums[Pope::unread_no];
  if (labels_yes + labels_no == 0) return {};
  const Interval range = f1_range(accuracy, labels_yes / (labels_yes + labels_no));
  constexpr double rounding = 1e-9;
  if (f1 >= range.low - rounding && f1 <= range.high + rounding) return {};
  return {"accuracy " + short_number(accuracy) + " and F1 " + short_number(f1) +
          " contradict each other: with this share of yes in the labels F1 lies in [" +
          short_number(range.low) + ", " + short_number(range.high) +
          "] if every answer is yes or no; " +
          short_number(sums[Pope::unread_yes] + sums[Pope::unread_no]) +
          " answers are neither under this rule"};
}

}  // namespace infoflow
