// SPDX-License-Identifier: MIT
/// \file Which cuts a sweep makes of every item.
#pragma once

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <infoflow/core/number_text.hpp>
#include <infoflow/core/split_text.hpp>
#include <infoflow/cut/cut_schedule.hpp>
#include <infoflow/cut/policy_names.hpp>
#include <infoflow/cut/setting_names.hpp>
#include <infoflow/journal/journal_plan.hpp>

namespace infoflow {

/// One run of every item, under the names that results carry.
struct PlannedRun {
  std::string policy;
  int cut_layer = 0;
  Truncation truncation;
};

/// What a user asks for.
struct SweepCuts {
  std::string policy = "drop-all";
  std::vector<std::string> controls{};  ///< Further policies, at the same layers, and schedules.
  std::string layers = "all";           ///< "all", "0,4,8" or "8:24" (both included).
  std::string score = "before";
  std::string positions = "keep";
  std::uint64_t seed = 0;
};

struct SweepPlan {
  std::string policy;            ///< The main one, by its canonical name.
  std::vector<int> layers;       ///< Ascending; 0 and L are always among them.
  std::vector<PlannedRun> runs;  ///< The untouched model is the main policy's run at L.

  /// The number of the untouched model's run.
  [[nodiscard]] std::size_t untouched() const {
    const auto found = std::find_if(runs.begin(), runs.end(), [](const PlannedRun& run) {
      return run.truncation.schedule.cuts().empty();
    });
    return static_cast<std::size_t>(found - runs.begin());
  }

  /// How everything would be written again, for the fingerprint of a run.
  [[nodiscard]] std::string spelled() const {
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
};

namespace detail {

/// "all", "0,4,8" or "8:24" → layers, with 0 and L.
[[nodiscard]] inline std::vector<int> parse_layers(const std::string& text, int layers) {
  std::set<int> chosen{0, layers};
  const std::string where = "--layers " + text;
  const auto layer = [&](std::string_view number) {
    const int l = parse_layer(number, where);
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
    for (const std::string_view number : split_text(text, ',')) {
      chosen.insert(layer(number));
    }
  }
  return {chosen.begin(), chosen.end()};
}

}  // namespace detail

/// The cuts at each layer asked for, by the main policy and every control; text with the image's gap
/// (drop-all at 0) and the untouched model always. Without controls of the user's, top-k, random and
/// inverse each keep a quarter of the tokens at about four of the layers: a lane that keeps tokens
/// costs many times one that drops all.
/// \throws Error if a policy, a layer or a setting makes no sense
[[nodiscard]] inline SweepPlan plan_sweep(const SweepCuts& cuts, int layers) {
  const Truncation settings{.schedule = {},
                            .positions = parse_position_rule(cuts.positions, "--positions"),
                            .scores = parse_score_source(cuts.score, "--score")};
  SweepPlan plan;
  plan.layers = detail::parse_layers(cuts.layers, layers);
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

/// The runs that a plan so spelled has, in order. \throws Error if the text is none
[[nodiscard]] inline std::vector<RunName> runs_spelled(std::string_view text,
                                                       const std::string& where) {
  std::vector<RunName> runs;
  for (const std::string_view word : split_text(text, ' ')) {
    if (word == "score") return runs;  // What follows says how, not which.
    const std::size_t at = word.rfind('@');
    if (at == std::string_view::npos) break;
    const int layer = parse_layer(word.substr(at + 1), where);
    runs.push_back({std::string(word.substr(0, at)), layer});
  }
  throw Error("the setting \"runs\" is no list of runs", where,
              "it was edited; use another folder");
}

}  // namespace infoflow
