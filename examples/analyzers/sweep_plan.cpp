// SPDX-License-Identifier: MIT
#include "sweep_plan.hpp"

#include <algorithm>
#include <set>

#include <infoflow/truncation/policy_names.hpp>
#include <infoflow/truncation/setting_names.hpp>

namespace infoflow::analyzers {

namespace {

/// "all", "0,4,8" or "8:24" → layers, with 0 and L.
std::vector<int> parse_layers(const std::string& text, int layers) {
  std::set<int> chosen{0, layers};
  const std::string where = "--layers " + text;
  const auto layer = [&](std::string_view number) {
    const int l = infoflow::detail::parse_layer(number, where);
    if (l > layers) {
      throw Error("layer " + std::to_string(l) + " of " + std::to_string(layers), where,
                  "count layers from 0");
    }
    return l;
  };
  if (text == "all") {
    for (int l = 0; l < layers; ++l) chosen.insert(l);
  } else if (const std::size_t colon = text.find(':'); colon != std::string::npos) {
    const int first = layer(std::string_view(text).substr(0, colon));
    const int last = layer(std::string_view(text).substr(colon + 1));
    if (first > last) throw Error("the range ends before it begins", where, "write 8:24");
    for (int l = first; l <= last; ++l) chosen.insert(l);
  } else {
    for (const std::string_view number : infoflow::detail::split_text(text, ',')) {
      chosen.insert(layer(number));
    }
  }
  return {chosen.begin(), chosen.end()};
}

}  // namespace

SweepPlan plan_sweep(const SweepCuts& cuts, int layers) {
  const Truncation settings{.schedule = {},
                            .positions = parse_position_rule(cuts.positions, "--positions"),
                            .scores = parse_score_source(cuts.score, "--score")};
  SweepPlan plan;
  plan.layers = parse_layers(cuts.layers, layers);
  const auto add = [&](const std::string& name, int layer, CutSchedule schedule) {
    for (const PlannedRun& run : plan.runs) {
      if (run.policy == name && run.cut_layer == layer) return;
    }
    PlannedRun& run = plan.runs.emplace_back(PlannedRun{name, layer, settings});
    run.truncation.schedule = std::move(schedule);
  };
  const auto add_curve = [&](const std::string& text, std::size_t step) {
    const NamedPolicy policy = parse_policy(text, cuts.seed);
    for (std::size_t i = 0; i < plan.layers.size(); i += step) {
      const int layer = plan.layers[i];
      if (layer < layers) add(policy.name, layer, CutSchedule({{layer, policy}}));
    }
    return policy.name;
  };
  if (names_schedule(cuts.policy)) {
    throw Error("a schedule is one point, not a curve", "--policy " + cuts.policy,
                "give it as --control beside a policy");
  }
  plan.policy = add_curve(cuts.policy, 1);
  add(plan.policy, layers, {});
  add("drop-all", 0, CutSchedule({{0, parse_policy("drop-all")}}));
  for (const std::string& control : cuts.controls) {
    if (names_schedule(control)) {
      NamedSchedule named = parse_schedule(control);
      const int first = named.schedule.cuts().front().layer;
      const int last = named.schedule.cuts().back().layer;
      if (last > layers) {
        throw Error("layer " + std::to_string(last) + " of " + std::to_string(layers),
                    "--control " + control, "count layers from 0");
      }
      add(named.name, first, std::move(named.schedule));
    } else {
      (void)add_curve(control, 1);
    }
  }
  if (cuts.controls.empty()) {
    const std::size_t quarter = std::max<std::size_t>(1, (plan.layers.size() - 1) / 4);
    for (const char* control : {"top-k:0.25", "random:0.25", "inverse:0.25"}) {
      (void)add_curve(control, quarter);
    }
  }
  return plan;
}

std::size_t SweepPlan::untouched() const {
  const auto found = std::find_if(runs.begin(), runs.end(), [](const PlannedRun& run) {
    return run.truncation.schedule.cuts().empty();
  });
  return static_cast<std::size_t>(found - runs.begin());
}

std::vector<RunName> runs_spelled(std::string_view text, const std::string& where) {
  std::vector<RunName> runs;
  for (const std::string_view word : infoflow::detail::split_text(text, ' ')) {
    if (word == "score") return runs;  // What follows says how, not which.
    const std::size_t at = word.rfind('@');
    if (at == std::string_view::npos) break;
    const int layer = infoflow::detail::parse_layer(word.substr(at + 1), where);
    runs.push_back({std::string(word.substr(0, at)), layer});
  }
  throw Error("the setting \"runs\" is no list of runs", where, "it was edited; use another folder");
}

std::string SweepPlan::spelled() const {
  std::string text;
  for (const PlannedRun& run : runs) {
    text += (text.empty() ? "" : " ") + run.policy + "@" + std::to_string(run.cut_layer);
  }
  if (!runs.empty()) {
    text += " score " + std::string(to_string(runs.front().truncation.scores)) + ", positions " +
            std::string(to_string(runs.front().truncation.positions));
  }
  return text;
}

}  // namespace infoflow::analyzers
