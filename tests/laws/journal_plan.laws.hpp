// SPDX-License-Identifier: MIT
/// \file Laws of a journal's plan: what a run finds passes, what it cannot have found does not.
#pragma once

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <infoflow/journal/journal_plan.hpp>

#include "generators.hpp"
#include "law.hpp"

namespace infoflow::laws {

/// A run of two cuts over four layers: an item with a picture, its control and a reference, one whose
/// picture is the only one, and one without a picture.
struct PlannedRunExample {
  static constexpr int layers = 4;
  std::vector<RunName> runs{{"drop-all", 0}, {"top-k:0.25", 2}, {"drop-all", layers}};
  RunName untouched = runs[2];
  std::vector<BenchmarkItem> items;

  PlannedRunExample() {
    for (const std::string id : {"pair", "alone", "text"}) {
      BenchmarkItem item;
      item.id = id;
      item.image = id == "text" ? "" : id + ".png";
      item.group = "yesno";
      item.reference = id == "pair" ? "Yes" : "";
      item.score = [](std::string_view answer) {
        return ScoredAnswer{{static_cast<double>(answer.size()), 1}, "", 0};
      };
      items.push_back(std::move(item));
    }
  }

  template <class Plan>
  [[nodiscard]] Plan plan() const {
    Plan plan(runs, untouched);
    for (const BenchmarkItem& item : items) plan.add(item, item.id == "pair");
    return plan;
  }

  /// What a run finds for an item: numbers drawn, those of other fields as they follow from them.
  [[nodiscard]] ItemOutcome outcome(std::size_t number, Draw& draw) const {
    const BenchmarkItem& item = items[number];
    const bool has_image = !item.image.empty();
    ItemOutcome outcome{.id = item.id,
                        .image = item.image,
                        .group = item.group,
                        .runs = {},
                        .image_share = {},
                        .cam_mass = {}};
    std::vector<RunName> names{untouched};
    if (has_image) {
      names = runs;
      names.push_back({"no-image", layers});
      if (item.id == "pair") names.push_back({"other-image", layers});
      outcome.image_fraction = draw.real(0.01, 0.99);
      for (int layer = 0; layer < layers; ++layer) {
        outcome.image_share.push_back(draw.real(0.01, 0.99));
        outcome.cam_mass.push_back(draw.real(0.01, 0.99));
      }
    }
    for (const RunName& name : names) {
      RunOutcome run;
      run.policy = name.policy;
      run.cut_layer = name.cut_layer;
      run.answer = std::string(static_cast<std::size_t>(draw.integer(1, 3)), 'y');
      run.statistics = item.score(run.answer).statistics;
      run.agrees = name == untouched || draw.coin();
      run.kl = draw.real(0.01, 0.99);
      run.kl_first = draw.real(0.01, 0.99);
      if (!item.reference.empty()) run.reference_probability = draw.real(0.01, 0.99);
      run.image_tokens = has_image && name == untouched ? 64 : 0;
      run.prefill_flops = draw.real(0.01, 0.99);
      run.flops = run.prefill_flops + draw.real(0.01, 0.99);
      outcome.runs.push_back(std::move(run));
    }
    return outcome;
  }
};

/// A lie about an outcome that has a picture, a control and a reference, by its name.
struct Lie {
  std::string name;
  std::function<void(ItemOutcome&)> tell;
};

/// Every field, each in every way that it can be wrong.
[[nodiscard]] inline std::vector<Lie> lies() {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  constexpr double infinite = std::numeric_limits<double>::infinity();
  std::vector<Lie> lies{
      {"an unknown item", [](auto& o) { o.id = "nobody"; }},
      {"another item's line", [](auto& o) { o.id = "alone"; }},
      {"another picture", [](auto& o) { o.image = "alone.png"; }},
      {"no picture", [](auto& o) { o.image = ""; }},
      {"another group", [](auto& o) { o.group = "colour"; }},
      {"a run doubled", [](auto& o) { o.runs.insert(o.runs.begin(), o.runs.front()); }},
      {"the last run doubled", [](auto& o) { o.runs.push_back(o.runs.back()); }},
      {"a run missing", [](auto& o) { o.runs.erase(o.runs.begin() + 1); }},
      {"the last run missing", [](auto& o) { o.runs.pop_back(); }},
      {"no runs", [](auto& o) { o.runs.clear(); }},
      {"runs in another order", [](auto& o) { std::swap(o.runs[0], o.runs[1]); }},
      {"another policy", [](auto& o) { o.runs[1].policy = "top-k:0.5"; }},
      {"another cut", [](auto& o) { o.runs[1].cut_layer = 3; }},
      {"a cut below zero", [](auto& o) { o.runs[0].cut_layer = -1; }},
      {"an untouched model that differs from itself", [](auto& o) { o.runs[2].agrees = false; }},
      {"too few statistics", [](auto& o) { o.runs[0].statistics.pop_back(); }},
      {"no statistics", [](auto& o) { o.runs[0].statistics.clear(); }},
      {"too many statistics", [](auto& o) { o.runs[0].statistics.push_back(0); }},
      {"statistics of another answer", [](auto& o) { o.runs[0].statistics[0] += 1; }},
      {"another answer", [](auto& o) { o.runs[0].answer += "yyyy"; }},
      {"a reference's probability above 1", [](auto& o) { o.runs[0].reference_probability = 1.1; }},
      {"a reference's probability below 0",
       [](auto& o) { o.runs[0].reference_probability = -0.1; }},
      {"a probability for some runs only", [](auto& o) { o.runs[1].reference_probability = nan; }},
      {"more image tokens behind a cut", [](auto& o) { o.runs[0].image_tokens = 65; }},
      {"half an image token", [](auto& o) { o.runs[2].image_tokens = 63.5; }},
      {"image tokens without an image", [](auto& o) { o.runs[3].image_tokens = 1; }},
      {"a prefill dearer than all", [](auto& o) { o.runs[0].flops = o.runs[0].prefill_flops / 2; }},
      {"shares of too few layers", [](auto& o) { o.image_share.pop_back(); }},
      {"no shares", [](auto& o) { o.image_share.clear(); }},
      {"neither shares nor masses", [](auto& o) { o.image_share.clear(), o.cam_mass.clear(); }},
      {"masses of too many layers", [](auto& o) { o.cam_mass.push_back(0); }},
      {"a share above 1", [](auto& o) { o.image_share[1] = 1.5; }},
      {"a mass below 0", [](auto& o) { o.cam_mass[1] = -0.5; }},
      {"a share that is none", [](auto& o) { o.image_share[0] = nan; }},
      {"an infinite mass", [](auto& o) { o.cam_mass[0] = infinite; }},
      {"no fraction of the prompt", [](auto& o) { o.image_fraction = nan; }},
      {"more image than prompt", [](auto& o) { o.image_fraction = 1.5; }}};
  using Number = double RunOutcome::*;
  for (const auto& [name, field] :
       std::vector<std::pair<std::string, Number>>{{"kl", &RunOutcome::kl},
                                                   {"kl_first", &RunOutcome::kl_first},
                                                   {"image_tokens", &RunOutcome::image_tokens},
                                                   {"flops", &RunOutcome::flops},
                                                   {"prefill_flops", &RunOutcome::prefill_flops},
                                                   {"kv_bytes", &RunOutcome::kv_bytes},
                                                   {"seconds", &RunOutcome::seconds}}) {
    for (const double value : {nan, infinite, -infinite, -1.0}) {
      lies.push_back({name + " of " + std::to_string(value),
                      [member = field, value](ItemOutcome& o) { o.runs[1].*member = value; }});
    }
  }
  lies.push_back(
      {"an infinite probability", [](auto& o) { o.runs[1].reference_probability = infinite; }});
  return lies;
}

/// What a run finds has no fault, and every lie about it has one.
template <class Plan>
[[nodiscard]] Violation check_plan(std::uint64_t seed) {
  Draw draw(seed);
  const PlannedRunExample example;
  const Plan plan = example.plan<Plan>();
  for (std::size_t number = 0; number < example.items.size(); ++number) {
    const std::string fault = plan.fault(example.outcome(number, draw), Shard{});
    if (!fault.empty()) return "an honest line has a fault: " + fault;
  }
  for (const Lie& lie : lies()) {
    ItemOutcome outcome = example.outcome(0, draw);
    lie.tell(outcome);
    if (plan.fault(outcome, Shard{}).empty()) return "believed: " + lie.name;
  }
  ItemOutcome text = example.outcome(2, draw);
  text.image_fraction = 0.5;
  if (plan.fault(text, Shard{}).empty()) return "believed: a picture's share without a picture";
  if (plan.fault(SkippedItem{"nobody", "why"}, Shard{}).empty()) return "believed: nobody skipped";
  if (plan.fault(SkippedItem{"pair", ""}, Shard{}).empty()) return "believed: skipped for nothing";
  for (const BenchmarkItem& item : example.items) {
    int shards = 0;
    for (const Index n : {1, 2, 3}) {
      shards += plan.fault(SkippedItem{item.id, "why"}, Shard{n, 3}).empty() ? 1 : 0;
    }
    if (shards != 1) return "an item is in " + std::to_string(shards) + " shards";
  }
  return "";
}

}  // namespace infoflow::laws
