// SPDX-License-Identifier: MIT
/// \file Laws of metrics of data sets, for any Metric.
#pragma once

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <infoflow/statistics/metric.hpp>

#include "law.hpp"

namespace infoflow::laws {

/// On any answers with their references, in any two parts:
/// statistics add, so that the parts' sums give the whole's values; a metric that says so is the
/// mean of zeros and ones; and without any item every value is 0 and not defined.
template <class M>
[[nodiscard]] Violation check_metric(
    const M& metric, const std::vector<std::pair<std::string, typename M::Reference>>& items) {
  const std::size_t width = std::size(M::statistic_names);
  Statistics sums(width, 0.0);
  Statistics evens(width, 0.0);
  Statistics odds(width, 0.0);
  double mean = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const Statistics item = metric.statistics(items[i].first, items[i].second);
    if (item.size() != width) return "an item has not one statistic for each name";
    add_to(sums, item);
    add_to(i % 2 == 0 ? evens : odds, item);
    const double value = metric.values(item).front().value;
    if (M::per_item_binary && value != 0 && value != 1) return "an item is not 0 or 1";
    mean += value / static_cast<double>(items.size());
  }
  const std::vector<NamedValue> values = metric.values(sums);
  if (values.front().name != M::name) return "the main value is not the first";
  add_to(evens, odds);
  const std::vector<NamedValue> merged = metric.values(evens);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!(std::abs(values[i].value - merged[i].value) <= 1e-12)) return "parts do not add up";
  }
  if (M::per_item_binary && !(std::abs(values.front().value - mean) <= 1e-12)) {
    return "the main value is not the mean over items";
  }
  for (const NamedValue& value : metric.values(Statistics(width, 0.0))) {
    if (value.value != 0 || value.defined) return "without items " + value.name + " is defined";
  }
  return "";
}

}  // namespace infoflow::laws
