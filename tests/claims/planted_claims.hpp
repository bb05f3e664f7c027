// SPDX-License-Identifier: MIT
/// \file Made-up sweeps of a model with seven layers, of which it is known which claims are so.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include <infoflow/claims/claim.hpp>
#include <infoflow/sweep/decide.hpp>

#include "../cliff/cliff_simulation.hpp"

namespace infoflow::simulation {

inline constexpr int claim_layers = 7;

/// What is so of a sweep.
struct Planted {
  std::string model = "toy";
  std::string task = "made up";
  int pictures = 400;
  int cliff = 2;  ///< Cuts below it lose every other answer.
};

/// The image's share of attention: much in four layers, `late` up to the last but one, `last` there.
inline void plant_shares(std::vector<ItemOutcome>& items, double late = 0.01, double last = 0.05) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    const double varied = 0.001 * (static_cast<double>(i % 3) - 1);
    items[i].image_share.assign(claim_layers, late + varied);
    std::fill_n(items[i].image_share.begin(), 4, 0.4 + varied);
    items[i].image_share.back() = last - varied;
  }
}

/// With its items, which a JudgedSweep views.
struct PlantedSweep {
  std::vector<ItemOutcome> items;
  Decision decision;

  [[nodiscard]] JudgedSweep judged() const { return {decision, items}; }
};

[[nodiscard]] inline ItemOutcome planted_item(const Planted& planted, int i) {
  ItemOutcome item;
  item.id = item.image = std::to_string(i);
  const auto run = [&](const char* policy, int cut, bool right) {
    RunOutcome outcome;
    outcome.policy = policy;
    outcome.cut_layer = cut;
    outcome.statistics = {right ? 1.0 : 0.0, 1.0};
    outcome.agrees = right;
    item.runs.push_back(outcome);
  };
  for (int cut = 0; cut <= claim_layers; ++cut) {
    run("drop-all", cut, cut >= planted.cliff || i % 2 == 0);
  }
  run("no-image", claim_layers, i % 2 == 0);
  run("other-image", claim_layers, i % 2 == 0);
  item.cam_mass.assign(claim_layers, 0.0);
  std::fill_n(item.cam_mass.begin(), planted.cliff, 0.5);
  item.image_fraction = 0.5;
  return item;
}

[[nodiscard]] inline PlantedSweep planted_sweep(const Planted& planted) {
  PlantedSweep sweep;
  for (int i = 0; i < planted.pictures; ++i) sweep.items.push_back(planted_item(planted, i));
  plant_shares(sweep.items);
  Benchmark benchmark;
  benchmark.task = "vqa";
  benchmark.rule = "plain";
  benchmark.metric = accuracy();
  sweep.decision =
      decide(sweep.items, benchmark, {planted.model, planted.task, "drop-all", /*margin=*/0.05});
  return sweep;
}

}  // namespace infoflow::simulation
