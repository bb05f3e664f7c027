// SPDX-License-Identifier: MIT
/// \file decide: from a sweep's outcomes to curves, the cliff, the instruments, and the decision.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <infoflow/benchmarks/items/benchmark.hpp>
#include <infoflow/cliff/cliff.hpp>
#include <infoflow/cliff/cliff_finder.hpp>
#include <infoflow/cliff/curve.hpp>
#include <infoflow/cliff/held_out.hpp>
#include <infoflow/cliff/instruments.hpp>
#include <infoflow/cliff/sweep_view.hpp>
#include <infoflow/cliff/table1.hpp>
#include <infoflow/sweep/latency.hpp>

namespace infoflow {

/// What is decided: whose cuts, on what, and which loss counts as none.
struct DecisionRequest {
  std::string model;
  std::string title;   ///< What figures and tables call the data.
  std::string policy;  ///< The main one, by its canonical name.
  double margin = 0.01;
};

/// What a finished sweep says: curves, the cliff, the instruments, and what follows from them.
struct Decision {
  std::string model;
  std::string title;  ///< What figures and tables call the data.
  std::string task;
  std::string rule;
  MetricSummary metric;
  SweepView all;                   ///< Curves of every policy, the cliff of the main one.
  std::optional<SweepView> needy;  ///< The same of the items that text alone does not answer.
  Cliff cliff;
  Table1Row held_out;
  std::vector<Instrument> instruments;
  std::vector<InstrumentPair> pairs;
  std::optional<Latency> latency;
  std::vector<std::string> skipped;  ///< Rows that all of this is without, each with its reason.
};

/// Whether the prompt without the image earned the item half or more of what can be earned; false
/// without that control. For metrics of which 1 is best.
[[nodiscard]] inline bool right_without_image(const ItemOutcome& item, const MetricSummary& metric,
                                              int layers) {
  const RunOutcome* const run = item.run("no-image", layers);
  return run != nullptr && metric.value(run->statistics) >= 0.5;
}

namespace detail {

/// Every policy that the items were run with.
[[nodiscard]] inline std::vector<std::string> policies_run(const std::vector<ItemOutcome>& items) {
  std::vector<std::string> policies;
  for (const ItemOutcome& item : items) {
    for (const RunOutcome& run : item.runs) {
      if (std::find(policies.begin(), policies.end(), run.policy) == policies.end()) {
        policies.push_back(run.policy);
      }
    }
  }
  return policies;
}

[[nodiscard]] inline SweepView view_of(const Decision& decision,
                                       const std::vector<ItemOutcome>& items,
                                       const std::string& policy, const Cliff& cliff) {
  SweepView view;
  view.model = decision.model;
  view.task = decision.title;
  view.direction = decision.metric.direction;
  view.layers = cliff.layers;
  view.images = cliff.images;
  view.policy = policy;
  for (const std::string& name : policies_run(items)) {
    for (CurvePoint& point : curve(items, decision.metric, name)) {
      view.points.push_back(std::move(point));
    }
  }
  view.cliff = marks_of(cliff);
  return view;
}

}  // namespace detail

/// What the items of one model, task and policy came to.
/// \throws Error if an item lacks a run that others have
[[nodiscard]] inline Decision decide(const std::vector<ItemOutcome>& items,
                                     const Benchmark& benchmark, const DecisionRequest& of) {
  Decision decision;
  decision.model = of.model;
  decision.title = of.title;
  decision.task = benchmark.task;
  decision.rule = benchmark.rule;
  decision.metric = benchmark.metric;

  CliffSettings settings;
  settings.test.margin = of.margin;
  const CliffFinder find(settings);
  decision.cliff = find(items, decision.metric, of.policy);
  decision.all = detail::view_of(decision, items, of.policy, decision.cliff);
  decision.instruments = instruments(items, decision.metric, of.policy);
  decision.pairs = instrument_pairs(items, decision.instruments);
  decision.held_out =
      table1_row(of.model, decision.title, held_out(find, items, decision.metric, of.policy));

  if (decision.metric.direction == Direction::higher_is_better) {
    std::vector<ItemOutcome> needy;
    for (const ItemOutcome& item : items) {
      if (item.image.empty()) continue;
      if (!right_without_image(item, decision.metric, decision.cliff.layers)) needy.push_back(item);
    }
    if (!needy.empty() && static_cast<Index>(needy.size()) < decision.cliff.n) {
      decision.needy =
          detail::view_of(decision, needy, of.policy, find(needy, decision.metric, of.policy));
    }
  }
  return decision;
}

}  // namespace infoflow
