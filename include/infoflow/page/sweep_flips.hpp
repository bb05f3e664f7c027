// SPDX-License-Identifier: MIT
/// \file Which items a cut changed: the items behind a point of a curve.
#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include <infoflow/cliff/outcome.hpp>
#include <infoflow/cliff/sweep_view.hpp>
#include <infoflow/statistics/metric.hpp>

namespace infoflow {

/// The items whose own value a cut changed, by their places in the list of items.
struct CutFlips {
  int cut = 0;
  std::vector<std::size_t> worse;   ///< Right, then wrong, where the metric is binary.
  std::vector<std::size_t> better;  ///< Wrong, then right.
};

/// One entry per cut of the main policy below L, ascending. Items without a run are passed over.
/// Law: with a binary metric over all items, better − worse is n times the metric's change.
[[nodiscard]] inline std::vector<CutFlips> flips_of(const SweepView& sweep,
                                                    std::span<const ItemOutcome> items,
                                                    const MetricSummary& metric) {
  const double sign = metric.direction == Direction::higher_is_better ? 1 : -1;
  std::vector<CutFlips> flips;
  for (const CurvePoint& point : main_curve(sweep)) {
    if (point.cut_layer == sweep.layers) continue;
    CutFlips at{point.cut_layer, {}, {}};
    for (std::size_t i = 0; i < items.size(); ++i) {
      const RunOutcome* const before = items[i].run(sweep.policy, sweep.layers);
      const RunOutcome* const after = items[i].run(sweep.policy, point.cut_layer);
      if (before == nullptr || after == nullptr) continue;
      const double gain =
          sign * (metric.value(after->statistics) - metric.value(before->statistics));
      if (gain < 0) at.worse.push_back(i);
      if (gain > 0) at.better.push_back(i);
    }
    flips.push_back(std::move(at));
  }
  return flips;
}

}  // namespace infoflow
