// SPDX-License-Identifier: MIT
/// \file Items as the statistics take them, and how wide an interval is.
#pragma once

#include <vector>

#include <infoflow/statistics/clustered_value.hpp>
#include <infoflow/statistics/interval.hpp>

namespace statistics_test {

inline infoflow::ItemStatistics pointers(const std::vector<infoflow::Statistics>& statistics) {
  infoflow::ItemStatistics each;
  for (const infoflow::Statistics& item : statistics) each.push_back(&item);
  return each;
}

inline double width(const infoflow::Interval& interval) {
  return interval.high - interval.low;
}

}  // namespace statistics_test
