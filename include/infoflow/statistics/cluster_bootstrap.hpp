// SPDX-License-Identifier: MIT
/// \file Resampling whole clusters: pictures, with all that was asked about them.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include <infoflow/core/random.hpp>
#include <infoflow/core/tensor_ops.hpp>
#include <infoflow/statistics/interval.hpp>

namespace infoflow {

/// The nonparametric bootstrap over clusters.
///
/// A draw is a function of (seed, draw, number of clusters) alone: whatever is resampled over the
/// same clusters, the baseline and every cut, meets the same draws, so differences are paired.
/// Source: Efron, "Bootstrap methods: another look at the jackknife" (1979); Davison & Hinkley,
/// "Bootstrap Methods and their Application" (1997), 3.8, for whole clusters.
struct ClusterBootstrap {
  int draws = 2000;
  std::uint64_t seed = 0;

  /// How often each cluster occurs in one draw, [clusters]. Law: adds up to `clusters`.
  [[nodiscard]] Eigen::RowVectorXd counts(int draw, Index clusters) const {
    const RandomStream stream(seed, key_of("ClusterBootstrap"), static_cast<std::uint32_t>(draw));
    Eigen::RowVectorXd times = Eigen::RowVectorXd::Zero(clusters);
    const auto size = static_cast<std::uint64_t>(clusters);
    for (std::uint64_t first = 0; first < size; first += 4) {
      const std::array<std::uint32_t, 4> words = stream.block(first / 4);
      for (std::uint64_t i = first; i < std::min(first + 4, size); ++i) {
        times[static_cast<Index>((words[i % 4] * size) >> 32)] += 1;
      }
    }
    return times;
  }

  /// Column sums of `table` [clusters, columns] in every draw: [draws, columns].
  [[nodiscard]] RowMatrix<double> sums(const RowMatrix<double>& table) const {
    RowMatrix<double> resampled = RowMatrix<double>::Zero(draws, table.cols());
    for (int draw = 0; draw < draws; ++draw) {
      const Eigen::RowVectorXd times = counts(draw, table.rows());
      // A product would read better, and cost every file that includes this half a second to compile.
      for (Index row = 0; row < table.rows(); ++row) {
        if (times[row] > 0) resampled.row(draw) += times[row] * table.row(row);
      }
    }
    return resampled;
  }
};

/// Where the middle 1 − 2·tail of `sorted` values lies; none if there are no values.
[[nodiscard]] inline std::optional<Interval> percentiles(const std::vector<double>& sorted,
                                                         double tail) {
  if (sorted.empty()) return std::nullopt;
  const auto last = sorted.size() - 1;
  const auto cut = static_cast<std::size_t>(tail * static_cast<double>(last));
  return Interval{sorted[cut], sorted[last - cut]};
}

}  // namespace infoflow
