// SPDX-License-Identifier: MIT
#include "sweep_claims.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <infoflow/metrics/clustered_value.hpp>
#include <infoflow/truncation/item_table.hpp>

#include "sweep_journal.hpp"

namespace infoflow::analyzers {

namespace {

const char* const held = "held";
const char* const not_held = "did not hold";
const char* const open = "not decided";
const char* const untestable = "not testable here";

/// Mean of a quantity over items, pictures resampled.
Estimate mean_of(const std::vector<ItemOutcome>& items, auto quantity) {
  const MetricSummary mean{"mean",
                           Direction::higher_is_better,
                           false,
                           {"sum", "n"},
                           [](std::span<const double> sums) {
                             return std::vector<NamedValue>{ratio("mean", sums[0], sums[1])};
                           }};
  std::vector<ItemOutcome> measured;
  for (const ItemOutcome& item : items) {
    if (!item.image_share.empty()) measured.push_back(item);
  }
  const ItemTable table(measured);
  std::vector<Statistics> values;
  for (const ItemOutcome* item : table.items()) values.push_back({quantity(*item), 1.0});
  std::vector<ItemStatistics> runs(1);
  Statistics sums(2, 0.0);
  for (const Statistics& v : values) {
    runs[0].push_back(&v);
    add_to(sums, v);
  }
  const Resampling resampling(mean, runs, table.picture(), table.pictures(), {});
  std::vector<double> draws;
  for (Index draw = 0; draw < resampling.draws(); ++draw) {
    draws.push_back(main_value(mean, resampling.sums(0, draw)).value);
  }
  std::sort(draws.begin(), draws.end());
  const double value = mean.value(sums);
  return {value, percentiles(draws, 0.025).value_or(Interval{value, value})};
}

std::string percent_text(const Estimate& e) {
  return fmt::format("{:.1f} % [{:.1f}, {:.1f}]", 100 * e.value, 100 * e.interval.low,
                     100 * e.interval.high);
}

std::string task_of(const LoadedSweep& sweep) {
  return sweep.findings.all.task + " (n = " + grouped(sweep.findings.cliff.n) + ")";
}

std::string bounds_of(const Cliff& cliff) {
  if (cliff.cliff_layer) {
    return fmt::format("{} [{}, {}] of {}", *cliff.cliff_layer, cliff.lower_bound,
                       *cliff.cliff_layer, cliff.layers);
  }
  return fmt::format("none ({}), bounds [{}, {}]", name_of(cliff.status), cliff.lower_bound,
                     cliff.layers);
}

/// The last layer has a claim of its own, that it looks back, and is left out here.
Claim attention_claim(const LoadedSweep& sweep) {
  constexpr int first = 4;
  Claim claim{"After the first layers the image gets almost no attention (under 2 % after layer 3).",
              "image share of the answer rows, mean over items, in that of the layers from 4 to the "
              "last but one that has most, " +
                  task_of(sweep),
              "the model has no such layer", untestable};
  std::optional<Estimate> most;
  for (int l = first; l + 1 < sweep.findings.cliff.layers; ++l) {
    const Estimate share = mean_of(sweep.items, [l](const ItemOutcome& item) {
      return item.image_share.at(static_cast<std::size_t>(l));
    });
    if (!most || share.value > most->value) most = share;
  }
  if (!most) return claim;
  claim.result = percent_text(*most);
  claim.verdict = most->interval.high < 0.02  ? held
                  : most->interval.low > 0.02 ? not_held
                                              : open;
  return claim;
}

Claim looks_back_claim(const LoadedSweep& sweep) {
  const auto rise = [](const ItemOutcome& item) {
    const std::size_t last = item.image_share.size() - 1;
    return last > 0 ? item.image_share[last] - item.image_share[last - 1] : 0.0;
  };
  const Estimate change = mean_of(sweep.items, rise);
  return {"The last layer looks back at the image (attention).",
          "image share of the last layer minus that of the one before, mean over items, " +
              task_of(sweep),
          percent_text(change),
          change.interval.low > 0    ? held
          : change.interval.high < 0 ? not_held
                                     : open};
}

Claim cliff_claim(const LoadedSweep& sweep) {
  const Cliff& cliff = sweep.findings.cliff;
  // A last cut that merely was not shown to be harmless does not disprove the claim.
  const bool loses = cliff.status == CliffStatus::no_cliff && cliff.cuts.back().lossy;
  return {"From some layer on the image can be cut without a loss.",
          fmt::format("fixed-sequence non-inferiority, margin {}, {}", points_text(cliff.margin),
                      task_of(sweep)),
          "cliff " + bounds_of(cliff),
          cliff.status == CliffStatus::found                       ? held
          : loses                                                  ? not_held
          : cliff.status == CliffStatus::does_not_need_the_image ? untestable
                                                                   : open};
}

Claim keeps_claim(const LoadedSweep& sweep) {
  const Table1Row& row = sweep.findings.held_out;
  Claim claim{"Cutting at the cliff keeps or improves the answers.",
              fmt::format("{}: cliff chosen on one half of the pictures, gain on the other (n = {})",
                          sweep.findings.all.task, grouped(row.n)),
              fmt::format("on the half that chooses: {}", name_of(row.status)), open};
  if (sweep.findings.cliff.status == CliffStatus::does_not_need_the_image) {
    claim.result = "these items do not need the image";
    claim.verdict = untestable;
    return claim;
  }
  if (!row.cut) return claim;
  claim.result = fmt::format("cut {}: {:+.1f} points [{:+.1f}, {:+.1f}]", *row.cut,
                             100 * row.gain.value, 100 * row.gain.interval.low,
                             100 * row.gain.interval.high);
  if (row.gain.interval.low > 0) {
    claim.verdict = "held, improves";
  } else if (row.keeps) {
    claim.verdict = "held, keeps; no improvement shown";
  } else {
    claim.verdict = row.gain.interval.high < -row.margin ? not_held : open;
  }
  return claim;
}

/// Layers of two models, and cuts of two policies, are not one scale.
bool comparable(const LoadedSweep& a, const LoadedSweep& b) {
  return a.run.model == b.run.model && a.run.policy == b.run.policy &&
         a.findings.cliff.layers == b.findings.cliff.layers;
}

/// Of neighbours in the order given: is the first's cliff earlier?
Claim order_claim(const LoadedSweep& earlier, const LoadedSweep& later) {
  const Cliff& a = earlier.findings.cliff;
  const Cliff& b = later.findings.cliff;
  const auto blind = [](const Cliff& cliff) {
    return cliff.status == CliffStatus::does_not_need_the_image;
  };
  const int a_upper = a.cliff_layer.value_or(a.layers);
  const int b_upper = b.cliff_layer.value_or(b.layers);
  return {"Harder reasoning has an earlier cliff.",
          "cliffs with both bounds, " + task_of(earlier) + " before " + task_of(later),
          bounds_of(a) + " and " + bounds_of(b),
          blind(a) || blind(b)      ? untestable
          : a_upper < b.lower_bound ? held
          : b_upper < a.lower_bound ? not_held
                                    : open};
}

Claim agreement_claim(const LoadedSweep& sweep) {
  constexpr double strong = 0.5;
  std::string result;
  bool one_is_strong = false;
  bool all_are_weak = true;
  for (const InstrumentPair& pair : sweep.findings.pairs) {
    const bool wanted = pair.first == "disagreement" &&
                        (pair.second == "attention left" || pair.second == "cam");
    if (!wanted) continue;
    result += (result.empty() ? "" : "; ") + pair.second + ": ";
    if (!pair.correlation.rho) {
      result += "one of the two does not vary";
      all_are_weak = false;
      continue;
    }
    result += fmt::format("{:+.2f} [{:+.2f}, {:+.2f}]", *pair.correlation.rho,
                          pair.correlation.interval.low, pair.correlation.interval.high);
    one_is_strong = one_is_strong || pair.correlation.interval.low > strong;
    all_are_weak = all_are_weak && pair.correlation.interval.high < strong;
  }
  return {"The layer where attention or the CAM leaves the image is the layer from which on it can be "
          "cut.",
          "Spearman over items between each item's last disagreeing cut and its instruments' cliffs, "
          "held against 0.5, " +
              task_of(sweep),
          result.empty() ? "not measured" : result,
          result.empty()  ? open
          : one_is_strong ? held
          : all_are_weak  ? not_held
                          : open};
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
  std::vector<Claim> claims;
  const auto each = [&](auto claim) {
    for (const LoadedSweep* sweep : sweeps) claims.push_back(claim(*sweep));
  };
  each(attention_claim);
  each(cliff_claim);
  for (std::size_t i = 1; i < sweeps.size(); ++i) {
    if (comparable(*sweeps[i - 1], *sweeps[i])) {
      claims.push_back(order_claim(*sweeps[i - 1], *sweeps[i]));
    }
  }
  each(keeps_claim);
  each(agreement_claim);
  each(looks_back_claim);
  claims.push_back({"The last layer looks back at the image (CAM).",
                    "gradient after the last layer's attention",
                    "exactly zero at image rows by construction: nothing reads them any more",
                    untestable});
  claims.push_back({"The pattern does not depend on the projector.", "needs models with different "
                    "projectors trained on the same data", "one model", untestable});
  return claims;
}

std::string claims_markdown(std::span<const LoadedSweep* const> sweeps) {
  std::string text = "| claim | how measured | result | verdict |\n|---|---|---|---|\n";
  for (const Claim& claim : claims_of(sweeps)) {
    text += fmt::format("| {} | {} | {} | **{}** |\n", claim.claim,
                        infoflow::detail::markdown_cell(claim.measured),
                        infoflow::detail::markdown_cell(claim.result), claim.verdict);
  }
  return "Model: " + infoflow::detail::markdown_cell(models_of(sweeps)) +
         ". Brackets are 95 % intervals, pictures resampled; behind a cliff they are its bounds. "
         "Layers count from 0. A verdict is about this model and these items only.\n\n" +
         text;
}

}  // namespace infoflow::analyzers
