// SPDX-License-Identifier: MIT
/// \file How much one answer can weigh in a metric.
#pragma once

#include <algorithm>
#include <cmath>
#include <set>
#include <span>
#include <vector>

#include <infoflow/statistics/clustered_value.hpp>

namespace infoflow {

/// n times the most that a change of one item's answer can do to a metric, at least 1: what a flip
/// that was not seen may weigh. In an F1 with 5 % positives it is about 10, since each of them counts
/// twenty times.
///
/// A mean of 0s and 1s has 1. Else two kinds of change are tried, in either direction: one item's
/// answer gives way to the worst that any item has in any run (only statistics that differ between
/// runs move: the number of objects in a picture is not the answer's); and one unit goes over from
/// one statistic to another, or comes, or goes (a true yes that becomes a false no, though no run has
/// one). A statistic that has the same value, not 0, in every item counts items and stays.
/// \param runs  of the same items, the untouched first; no null
[[nodiscard]] inline double largest_flip(const MetricSummary& metric,
                                         std::span<const ItemStatistics> runs) {
  if (metric.per_item_binary || runs.empty() || runs.front().empty()) return 1;
  const ItemStatistics& untouched = runs.front();
  const std::size_t width = metric.statistic_names.size();
  const Statistics& first = *untouched.front();
  std::vector<bool> answers(width, false);  // Differs between runs of an item.
  std::vector<bool> counts_items(width, true);
  Statistics sums;
  for (std::size_t i = 0; i < untouched.size(); ++i) {
    add_to(sums, *untouched[i]);
    for (const ItemStatistics& run : runs) {
      for (std::size_t s = 0; s < width; ++s) {
        answers[s] = answers[s] || (*run[i])[s] != (*untouched[i])[s];
        counts_items[s] = counts_items[s] && (*run[i])[s] == first[s] && first[s] != 0;
      }
    }
  }
  const NamedValue base = main_value(metric, sums.data());
  if (!base.defined) return 1;
  const auto n = static_cast<double>(untouched.size());
  // By how much the value grows if that is added; less what is not there can't be taken away.
  const auto change = [&](const Statistics& added) {
    Statistics changed = sums;
    for (std::size_t s = 0; s < width; ++s) changed[s] = std::max(0.0, changed[s] + added[s]);
    const NamedValue value = main_value(metric, changed.data());
    return value.defined ? n * (value.value - base.value) : 0.0;
  };
  const auto part = [&](const Statistics& item, double sign) {
    Statistics answer(width, 0.0);
    for (std::size_t s = 0; s < width; ++s) answer[s] = answers[s] ? sign * item[s] : 0;
    return answer;
  };
  const auto sum_of = [](Statistics a, const Statistics& b) {
    add_to(a, b);
    return a;
  };

  std::set<Statistics> taken, given;
  for (const Statistics* item : untouched) taken.insert(part(*item, -1));
  for (const ItemStatistics& run : runs) {
    for (const Statistics* item : run) given.insert(part(*item, 1));
  }
  const auto by_change = [&](const Statistics& a, const Statistics& b) {
    return change(a) < change(b);
  };
  const auto ends = [&](const std::set<Statistics>& changes) {
    return std::minmax_element(changes.begin(), changes.end(), by_change);
  };
  const auto [worst_taken, best_taken] = ends(taken);
  const auto [worst_given, best_given] = ends(given);
  double largest = std::max({1.0, std::abs(change(sum_of(*worst_taken, *worst_given))),
                             std::abs(change(sum_of(*best_taken, *best_given)))});

  for (std::size_t from = 0; from <= width;
       ++from) {  // `width` is nowhere: the unit comes or goes.
    if (from < width && (counts_items[from] || sums[from] < 1)) continue;
    for (std::size_t to = 0; to <= width; ++to) {
      if (to == from || (to < width && counts_items[to])) continue;
      Statistics moved(width, 0.0);
      if (from < width) moved[from] = -1;
      if (to < width) moved[to] = 1;
      largest = std::max(largest, std::abs(change(moved)));
    }
  }
  return largest;
}

}  // namespace infoflow
