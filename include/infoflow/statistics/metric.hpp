// SPDX-License-Identifier: MIT
/// \file What a data set's metric is: from an answer to statistics that add up, and from their sum to
/// a value.
#pragma once

#include <concepts>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <infoflow/core/error.hpp>

namespace infoflow {

/// The sufficient statistics of one item, or their sum over items. They add: whatever is resampled,
/// split or merged, the corpus metric is recomputed from the sum.
using Statistics = std::vector<double>;

enum class Direction { higher_is_better, lower_is_better };

/// A value with the name under which it is reported.
struct NamedValue {
  std::string name;
  double value = 0;
  /// False if a denominator was zero; the value is then 0 and a reader should be told.
  bool defined = true;

  /// numerator / denominator under a name; 0 and not defined where the denominator is 0.
  [[nodiscard]] static NamedValue ratio(std::string name, double numerator, double denominator) {
    if (denominator == 0) return {std::move(name), 0, false};
    return {std::move(name), numerator / denominator, true};
  }

  friend bool operator==(const NamedValue&, const NamedValue&) = default;
};

/// A metric of a data set.
///   M::Reference                       what an answer is held against (a label, ten answers, …)
///   M::name                            of the main value: "accuracy", "chair_s"
///   M::direction                       whether more is better
///   M::per_item_binary                 true if the main value is the mean of 0s and 1s, one per item
///   M::statistic_names                 one name per statistic, in order
///   m.statistics(answer, reference)    of one item
///   m.values(sums)                     all reported values, the main one first
/// Laws: statistics add (the order of items does not matter); zero denominators give 0, not defined.
template <class M>
concept Metric = std::copyable<M> &&
                 requires(const M& m, std::string_view answer,
                          const typename M::Reference& reference, std::span<const double> sums) {
                   { M::name } -> std::convertible_to<std::string_view>;
                   { M::direction } -> std::convertible_to<Direction>;
                   { M::per_item_binary } -> std::convertible_to<bool>;
                   { M::statistic_names } -> std::convertible_to<std::span<const std::string_view>>;
                   { m.statistics(answer, reference) } -> std::same_as<Statistics>;
                   { m.values(sums) } -> std::same_as<std::vector<NamedValue>>;
                 };

/// Any metric behind one type, once its statistics are there: what resampling, tables and the search
/// for a cliff need. References stay with whoever reads the data set.
struct MetricSummary {
  std::string name;
  Direction direction = Direction::higher_is_better;
  bool per_item_binary = false;
  std::vector<std::string> statistic_names;
  std::function<std::vector<NamedValue>(std::span<const double>)> values;

  /// The main value of a sum of statistics.
  [[nodiscard]] double value(std::span<const double> sums) const {
    return values(sums).front().value;
  }
};

template <Metric M>
[[nodiscard]] MetricSummary summary_of(const M& metric) {
  const std::span<const std::string_view> names = M::statistic_names;
  return {std::string(M::name),
          M::direction,
          M::per_item_binary,
          {names.begin(), names.end()},
          [metric](std::span<const double> sums) { return metric.values(sums); }};
}

/// Adds `item` to `sums`, which may still be empty. \throws Error if the lengths differ
inline void add_to(Statistics& sums, std::span<const double> item) {
  if (sums.empty()) sums.assign(item.size(), 0.0);
  if (sums.size() != item.size()) {
    throw Error(std::to_string(item.size()) + " statistics added to " + std::to_string(sums.size()),
                "add_to", "add only statistics of one metric");
  }
  for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += item[i];
}

}  // namespace infoflow
