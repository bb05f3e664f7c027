// SPDX-License-Identifier: MIT
/// \file How much better a metric is after a change than before it, over the same items, with an
/// interval that knows that items share pictures.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include <infoflow/statistics/cluster_sums.hpp>
#include <infoflow/statistics/clustered_value.hpp>
#include <infoflow/statistics/largest_flip.hpp>
#include <infoflow/statistics/normal.hpp>
#include <infoflow/statistics/paired_interval.hpp>
#include <infoflow/statistics/student.hpp>

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
/// [items]: the mean of doing it first and of doing it last, since a quotient is not as steep before
/// as after. For the mean of 0s and 1s that is 1, 0 or −1; for a mean of soft scores their difference.
[[nodiscard]] inline std::vector<double> item_effects(const MetricSummary& metric,
                                                      const PairedItems& items) {
  Statistics first, last;
  for (const Statistics* item : items.before) add_to(first, *item);
  for (const Statistics* item : items.after) add_to(last, *item);
  std::vector<double> effects(items.before.size(), 0.0);
  if (first.empty()) return effects;
  const double value_first = metric.value(first);
  const double value_last = metric.value(last);
  const double scale = sign_of(metric.direction) * static_cast<double>(effects.size()) / 2;
  const auto exchanged = [](Statistics sums, const Statistics& out, const Statistics& in) {
    for (std::size_t s = 0; s < sums.size(); ++s) sums[s] += in[s] - out[s];
    return sums;
  };
  for (std::size_t i = 0; i < effects.size(); ++i) {
    const Statistics& before = *items.before[i];
    const Statistics& after = *items.after[i];
    if (before == after) continue;
    effects[i] = scale * (metric.value(exchanged(first, before, after)) - value_first + value_last -
                          metric.value(exchanged(last, after, before)));
  }
  return effects;
}

/// Item effects as flips of one size: as many, and as large, as give the same mean and variance.
/// For the mean of 0s and 1s they are the flips themselves.
struct Flips {
  double n = 0;
  double better = 0;
  double worse = 0;
  double size = 1;              ///< Σe² / Σ|e|; 1 if nothing changed.
  double rate = 0;              ///< Mean e²: the share of items that flipped.
  double item_variance = 0;     ///< Of Σe, if items were independent.
  double cluster_variance = 0;  ///< Of Σe, clusters being independent.
  double tied = 0;          ///< Σ over pairs of items of one cluster, in either order, of e · e′.
  double tieable = 0;       ///< What that would be if items of a cluster had the same effect.
  double cluster_size = 1;  ///< Σm² / Σm: of the cluster of an item.
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
  struct Sums {
    double items = 0, effect = 0, square = 0;
  };
  std::vector<Sums> by_cluster(static_cast<std::size_t>(clusters));
  for (std::size_t i = 0; i < effects.size(); ++i) {
    Sums& sums = by_cluster[static_cast<std::size_t>(cluster[i])];
    sums.items += 1;
    sums.effect += effects[i] - mean;
    sums.square += (effects[i] - mean) * (effects[i] - mean);
  }
  double pairs = 0;
  for (const Sums& c : by_cluster) {
    flips.item_variance += c.square;
    flips.cluster_variance += c.effect * c.effect;
    flips.tied += c.effect * c.effect - c.square;
    flips.tieable += (c.items - 1) * c.square;
    pairs += c.items * c.items;
  }
  flips.cluster_size = pairs / flips.n;
  flips.item_variance *= flips.n / (flips.n - 1);
  flips.cluster_variance *= static_cast<double>(clusters) / static_cast<double>(clusters - 1);
  return flips;
}

/// How many items of shared pictures weigh as much as one independent item, learnt from several
/// changes together (one with few flips can't tell); at least 1. The larger of two: by how much more
/// the clusters vary than their items, and what the correlation within clusters makes of clusters of
/// this data set's sizes (the large ones may have been spared by chance).
/// Source: Kish, "Survey Sampling" (1965); as a correction of counts, Rao & Scott, "A simple method
/// for the analysis of clustered binary data" (1992).
[[nodiscard]] inline double design_effect(std::span<const Flips> changes) {
  Flips all;
  all.cluster_size = 1;
  for (const Flips& flips : changes) {
    all.item_variance += flips.item_variance;
    all.cluster_variance += flips.cluster_variance;
    all.tied += flips.tied;
    all.tieable += flips.tieable;
    all.cluster_size = std::max(all.cluster_size, flips.cluster_size);
  }
  const double seen = all.item_variance > 0 ? all.cluster_variance / all.item_variance : 1;
  const double correlation = all.tieable > 0 ? all.tied / all.tieable : 0;
  return std::max({1.0, seen, 1 + correlation * (all.cluster_size - 1)});
}

/// What both ends of an interval are made with: how far out they lie.
struct TailQuantiles {
  double normal = normal_975;   ///< Where the variance is known from the flips.
  double student = normal_975;  ///< Where it is learnt from clusters.
};

/// \param clusters  effective, at least 2
[[nodiscard]] inline TailQuantiles tail_quantiles(double tail, double clusters) {
  return {normal_quantile(1 - tail), student_quantile(1 - tail, clusters - 1)};
}

/// The gain of a change, and all that its interval is made of.
struct PairedGain {
  double gain = 0;       ///< After − before, better being positive; 0 if not defined.
  bool defined = false;  ///< Both values exist, and there are two clusters to compare.
  Flips flips;
  std::vector<ClusterSum> sums;  ///< Of the effects, by cluster.
  double clusters = 0;           ///< Effective number.
  double largest = 1;            ///< The size that an unseen flip may have.
  std::vector<double> draws;     ///< The gain in each bootstrap draw; NaN where it is not defined.

  /// What no flip at all would leave open: the whole items of a picture may flip unseen, each by
  /// `largest`.
  [[nodiscard]] double unseen(double z) const { return largest * z * z / (clusters + z * z); }

  /// The interval whose ends each err with probability `tail`, on either side the one of three that
  /// reaches furthest: Tango's score interval at the effective counts (divided by the design effect),
  /// the tilted limit over clusters, and what no flip would leave open. Counts of rare losses are
  /// skewed, and many come more often than the normal tail says; so the upper end counts one less (half
  /// for counting, half for the skewness: (z² − 1)/6). [−1, 1] if the gain is not defined, or there are
  /// fewer than `least_clusters` effective clusters.
  [[nodiscard]] Interval interval(const TailQuantiles& q, double design = 1) const {
    if (!defined || clusters < least_clusters) return {-1, 1};
    const double n = flips.n / design;
    const double better = flips.better / design;
    const double worse = flips.worse / design;
    const double low = paired_interval(better, worse, n, q.normal).low;
    const double high = paired_interval(better, std::max(0.0, worse - 1), n, q.normal).high;
    const double centre = (flips.better - flips.worse) / flips.n;
    std::vector<ClusterSum> mirrored = sums;
    for (ClusterSum& sum : mirrored) sum.effect = -sum.effect;
    const double below = std::max({flips.size * (centre - low), unseen(q.normal),
                                   flips.size * centre - tilted_limit(sums, q.student)});
    const double above = std::max({flips.size * (high - centre), unseen(q.normal),
                                   -flips.size * centre - tilted_limit(mirrored, q.student)});
    return {std::max(-1.0, gain - below), std::min(1.0, gain + above)};
  }

  [[nodiscard]] Interval interval(double tail, double design = 1) const {
    if (!defined || clusters < least_clusters) return {-1, 1};
    return interval(tail_quantiles(tail, clusters), design);
  }
};

/// The gain of run `after` over run `before` of a resampling of the same items: the corpus metric
/// is recomputed in every draw, the same draw for both.
/// \param largest  of the metric: `largest_flip` of all runs that there are
[[nodiscard]] inline PairedGain paired_gain(const MetricSummary& metric, const PairedItems& items,
                                            double largest, const Resampling& resampling,
                                            std::size_t before, std::size_t after) {
  const NamedValue was = main_value(metric, resampling.sums(before));
  const NamedValue is = main_value(metric, resampling.sums(after));
  const double sign = sign_of(metric.direction);
  const std::vector<double> effects = item_effects(metric, items);
  PairedGain result;
  result.flips = flips_of(effects, items.cluster, items.clusters);
  result.sums = cluster_sums(effects, items.cluster, items.clusters);
  result.clusters = effective_clusters(result.sums);
  result.largest = largest;
  result.defined = was.defined && is.defined && items.clusters >= 2;
  if (result.defined) result.gain = sign * (is.value - was.value);
  for (Index draw = 0; draw < resampling.draws(); ++draw) {
    const NamedValue old_value = main_value(metric, resampling.sums(before, draw));
    const NamedValue new_value = main_value(metric, resampling.sums(after, draw));
    result.draws.push_back(old_value.defined && new_value.defined
                               ? sign * (new_value.value - old_value.value)
                               : std::numeric_limits<double>::quiet_NaN());
  }
  return result;
}

/// The same for two runs alone.
/// \throws Error if an item's statistics are not as many as the metric's
[[nodiscard]] inline PairedGain paired_gain(const MetricSummary& metric, const PairedItems& items,
                                            const ClusterBootstrap& bootstrap = {}) {
  const std::vector<ItemStatistics> runs{items.before, items.after};
  const Resampling resampling(metric, runs, items.cluster, items.clusters, bootstrap);
  return paired_gain(metric, items, largest_flip(metric, runs), resampling, 0, 1);
}

}  // namespace infoflow
