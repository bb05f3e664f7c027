// SPDX-License-Identifier: MIT
/// \file The cliff by instruments that need no label, of the corpus and of each item, and whether
/// the instruments agree.
#pragma once

#include <cmath>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <infoflow/cliff/item_table.hpp>
#include <infoflow/statistics/paired_gain.hpp>
#include <infoflow/statistics/rank_correlation.hpp>

namespace infoflow {

/// At most how much, from the cliff on. These are descriptions, not tests: they have no error rate.
struct InstrumentLimits {
  double disagreement = 0.01;       ///< Share of the items with another answer than the untouched.
  double kl = 0.01;                 ///< Nats per token of the untouched answer.
  double attention = 0.02;          ///< The image's share of the answer rows' attention in a layer.
  double attention_to_even = 0.05;  ///< That share, divided by what an even spread would give.
  double attention_left = 0.05;  ///< Part of the image's attention over all layers still to come.
  double cam = 0.02;             ///< The image's part of the CAM mass.
};

/// One quantity by layer, and the layer from which on it stays within its limit.
struct Instrument {
  std::string name;
  double limit = 0;
  std::vector<int> layers;   ///< Where it was measured, ascending: cuts, or layers.
  std::vector<double> mean;  ///< Over items, by layer.
  std::optional<int> cliff;  ///< Of the mean; L if never, none if it was not measured.
  std::vector<std::optional<int>> of_items;  ///< Of each item with an image, in their order.
};

/// The lowest of `layers` from which on no value exceeds the limit; `never` if the last one does.
[[nodiscard]] inline int stays_within(std::span<const int> layers, std::span<const double> values,
                                      double limit, int never) {
  int cliff = never;
  for (std::size_t i = layers.size(); i-- > 0 && values[i] <= limit;) cliff = layers[i];
  return cliff;
}

/// Builds an instrument from the values of each item, [items][layers]; an item with none is left
/// out.
/// \throws Error if an item has values for another number of layers
[[nodiscard]] inline Instrument instrument(std::string name, double limit, std::vector<int> layers,
                                           const std::vector<std::vector<double>>& values,
                                           int never) {
  Instrument result{std::move(name), limit, std::move(layers), {}, std::nullopt, {}};
  result.mean.assign(result.layers.size(), 0.0);
  double n = 0;
  for (const std::vector<double>& item : values) {
    if (item.empty()) {
      result.of_items.emplace_back();
      continue;
    }
    if (item.size() != result.layers.size()) {
      throw Error(std::to_string(item.size()) + " values for " +
                      std::to_string(result.layers.size()) + " layers",
                  result.name + " of an item", "measure every item in every layer");
    }
    for (std::size_t l = 0; l < item.size(); ++l) result.mean[l] += item[l];
    n += 1;
    result.of_items.push_back(stays_within(result.layers, item, limit, never));
  }
  for (double& mean : result.mean) mean /= n;
  if (n > 0) result.cliff = stays_within(result.layers, result.mean, limit, never);
  return result;
}

/// All instruments: "loss" of the metric (per item against the untouched answer; for the corpus the
/// CliffFinder tests it), "disagreement" and "kl" by cut, "attention", "attention to even",
/// "attention left" and "cam" by layer.
/// \throws Error if an item lacks a cut that others have, or has values for another number of
/// layers
[[nodiscard]] inline std::vector<Instrument> instruments(std::span<const ItemOutcome> items,
                                                         const MetricSummary& metric,
                                                         const std::string& policy,
                                                         const InstrumentLimits& limits = {}) {
  using Values = std::vector<std::vector<double>>;
  const ItemTable table(items);
  const int never = table.layers();
  std::vector<int> cuts = table.cuts(policy);
  if (!cuts.empty() && cuts.back() == never) cuts.pop_back();
  const auto n = static_cast<std::size_t>(table.n());

  Values loss(n), disagreement(n), kl(n);
  const RunColumn untouched =
      cuts.empty() ? RunColumn{} : table.full_column(policy, table.layers());
  for (const int cut : cuts) {
    const RunColumn runs = table.full_column(policy, cut);
    for (std::size_t i = 0; i < n; ++i) {
      loss[i].push_back(sign_of(metric.direction) * (metric.value(untouched[i]->statistics) -
                                                     metric.value(runs[i]->statistics)));
      disagreement[i].push_back(runs[i]->agrees ? 0 : 1);
      kl[i].push_back(runs[i]->kl);
    }
  }

  Values attention(n), to_even(n), left(n), cam(n);
  for (std::size_t i = 0; i < n; ++i) {
    const ItemOutcome& item = *table.items()[i];
    attention[i] = item.image_share;
    cam[i] = item.cam_mass;
    left[i] = item.image_share;
    for (std::size_t l = left[i].size(); l-- > 1;) left[i][l - 1] += left[i][l];
    const double all = left[i].empty() ? 0 : left[i].front();
    for (double& part : left[i]) part = all > 0 ? part / all : 0;
    if (!(item.image_fraction > 0)) continue;
    for (const double share : item.image_share) to_even[i].push_back(share / item.image_fraction);
  }
  std::vector<int> layers(static_cast<std::size_t>(table.layers()));
  std::iota(layers.begin(), layers.end(), 0);

  std::vector<Instrument> all{
      instrument("loss", 0, cuts, loss, never),
      instrument("disagreement", limits.disagreement, cuts, disagreement, never),
      instrument("kl", limits.kl, cuts, kl, never),
      instrument("attention", limits.attention, layers, attention, never),
      instrument("attention to even", limits.attention_to_even, layers, to_even, never),
      instrument("attention left", limits.attention_left, layers, left, never),
      instrument("cam", limits.cam, layers, cam, never)};
  all.front().cliff.reset();
  return all;
}

/// How two instruments order the items by their cliffs.
struct InstrumentPair {
  std::string first;
  std::string second;
  RankCorrelation correlation;  ///< Over the items that have both cliffs.
};

/// Do the instruments agree? Every pair, over items: curves over layers all trend, so that their
/// correlation would say nothing.
/// \param found  what `instruments` gave for the same items
[[nodiscard]] inline std::vector<InstrumentPair> instrument_pairs(
    std::span<const ItemOutcome> items, std::span<const Instrument> found,
    const ClusterBootstrap& bootstrap = {}) {
  const ItemTable table(items);
  std::vector<InstrumentPair> pairs;
  for (std::size_t a = 0; a < found.size(); ++a) {
    for (std::size_t b = a + 1; b < found.size(); ++b) {
      std::vector<double> x, y;
      std::vector<Index> picture;
      for (std::size_t i = 0; i < table.items().size(); ++i) {
        const std::optional<int>& first = found[a].of_items[i];
        const std::optional<int>& second = found[b].of_items[i];
        if (!first || !second) continue;
        x.push_back(*first);
        y.push_back(*second);
        picture.push_back(table.picture()[i]);
      }
      pairs.push_back({found[a].name, found[b].name,
                       rank_correlation(x, y, picture, table.pictures(), bootstrap)});
    }
  }
  return pairs;
}

}  // namespace infoflow
