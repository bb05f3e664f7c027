// SPDX-License-Identifier: MIT
/// \file How much better a metric is after a change than before it, over the same items, with an
/// interval that knows that items share pictures.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include <infoflow/metrics/clustered_value.hpp>
#include <infoflow/metrics/normal.hpp>
#include <infoflow/metrics/paired_interval.hpp>

namespace infoflow {

/// The same items, answered twice, and the cluster that each belongs to, all [items].
struct PairedItems {
  const ItemStatistics& before;
  const ItemStatistics& after;
  std::span<const Index> cluster;  ///< In [0, clusters).
  Index clusters = 0;
};

/// The sign that turns more into better.
[[nodiscard]] inline double sign_of(Direction direction) {
  return direction == Direction::higher_is_better ? 1 : -1;
}

/// n times what exchanging each item's answer alone does to the metric, better being positive,
/// [items]. For the mean of 0s and 1s that is 1, 0 or −1; for a mean of soft scores their
/// difference.
[[nodiscard]] inline std::vector<double> item_effects(const MetricSummary& metric,
                                                      const PairedItems& items) {
  Statistics sums;
  for (const Statistics* item : items.before) add_to(sums, *item);
  std::vector<double> effects(items.before.size(), 0.0);
  if (sums.empty()) return effects;
  const double base = metric.value(sums);
  const double scale = sign_of(metric.direction) * static_cast<double>(effects.size());
  for (std::size_t i = 0; i < effects.size(); ++i) {
    const Statistics& before = *items.before[i];
    const Statistics& after = *items.after[i];
    if (before == after) continue;
    Statistics exchanged = sums;
    for (std::size_t s = 0; s < sums.size(); ++s) exchanged[s] += after[s] - before[s];
    effects[i] = scale * (metric.value(exchanged) - base);
  }
  return effects;
}

/// Item effects as flips of one size: as many, and as large, as give the same mean and variance.
/// For the mean of 0s and 1s they are the flips themselves.
struct Flips {
  double n = 0;
  double better = 0;
  double worse = 0;
  double size = 1;  ///< Σe² / Σ|e|; 1 if nothing changed, the largest that an unseen flip can be.
  double rate = 0;              ///< Mean e²: the share of items that flipped.
  double item_variance = 0;     ///< Of Σe, if items were independent.
  double cluster_variance = 0;  ///< Of Σe, clusters being independent.
};

[[nodiscard]] inline Flips flips_of(std::span<const double> effects, std::span<const Index> cluster,
                                    Index clusters) {
  Flips flips;
  flips.n = static_cast<double>(effects.size());
  double sum = 0;
  double size = 0;
  double square = 0;
  for (const double e : effects) {
    sum += e;
    size += std::abs(e);
    square += e * e;
  }
  if (size == 0) return flips;
  flips.size = square / size;
  flips.better = std::max(0.0, size + sum) / 2 / flips.size;  // Rounding may take it below 0.
  flips.worse = std::max(0.0, size - sum) / 2 / flips.size;
  flips.rate = square / flips.n;
  if (clusters < 2) return flips;

  const double mean = sum / flips.n;
  std::vector<double> by_cluster(static_cast<std::size_t>(clusters), 0.0);
  for (std::size_t i = 0; i < effects.size(); ++i) {
    by_cluster[static_cast<std::size_t>(cluster[i])] += effects[i] - mean;
    flips.item_variance += (effects[i] - mean) * (effects[i] - mean);
  }
  for (const double c : by_cluster) flips.cluster_variance += c * c;
  flips.item_variance *= flips.n / (flips.n - 1);
  flips.cluster_variance *= static_cast<double>(clusters) / static_cast<double>(clusters - 1);
  return flips;
}

/// How many items of shared pictures weigh as much as one independent item, learnt from several
/// changes together (one with few flips can't tell); at least 1.
/// Source: Kish, "Survey Sampling" (1965); as a correction of counts, Rao & Scott, "A simple method
/// for the analysis of clustered binary data" (1992).
[[nodiscard]] inline double design_effect(std::span<const Flips> changes) {
  double by_item = 0;
  double by_cluster = 0;
  for (const Flips& flips : changes) {
    by_item += flips.item_variance;
    by_cluster += flips.cluster_variance;
  }
  return by_item > 0 ? std::max(1.0, by_cluster / by_item) : 1.0;
}

/// The gain of a change, and all that its interval is made of.
struct PairedGain {
  double gain = 0;       ///< After − before, better being positive; 0 if not defined.
  bool defined = false;  ///< Both values exist, and there are two clusters to compare.
  Flips flips;
  std::vector<double> draws;  ///< The gain in each bootstrap draw where it is defined, ascending.

  /// The interval whose ends each err with probability `tail`: the wider of Tango's score interval
  /// at the effective counts (divided by the design effect) and of the bootstrap's percentiles, on
  /// either side at least what no flip at all would leave open. [−1, 1] if the gain is not defined.
  [[nodiscard]] Interval interval(double tail, double design = 1) const {
    if (!defined) return {-1, 1};
    const double z = normal_quantile(1 - tail);
    const double n = flips.n / design;
    const Interval score = paired_interval(flips.better / design, flips.worse / design, n, z);
    const double centre = (flips.better - flips.worse) / flips.n;
    const double unseen = z * z / (n + z * z);
    const Interval resampled = percentiles(draws, tail).value_or(Interval{gain, gain});
    return {std::max(-1.0, std::min({gain + flips.size * (score.low - centre), gain - unseen,
                                     resampled.low})),
            std::min(1.0, std::max({gain + flips.size * (score.high - centre), gain + unseen,
                                    resampled.high}))};
  }
};

/// The gain of run `after` over run `before` of a resampling of the same items: the corpus metric
/// is recomputed in every draw, the same draw for both. Draws in which one has no value are left
/// out.
[[nodiscard]] inline PairedGain paired_gain(const MetricSummary& metric, const PairedItems& items,
                                            const Resampling& resampling, std::size_t before,
                                            std::size_t after) {
  const NamedValue was = main_value(metric, resampling.sums(before));
  const NamedValue is = main_value(metric, resampling.sums(after));
  const double sign = sign_of(metric.direction);
  PairedGain result;
  result.flips = flips_of(item_effects(metric, items), items.cluster, items.clusters);
  result.defined = was.defined && is.defined && items.clusters >= 2;
  if (!result.defined) return result;
  result.gain = sign * (is.value - was.value);
  for (Index draw = 0; draw < resampling.draws(); ++draw) {
    const NamedValue old_value = main_value(metric, resampling.sums(before, draw));
    const NamedValue new_value = main_value(metric, resampling.sums(after, draw));
    if (old_value.defined && new_value.defined) {
      result.draws.push_back(sign * (new_value.value - old_value.value));
    }
  }
  std::sort(result.draws.begin(), result.draws.end());
  return result;
}

/// The same for two runs alone.
/// \throws Error if an item's statistics are not as many as the metric's
[[nodiscard]] inline PairedGain paired_gain(const MetricSummary& metric, const PairedItems& items,
                                            const ClusterBootstrap& bootstrap = {}) {
  const std::vector<ItemStatistics> runs{items.before, items.after};
  return paired_gain(metric, items,
                     Resampling(metric, runs, items.cluster, items.clusters, bootstrap), 0, 1);
}

}  // namespace infoflow
