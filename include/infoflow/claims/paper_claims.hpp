// SPDX-License-Identifier: MIT
/// \file The paper's claims one by one: what of a sweep speaks to each, and the verdict at a level.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <infoflow/claims/claim.hpp>
#include <infoflow/cliff/cliff_finder.hpp>
#include <infoflow/cliff/cliff_text.hpp>
#include <infoflow/cliff/held_out.hpp>
#include <infoflow/cliff/item_table.hpp>
#include <infoflow/core/number_text.hpp>
#include <infoflow/statistics/cluster_mean.hpp>
#include <infoflow/text/short_text.hpp>

namespace infoflow::claims {

inline constexpr double single_tail =
    0.025;  ///< By which a verdict alone may err in its direction.

/// A claim before its verdict: what was found, and what it comes to at a level.
struct MeasuredClaim {
  Claim claim;
  std::function<std::string(double tail)> verdict;  ///< None: not testable here.
};

/// "85.5 % [84.9, 86.1]" has such brackets, and so has a gain in points with its sign.
[[nodiscard]] inline std::string in_brackets(const std::string& low, const std::string& high) {
  return "[" + low + ", " + high + "]";
}

/// Mean of a quantity over the items that it was measured on, pictures being the units.
[[nodiscard]] inline ClusterMean mean_of(const std::vector<ItemOutcome>& items, auto quantity) {
  std::vector<ItemOutcome> measured;
  for (const ItemOutcome& item : items) {
    if (!item.image_share.empty()) measured.push_back(item);
  }
  const ItemTable table(measured);
  std::vector<double> values;
  for (const ItemOutcome* item : table.items()) values.push_back(quantity(*item));
  return cluster_mean(values, table.picture(), table.pictures());
}

[[nodiscard]] inline std::string percent_text(const ClusterMean& mean, double tail) {
  if (!mean.value) return "not measured";
  const std::optional<Interval> interval = mean.interval(tail);
  if (!interval) {
    return percent(*mean.value) + "; too few pictures for an interval: they weigh as much as " +
           fixed(mean.clusters, 1);
  }
  return percent(*mean.value) + " " +
         in_brackets(fixed(100 * interval->low, 1), fixed(100 * interval->high, 1));
}

/// The sweep's cliff over some of its items, each of its tests at that level.
[[nodiscard]] inline Cliff cliff_at(const JudgedSweep& sweep, const std::vector<ItemOutcome>& items,
                                    double alpha) {
  CliffSettings settings;
  settings.test = {sweep.decision.cliff.margin, alpha};
  settings.bootstrap.draws = 1;  // No draw decides anything.
  return CliffFinder(settings)(items, sweep.decision.metric, sweep.decision.all.policy);
}

/// Whether every cut from `layer` to the last was run: the others are not shown.
[[nodiscard]] inline bool all_run_from(const Cliff& cliff, int layer) {
  for (; layer < cliff.layers; ++layer) {
    if (cliff.at(layer) == nullptr) return false;
  }
  return true;
}

[[nodiscard]] inline std::string task_of(const JudgedSweep& sweep) {
  return sweep.decision.all.task + " (n = " + grouped(sweep.decision.cliff.n) + ")";
}

[[nodiscard]] inline std::string bounds_of(const Cliff& cliff) {
  const int upper = cliff.cliff_layer.value_or(cliff.layers);
  const std::string bounds = in_brackets(std::to_string(cliff.lower_bound), std::to_string(upper));
  std::string text =
      cliff.cliff_layer
          ? std::to_string(upper) + " " + bounds + " of " + std::to_string(cliff.layers)
          : "none (" + std::string(name_of(cliff.status)) + "), bounds " + bounds;
  if (!all_run_from(cliff, 0)) {
    text += ", only " + std::to_string(cliff.cuts.size()) + " cuts run";
  }
  return text;
}

[[nodiscard]] inline bool shows_nothing(const Cliff& cliff) {
  return cliff.status == CliffStatus::does_not_need_the_image ||
         cliff.status == CliffStatus::nothing_to_lose;
}

/// The last layer has a claim of its own, that it looks back, and is left out here. The layer with
/// most is chosen by the items that tell its share; so the level is divided among the layers where
/// one of them is enough.
[[nodiscard]] inline MeasuredClaim attention_claim(const JudgedSweep& sweep) {
  constexpr int first = 4;
  constexpr double little = 0.02;
  Claim claim{
      "After the first layers the image gets almost no attention (under 2 % after layer 3).",
      "image share of the answer rows, mean over items, in that of the layers from 4 to the "
      "last but one that has most, interval for all of them together, " +
          task_of(sweep),
      "the model has no such layer", untestable, ""};
  std::vector<ClusterMean> shares;
  for (int l = first; l + 1 < sweep.decision.cliff.layers; ++l) {
    shares.push_back(mean_of(sweep.items, [l](const ItemOutcome& item) {
      return item.image_share.at(static_cast<std::size_t>(l));
    }));
  }
  if (shares.empty()) return {claim, {}};
  const auto most = std::max_element(
      shares.begin(), shares.end(),
      [](const ClusterMean& a, const ClusterMean& b) { return a.value < b.value; });
  const auto count = static_cast<double>(shares.size());
  claim.result = percent_text(*most, single_tail / count);
  if (!most->value) return {claim, {}};
  return {claim, [shares, count](double tail) -> std::string {
            const auto every = [&](auto is) {
              return std::all_of(shares.begin(), shares.end(), is);
            };
            const bool under = every([&](const ClusterMean& share) {
              const auto interval = share.interval(tail);
              return interval && interval->high < little;
            });
            const bool none_over = every([&](const ClusterMean& share) {
              const auto interval = share.interval(tail / count);
              return !interval || interval->low <= little;
            });
            return under ? held : none_over ? undecided : not_held;
          }};
}

[[nodiscard]] inline MeasuredClaim looks_back_claim(const JudgedSweep& sweep) {
  const auto rise = [](const ItemOutcome& item) {
    const std::size_t last = item.image_share.size() - 1;
    return last > 0 ? item.image_share[last] - item.image_share[last - 1] : 0.0;
  };
  const ClusterMean change = mean_of(sweep.items, rise);
  Claim claim{"The last layer looks back at the image (attention).",
              "image share of the last layer minus that of the one before, mean over items, " +
                  task_of(sweep),
              percent_text(change, single_tail), untestable, ""};
  if (!change.value) return {claim, {}};
  return {claim, [change](double tail) -> std::string {
            const std::optional<Interval> interval = change.interval(tail);
            if (!interval) return undecided;
            return interval->low > 0 ? held : interval->high < 0 ? not_held : undecided;
          }};
}

[[nodiscard]] inline MeasuredClaim cliff_claim(const JudgedSweep& sweep) {
  const Cliff& cliff = sweep.decision.cliff;
  Claim claim{
      "From some layer on the image can be cut without a loss.",
      "fixed-sequence non-inferiority, margin " + points_text(cliff.margin) + ", " + task_of(sweep),
      "cliff " + bounds_of(cliff), untestable, ""};
  if (shows_nothing(cliff)) return {claim, {}};
  return {claim, [&sweep](double tail) -> std::string {
            const Cliff at = cliff_at(sweep, sweep.items, tail);
            const bool found = at.status == CliffStatus::found;
            if (found && all_run_from(at, *at.cliff_layer)) return held;
            // A last cut that merely was not shown to be harmless does not disprove the claim.
            const bool last_run = at.at(at.layers - 1) != nullptr;
            return at.status == CliffStatus::no_cliff && last_run && at.cuts.back().lossy
                       ? not_held
                       : undecided;
          }};
}

[[nodiscard]] inline MeasuredClaim keeps_claim(const JudgedSweep& sweep) {
  const Table1Row& row = sweep.decision.held_out;
  Claim claim{"Cutting at the cliff keeps or improves the answers.",
              sweep.decision.all.task +
                  ": cliff chosen on one half of the pictures, gain on the other (n = " +
                  grouped(row.n) + ")",
              "on the half that chooses: " + std::string(name_of(row.status)), untestable, ""};
  if (shows_nothing(sweep.decision.cliff)) {
    claim.result = describe(sweep.decision.cliff);
    return {claim, {}};
  }
  if (!row.cut) {
    return {claim, [](double) -> std::string { return undecided; }};
  }
  claim.result = "cut " + std::to_string(*row.cut) + ": ";
  claim.result += row.gain.defined ? signed_fixed(100 * row.gain.value, 1) + " points " +
                                         in_brackets(signed_fixed(100 * row.gain.interval.low, 1),
                                                     signed_fixed(100 * row.gain.interval.high, 1))
                                   : row.metric + " not defined";
  return {claim, [&sweep, &row](double tail) -> std::string {
            const Cliff told =
                cliff_at(sweep, halves(sweep.items, CliffSettings{}.bootstrap.seed).second, tail);
            const RunComparison& cut = *told.at(*row.cut);
            const auto improves = [](const Gain& gain) { return gain.interval.low > 0; };
            if (cut.passed && improves(cut.gains.front())) return "held, improves";
            if (cut.passed) return "held, keeps; no improvement shown";
            return cut.lossy ? not_held : undecided;
          }};
}

/// Layers of two models, and cuts of two policies, are not one scale.
[[nodiscard]] inline bool comparable(const JudgedSweep& a, const JudgedSweep& b) {
  return a.decision.model == b.decision.model && a.decision.all.policy == b.decision.all.policy &&
         a.decision.cliff.layers == b.decision.cliff.layers;
}

/// Of neighbours in the order given: is the first's cliff earlier? A bound of either is used, each at
/// half the level.
[[nodiscard]] inline MeasuredClaim order_claim(const JudgedSweep& earlier,
                                               const JudgedSweep& later) {
  const Cliff& a = earlier.decision.cliff;
  const Cliff& b = later.decision.cliff;
  Claim claim{"Harder reasoning has an earlier cliff.",
              "cliffs with both bounds, " + task_of(earlier) + " before " + task_of(later),
              bounds_of(a) + " and " + bounds_of(b), untestable, ""};
  if (shows_nothing(a) || shows_nothing(b)) return {claim, {}};
  return {claim, [&earlier, &later](double tail) -> std::string {
            const Cliff first = cliff_at(earlier, earlier.items, tail / 2);
            const Cliff second = cliff_at(later, later.items, tail / 2);
            if (!all_run_from(first, 0) || !all_run_from(second, 0)) return undecided;
            const int first_upper = first.cliff_layer.value_or(first.layers);
            const int second_upper = second.cliff_layer.value_or(second.layers);
            return first_upper < second.lower_bound   ? held
                   : second_upper < first.lower_bound ? not_held
                                                      : undecided;
          }};
}

/// Two models under one policy, of as many layers, that were asked the same questions of a task.
[[nodiscard]] inline bool asked_alike(const JudgedSweep& a, const JudgedSweep& b) {
  const auto same_item = [](const ItemOutcome& one, const ItemOutcome& other) {
    return one.id == other.id && one.image == other.image;
  };
  return a.decision.model != b.decision.model && a.decision.title == b.decision.title &&
         a.decision.all.policy == b.decision.all.policy &&
         a.decision.cliff.layers == b.decision.cliff.layers &&
         std::equal(a.items.begin(), a.items.end(), b.items.begin(), b.items.end(), same_item);
}

inline constexpr const char* projector = "The pattern does not depend on the projector.";

/// Of two models that differ in their projectors: do their cliffs lie within one layer of each other? A
/// cliff's bounds are used, each at half the level. That two cliffs are not told apart does not make them
/// equal: only bounds that are close do.
[[nodiscard]] inline MeasuredClaim projector_claim(const JudgedSweep& one,
                                                   const JudgedSweep& other) {
  const Cliff& a = one.decision.cliff;
  const Cliff& b = other.decision.cliff;
  Claim claim{projector,
              "cliffs with both bounds, within one layer of each other, " + one.decision.model +
                  " and " + other.decision.model + " on the same questions, " + one.decision.title +
                  " (n = " + grouped(a.n) + ")",
              bounds_of(a) + " and " + bounds_of(b), untestable, ""};
  if (shows_nothing(a) || shows_nothing(b)) return {claim, {}};
  return {claim, [&one, &other](double tail) -> std::string {
            const Cliff first = cliff_at(one, one.items, tail / 2);
            const Cliff second = cliff_at(other, other.items, tail / 2);
            if (!all_run_from(first, 0) || !all_run_from(second, 0)) return undecided;
            const int first_upper = first.cliff_layer.value_or(first.layers);
            const int second_upper = second.cliff_layer.value_or(second.layers);
            const int lowest = std::min(first.lower_bound, second.lower_bound);
            const int gap =
                std::max(first.lower_bound - second_upper, second.lower_bound - first_upper);
            const bool close = std::max(first_upper, second_upper) - lowest <= 1;
            return close ? held : gap > 1 ? not_held : undecided;
          }};
}

[[nodiscard]] inline MeasuredClaim agreement_claim(const JudgedSweep& sweep) {
  constexpr double strong = 0.5;
  Claim claim{
      "The layer where attention or the CAM leaves the image is the layer from which on it can be "
      "cut.",
      "Spearman over items between each item's last disagreeing cut and its instruments' cliffs, "
      "held against 0.5, " +
          task_of(sweep),
      "", untestable, ""};
  std::vector<RankCorrelation> correlations;
  for (const InstrumentPair& pair : sweep.decision.pairs) {
    const bool wanted =
        pair.first == "disagreement" && (pair.second == "attention left" || pair.second == "cam");
    if (!wanted) continue;
    const RankCorrelation& found = correlations.emplace_back(pair.correlation);
    claim.result += (claim.result.empty() ? "" : "; ") + pair.second + ": ";
    claim.result += found.rho ? signed_fixed(*found.rho, 2) + " " +
                                    in_brackets(signed_fixed(found.interval.low, 2),
                                                signed_fixed(found.interval.high, 2))
                              : "one of the two does not vary";
  }
  if (correlations.empty()) {
    claim.result = "not measured";
    return {claim, {}};
  }
  return {claim, [correlations](double tail) -> std::string {
            const auto count = static_cast<double>(correlations.size());
            const bool one_is_strong = std::any_of(
                correlations.begin(), correlations.end(), [&](const RankCorrelation& found) {
                  return found.interval_at(tail / count).low > strong;
                });
            const bool all_are_weak = std::all_of(correlations.begin(), correlations.end(),
                                                  [&](const RankCorrelation& found) {
                                                    return found.interval_at(tail).high < strong;
                                                  });
            return one_is_strong ? held : all_are_weak ? not_held : undecided;
          }};
}

[[nodiscard]] inline MeasuredClaim not_testable(std::string claim, std::string measured,
                                                std::string result) {
  return {{std::move(claim), std::move(measured), std::move(result), untestable, ""}, {}};
}

}  // namespace infoflow::claims
