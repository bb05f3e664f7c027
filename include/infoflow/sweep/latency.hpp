// SPDX-License-Identifier: MIT
/// \file Latency: seconds per answer, with a cut and without.
#pragma once

#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include <infoflow/cliff/outcome.hpp>
#include <infoflow/sweep/sweep_questions.hpp>
#include <infoflow/sweep/sweeper.hpp>
#include <infoflow/text/escape.hpp>

namespace infoflow {

/// Measured seconds per answer, untouched and cut, one generation after the other.
struct Latency {
  Index items = 0;
  double untouched = 0;  ///< Median over the items.
  double cut = 0;
};

/// Over the first few items of a run that have a picture.
[[nodiscard]] inline Latency measure_latency(Sweeper& sweeper, const SweepQuestions& questions,
                                             const std::vector<ItemOutcome>& items,
                                             const Truncation& cut) {
  constexpr std::size_t most_items = 20;
  std::set<std::string> asked;
  for (const ItemOutcome& item : items) asked.insert(item.id);
  std::vector<double> untouched;
  std::vector<double> with_cut;
  for (const std::size_t i : questions.order()) {
    const BenchmarkItem& item = questions.benchmark().items[i];
    if (item.image.empty() || !asked.contains(valid_utf8(item.id))) continue;
    SweepQuestion question;
    question.item = item;
    question.image = questions.picture(item.image, item.where);
    if (untouched.empty()) (void)sweeper.seconds_to_answer(question, {});  // Once to warm up.
    untouched.push_back(sweeper.seconds_to_answer(question, {}));
    with_cut.push_back(sweeper.seconds_to_answer(question, cut));
    if (untouched.size() == most_items) break;
  }
  const auto median = [](std::vector<double>& values) {
    if (values.empty()) return 0.0;
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
  };
  return {static_cast<Index>(untouched.size()), median(untouched), median(with_cut)};
}

}  // namespace infoflow
