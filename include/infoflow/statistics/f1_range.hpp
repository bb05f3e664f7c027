// SPDX-License-Identifier: MIT
/// \file Which F1 goes with an accuracy: published pairs that are outside contradict themselves.
#pragma once

#include <algorithm>

#include <infoflow/statistics/interval.hpp>

namespace infoflow {

/// The F1 values that an accuracy allows where every answer is read as yes or no.
///
/// All errors e = 1 − accuracy are missed positives or false alarms; F1 = 2·TP / (2·TP + e) is
/// least when as many as possible are missed positives. All numbers are parts of 1.
/// \param yes_share  part of the items whose label is yes; 0.5 in POPE
/// Example: accuracy 0.9401 at 0.5 allows no F1 under 0.936 (and none over 0.944).
[[nodiscard]] inline Interval f1_range(double accuracy, double yes_share) {
  const double errors = 1 - accuracy;
  const auto f1 = [&](double missed) {
    const double hits = yes_share - missed;
    return hits <= 0 ? 0.0 : 2 * hits / (2 * hits + errors);
  };
  return {f1(std::min(errors, yes_share)), f1(std::max(0.0, errors - (1 - yes_share)))};
}

}  // namespace infoflow
