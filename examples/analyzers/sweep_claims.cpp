// SPDX-License-Identifier: MIT
#include "sweep_claims.hpp"

#include <algorithm>
#include <functional>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <infoflow/metrics/cluster_mean.hpp>
#include <infoflow/metrics/holm.hpp>
#include <infoflow/truncation/cliff_finder.hpp>
#include <infoflow/truncation/held_out.hpp>
#include <infoflow/truncation/item_table.hpp>

#include "sweep_journal.hpp"

namespace infoflow::analyzers {

namespace {

const char* const held = "held";
const char* const not_held = "did not hold";
const char* const open = "not decided";
const char* const untestable = "not testable here";

constexpr double single_tail = 0.025;  ///< By which a verdict alone may be wrong, in its direction.
constexpr double family_rate = 0.05;   ///< By which any of a page may be.

/// A claim before its verdict: what was found, and what it comes to at a level.
struct Measured {
  Claim claim;
  std::function<std::string(double tail)> verdict;  ///< None: not testable here.
};

/// Mean of a quantity over the items that it was measured on, pictures being the units.
ClusterMean mean_of(const std::vector<ItemOutcome>& items, auto quantity) {
  std::vector<ItemOutcome> measured;
  for (const ItemOutcome& item : items) {
    if (!item.image_share.empty()) measured.push_back(item);
  }
  const ItemTable table(measured);
  std::vector<double> values;
  for (const ItemOutcome* item : table.items()) values.push_back(quantity(*item));
  return cluster_mean(values, table.picture(), table.pictures());
}

std::string percent_text(const ClusterMean& mean, double tail) {
  if (!mean.value) return "not measured";
  const std::optional<Interval> interval = mean.interval(tail);
  if (!interval) {
    return fmt::format("{:.1f} %; too few pictures for an interval: they weigh as much as {:.1f}",
                       100 * *mean.value, mean.clusters);
  }
  return fmt::format("{:.1f} % [{:.1f}, {:.1f}]", 100 * *mean.value, 100 * interval->low,
                     100 * interval->high);
}

/// The sweep's cliff over some of its items, each of its tests at that level.
Cliff cliff_at(const LoadedSweep& sweep, const std::vector<ItemOutcome>& items, double alpha) {
  CliffSettings settings;
  settings.test = {sweep.run.margin, alpha};
  settings.bootstrap.draws = 1;  // No draw decides anything.
  return CliffFinder(settings)(items, sweep.findings.metric, sweep.run.policy);
}

/// Whether every cut from `layer` to the last was run: the others are not shown.
bool all_run_from(const Cliff& cliff, int layer) {
  for (; layer < cliff.layers; ++layer) {
    if (cliff.at(layer) == nullptr) return false;
  }
  return true;
}

std::string task_of(const LoadedSweep& sweep) {
  return sweep.findings.all.task + " (n = " + grouped(sweep.findings.cliff.n) + ")";
}

std::string bounds_of(const Cliff& cliff) {
  std::string text =
      cliff.cliff_layer
          ? fmt::format("{} [{}, {}] of {}", *cliff.cliff_layer, cliff.lower_bound,
                        *cliff.cliff_layer, cliff.layers)
          : fmt::format("none ({}), bounds [{}, {}]", name_of(cliff.status), cliff.lower_bound,
                        cliff.layers);
  if (!all_run_from(cliff, 0)) text += fmt::format(", only {} cuts run", cliff.cuts.size());
  return text;
}

bool shows_nothing(const Cliff& cliff) {
  return cliff.status == CliffStatus::does_not_need_the_image ||
         cliff.status == CliffStatus::nothing_to_lose;
}

/// The last layer has a claim of its own, that it looks back, and is left out here. The layer with
/// most is chosen by the items that tell its share; so the level is divided among the layers where
/// one of them is enough.
Measured attention_claim(const LoadedSweep& sweep) {
  constexpr int first = 4;
  constexpr double little = 0.02;
  Claim claim{"After the first layers the image gets almost no attention (under 2 % after layer 3).",
              "image share of the answer rows, mean over items, in that of the layers from 4 to the "
              "last but one that has most, interval for all of them together, " +
                  task_of(sweep),
              "the model has no such layer", untestable, ""};
  std::vector<ClusterMean> shares;
  for (int l = first; l + 1 < sweep.findings.cliff.layers; ++l) {
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
            const auto every = [&](auto is) { return std::all_of(shares.begin(), shares.end(), is); };
            const bool under = every([&](const ClusterMean& share) {
              const auto interval = share.interval(tail);
              return interval && interval->high < little;
            });
            const bool none_over = every([&](const ClusterMean& share) {
              const auto interval = share.interval(tail / count);
              return !interval || interval->low <= little;
            });
            return under ? held : none_over ? open : not_held;
          }};
}

Measured looks_back_claim(const LoadedSweep& sweep) {
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
            if (!interval) return open;
            return interval->low > 0 ? held : interval->high < 0 ? not_held : open;
          }};
}

Measured cliff_claim(const LoadedSweep& sweep) {
  const Cliff& cliff = sweep.findings.cliff;
  Claim claim{"From some layer on the image can be cut without a loss.",
              fmt::format("fixed-sequence non-inferiority, margin {}, {}", points_text(cliff.margin),
                          task_of(sweep)),
              "cliff " + bounds_of(cliff), untestable, ""};
  if (shows_nothing(cliff)) return {claim, {}};
  return {claim, [&sweep](double tail) -> std::string {
            const Cliff at = cliff_at(sweep, sweep.items, tail);
            const bool found = at.status == CliffStatus::found;
            if (found && all_run_from(at, *at.cliff_layer)) return held;
            // A last cut that merely was not shown to be harmless does not disprove the claim.
            const bool last_run = at.at(at.layers - 1) != nullptr;
            return at.status == CliffStatus::no_cliff && last_run && at.cuts.back().lossy ? not_held
                                                                                          : open;
          }};
}

Measured keeps_claim(const LoadedSweep& sweep) {
  const Table1Row& row = sweep.findings.held_out;
  Claim claim{"Cutting at the cliff keeps or improves the answers.",
              fmt::format("{}: cliff chosen on one half of the pictures, gain on the other (n = {})",
                          sweep.findings.all.task, grouped(row.n)),
              fmt::format("on the half that chooses: {}", name_of(row.status)), untestable, ""};
  if (shows_nothing(sweep.findings.cliff)) {
    claim.result = describe(sweep.findings.cliff);
    return {claim, {}};
  }
  if (!row.cut) {
    return {claim, [](double) -> std::string { return open; }};
  }
  claim.result = row.gain.defined
                     ? fmt::format("cut {}: {:+.1f} points [{:+.1f}, {:+.1f}]", *row.cut,
                                   100 * row.gain.value, 100 * row.gain.interval.low,
                                   100 * row.gain.interval.high)
                     : fmt::format("cut {}: {} not defined", *row.cut, row.metric);
  return {claim, [&sweep, &row](double tail) -> std::string {
            const Cliff told =
                cliff_at(sweep, halves(sweep.items, CliffSettings{}.bootstrap.seed).second, tail);
            const RunComparison& cut = *told.at(*row.cut);
            const auto improves = [](const Gain& gain) { return gain.interval.low > 0; };
            if (cut.passed && improves(cut.gains.front())) return "held, improves";
            if (cut.passed) return "held, keeps; no improvement shown";
            return cut.lossy ? not_held : open;
          }};
}

/// Layers of two models, and cuts of two policies, are not one scale.
bool comparable(const LoadedSweep& a, const LoadedSweep& b) {
  return a.run.model == b.run.model && a.run.policy == b.run.policy &&
         a.findings.cliff.layers == b.findings.cliff.layers;
}

/// Of neighbours in the order given: is the first's cliff earlier? A bound of either is used, each at
/// half the level.
Measured order_claim(const LoadedSweep& earlier, const LoadedSweep& later) {
  const Cliff& a = earlier.findings.cliff;
  const Cliff& b = later.findings.cliff;
  Claim claim{"Harder reasoning has an earlier cliff.",
              "cliffs with both bounds, " + task_of(earlier) + " before " + task_of(later),
              bounds_of(a) + " and " + bounds_of(b), untestable, ""};
  if (shows_nothing(a) || shows_nothing(b)) return {claim, {}};
  return {claim, [&earlier, &later](double tail) -> std::string {
            const Cliff first = cliff_at(earlier, earlier.items, tail / 2);
            const Cliff second = cliff_at(later, later.items, tail / 2);
            if (!all_run_from(first, 0) || !all_run_from(second, 0)) return open;
            const int first_upper = first.cliff_layer.value_or(first.layers);
            const int second_upper = second.cliff_layer.value_or(second.layers);
            return first_upper < second.lower_bound   ? held
                   : second_upper < first.lower_bound ? not_held
                                                      : open;
          }};
}

Measured agreement_claim(const LoadedSweep& sweep) {
  constexpr double strong = 0.5;
  Claim claim{
      "The layer where attention or the CAM leaves the image is the layer from which on it can be "
      "cut.",
      "Spearman over items between each item's last disagreeing cut and its instruments' cliffs, "
      "held against 0.5, " +
          task_of(sweep),
      "", untestable, ""};
  std::vector<RankCorrelation> correlations;
  for (const InstrumentPair& pair : sweep.findings.pairs) {
    const bool wanted = pair.first == "disagreement" &&
                        (pair.second == "attention left" || pair.second == "cam");
    if (!wanted) continue;
    const RankCorrelation& found = correlations.emplace_back(pair.correlation);
    claim.result += (claim.result.empty() ? "" : "; ") + pair.second + ": ";
    claim.result += found.rho ? fmt::format("{:+.2f} [{:+.2f}, {:+.2f}]", *found.rho,
                                            found.interval.low, found.interval.high)
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
            const bool all_are_weak = std::all_of(
                correlations.begin(), correlations.end(), [&](const RankCorrelation& found) {
                  return found.interval_at(tail).high < strong;
                });
            return one_is_strong ? held : all_are_weak ? not_held : open;
          }};
}

Measured not_testable(std::string claim, std::string measured, std::string result) {
  return {{std::move(claim), std::move(measured), std::move(result), untestable, ""}, {}};
}

}  // namespace

std::unique_ptr<LoadedSweep> load_sweep(const std::filesystem::path& folder) {
  SweepRunFile run = read_run_file(folder);
  SweepQuestions questions(run.data);
  FinishedRun finished = read_finished({folder / "journal.jsonl"}, run, questions);
  std::vector<ItemOutcome> items = std::move(finished.outcomes.items);
  if (items.empty()) {
    throw Error("no finished items", folder.string(), "give the folder of a finished sweep");
  }
  SweepFindings findings =
      findings_of(items, questions.benchmark(), data_title(run.data, questions.benchmark().rule),
                  run.model, run.policy, run.margin);
  findings.latency = run.latency;
  findings.skipped = skipped_rows(questions, finished.outcomes.skipped);
  return std::make_unique<LoadedSweep>(LoadedSweep{std::move(run), std::move(questions),
                                                   std::move(items), std::move(findings)});
}

std::string models_of(std::span<const LoadedSweep* const> sweeps) {
  std::vector<std::string> models;
  for (const LoadedSweep* sweep : sweeps) {
    if (std::find(models.begin(), models.end(), sweep->run.model) == models.end()) {
      models.push_back(sweep->run.model);
    }
  }
  return fmt::format("{}", fmt::join(models, ", "));
}

std::vector<Claim> claims_of(std::span<const LoadedSweep* const> sweeps) {
  std::vector<Measured> measured;
  const auto each = [&](auto claim) {
    for (const LoadedSweep* sweep : sweeps) measured.push_back(claim(*sweep));
  };
  each(attention_claim);
  each(cliff_claim);
  for (std::size_t i = 1; i < sweeps.size(); ++i) {
    if (comparable(*sweeps[i - 1], *sweeps[i])) {
      measured.push_back(order_claim(*sweeps[i - 1], *sweeps[i]));
    }
  }
  each(keeps_claim);
  each(agreement_claim);
  each(looks_back_claim);
  measured.push_back(
      not_testable("The last layer looks back at the image (CAM).",
                   "gradient after the last layer's attention",
                   "exactly zero at image rows by construction: nothing reads them any more"));
  measured.push_back(not_testable("The pattern does not depend on the projector.",
                                  "needs models with different projectors trained on the same data",
                                  "one model"));

  std::vector<std::size_t> tested;
  for (std::size_t i = 0; i < measured.size(); ++i) {
    if (measured[i].verdict) tested.push_back(i);
  }
  std::vector<std::string> verdicts(tested.size());
  const std::vector<bool> stands = holm(tested.size(), family_rate, [&](std::size_t t, double tail) {
    verdicts[t] = measured[tested[t]].verdict(tail);
    return verdicts[t] != open;
  });
  std::vector<Claim> claims;
  for (const Measured& one : measured) claims.push_back(one.claim);
  for (std::size_t t = 0; t < tested.size(); ++t) {
    claims[tested[t]].verdict = measured[tested[t]].verdict(single_tail);
    claims[tested[t]].together = stands[t] ? verdicts[t] : open;
  }
  for (Claim& claim : claims) {
    if (claim.together.empty()) claim.together = claim.verdict;
  }
  return claims;
}

std::string claims_markdown(std::span<const LoadedSweep* const> sweeps) {
  std::string text =
      "| claim | how measured | result | verdict | with all others |\n|---|---|---|---|---|\n";
  std::size_t tested = 0;
  for (const Claim& claim : claims_of(sweeps)) {
    tested += claim.verdict == untestable ? 0 : 1;
    text += fmt::format("| {} | {} | {} | **{}** | {} |\n", claim.claim,
                        infoflow::detail::markdown_cell(claim.measured),
                        infoflow::detail::markdown_cell(claim.result), claim.verdict,
                        claim.together);
  }
  return "Model: " + infoflow::detail::markdown_cell(models_of(sweeps)) +
         ". Brackets are 95 % intervals, pictures being the units; behind a cliff they are its "
         "bounds. Layers count from 0. A verdict is about this model and these items only, and is "
         "wrong with a probability of at most 2.5 % if looked at alone. " +
         fmt::format("With all others: what is left if the chance that any of the {} is wrong is "
                     "to be at most {:.0f} % (Holm).\n\n",
                     tested, 100 * family_rate) +
         text;
}

}  // namespace infoflow::analyzers
