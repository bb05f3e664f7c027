// SPDX-License-Identifier: MIT
/// \file Sweeps made up from known rates, so that the true cliff is known.
#pragma once

#include <string>
#include <vector>

#include <sweep_example.hpp>

#include <infoflow/cliff/outcome.hpp>
#include <infoflow/core/random.hpp>

namespace infoflow::simulation {

using io_test::accuracy;

/// Share of the items that a cut makes worse and better.
struct Rates {
  double worse = 0;
  double better = 0;
};

/// A model and a data set. Items are right at first with probability 0.8. With probability
/// `fragile` a picture's items are the ones that a cut can flip, all others keep their answers; so
/// the smaller it is, the more the flips of a picture come together.
struct Sweep {
  int pictures = 100;
  int items_per_picture = 1;
  std::vector<Rates> cuts;  ///< By layer from 0; as many as the model has layers.
  double fragile = 1;

  /// One data set: the same seed gives the same.
  [[nodiscard]] std::vector<ItemOutcome> draw(std::uint32_t seed) const {
    std::vector<ItemOutcome> items;
    const int layers = static_cast<int>(cuts.size());
    for (int p = 0; p < pictures; ++p) {
      const RandomStream random(1, static_cast<std::uint64_t>(p), seed);
      const double frailty = random.uniform(0);
      std::uint64_t at = 1;
      for (int i = 0; i < items_per_picture; ++i) {
        ItemOutcome item;
        item.image = std::to_string(p);
        item.id = item.image + "/" + std::to_string(i);
        const bool right = random.uniform(at++) < 0.8;
        const auto run = [&](const char* policy, int cut, bool is) {
          RunOutcome outcome;
          outcome.policy = policy;
          outcome.cut_layer = cut;
          outcome.statistics = {is ? 1.0 : 0.0, 1.0};
          outcome.agrees = is == right;
          item.runs.push_back(outcome);
        };
        for (int cut = 0; cut < layers; ++cut) {
          run("drop-all", cut, right != flips(cut, right, frailty, random.uniform(at++)));
        }
        run("drop-all", layers, right);
        run("no-image", layers, right != flips(0, right, frailty, random.uniform(at++)));
        items.push_back(item);
      }
    }
    return items;
  }

 private:
  [[nodiscard]] bool flips(int cut, bool right, double frailty, double u) const {
    const Rates& rates = cuts[static_cast<std::size_t>(cut)];
    const double rate = right ? rates.worse / 0.8 : rates.better / 0.2;
    const double share = rate > fragile ? 1 : fragile;  // A large loss is not of few pictures.
    return frailty < share && u < rate / share;
  }
};

}  // namespace infoflow::simulation
