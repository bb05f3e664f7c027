// SPDX-License-Identifier: MIT
#include <cmath>

#include <catch_compat.hpp>

#include <infoflow/cliff/instruments.hpp>

#include "cliff_simulation.hpp"

using namespace infoflow;
using simulation::accuracy;

namespace {

/// An item of a model with four layers whose answer depends on the image below `cliff` and whose
/// attention leaves it from `attention` on.
ItemOutcome item(int id, int cliff, int attention) {
  ItemOutcome outcome;
  outcome.id = std::to_string(id);
  outcome.image = std::to_string(id / 2);
  for (int cut = 0; cut <= 4; ++cut) {
    RunOutcome run;
    run.policy = "drop-all";
    run.cut_layer = cut;
    run.agrees = cut >= cliff;
    run.kl = run.agrees ? 0.001 : 0.5;
    run.statistics = {run.agrees ? 1.0 : 0.0, 1.0};
    outcome.runs.push_back(run);
  }
  for (int layer = 0; layer < 4; ++layer) {
    outcome.image_share.push_back(layer < attention ? 0.3 : 0.001);
  }
  return outcome;
}

const Instrument& named(const std::vector<Instrument>& all, const std::string& name) {
  for (const Instrument& one : all) {
    if (one.name == name) return one;
  }
  throw Error("no instrument " + name, "", "");
}

using Cliffs = std::vector<std::optional<int>>;

}  // namespace

TEST_CASE("the cliff is the layer from which on the limit holds, not the first that holds it",
          "[cliff][instruments]") {
  const std::vector<int> layers{0, 2, 4, 6};
  CHECK(stays_within(layers, std::vector{0.9, 0.1, 0.9, 0.1}, 0.5, 8) == 6);
  CHECK(stays_within(layers, std::vector{0.9, 0.5, 0.5, 0.1}, 0.5, 8) == 2);
  CHECK(stays_within(layers, std::vector{0.1, 0.1, 0.1, 0.1}, 0.5, 8) == 0);
  CHECK(stays_within(layers, std::vector{0.1, 0.1, 0.1, 0.9}, 0.5, 8) == 8);
  CHECK(stays_within(layers, std::vector<double>{0.1, 0.1, NAN, 0.1}, 0.5, 8) == 6);
  CHECK(stays_within({}, {}, 0.5, 8) == 8);
}

TEST_CASE("each instrument's cliffs by hand", "[cliff][instruments]") {
  const std::vector<ItemOutcome> items{item(0, 1, 2), item(1, 3, 2), item(2, 3, 4)};
  const std::vector<Instrument> all = instruments(items, accuracy(), "drop-all");
  CHECK(named(all, "disagreement").of_items == Cliffs{1, 3, 3});
  CHECK(named(all, "disagreement").layers == std::vector<int>{0, 1, 2, 3});
  CHECK(named(all, "disagreement").mean[2] == Approx(2.0 / 3));
  CHECK(named(all, "disagreement").cliff == 3);
  CHECK(named(all, "kl").of_items == Cliffs{1, 3, 3});
  CHECK(named(all, "kl").cliff == 3);
  CHECK(named(all, "kl").mean[2] == Approx((0.001 + 0.5 + 0.5) / 3));
  CHECK(named(all, "attention").of_items == Cliffs{2, 2, 4});
  CHECK(named(all, "attention").cliff == 4);  // The mean of the last layer is 10 points.
  CHECK(named(all, "loss").of_items == Cliffs{1, 3, 3});
  CHECK_FALSE(named(all, "loss").cliff);
  // Not measured here.
  CHECK(named(all, "cam").of_items == Cliffs{std::nullopt, std::nullopt, std::nullopt});
  CHECK_FALSE(named(all, "cam").cliff);
  CHECK_FALSE(named(all, "attention to even").cliff);
}

TEST_CASE("attention against an even spread, and what is left of it", "[cliff][instruments]") {
  ItemOutcome only = item(0, 1, 2);
  only.image_share = {0.60, 0.34, 0.03, 0.03};
  only.cam_mass = {0.5, 0.1, 0.01, 0};
  only.image_fraction = 0.75;
  // Shares / .75: .8, .453, .04, .04. What is left: 1, .4, .06, .03.
  const std::vector<Instrument> all = instruments(std::vector{only}, accuracy(), "drop-all");
  CHECK(named(all, "attention to even").mean[1] == Approx(0.34 / 0.75));
  CHECK(named(all, "attention to even").cliff == 2);
  CHECK(named(all, "attention left").mean[1] == Approx(0.4));
  CHECK(named(all, "attention left").mean[2] == Approx(0.06));
  CHECK(named(all, "attention left").cliff == 3);
  CHECK(named(all, "attention").cliff == 4);
  CHECK(named(all, "cam").cliff == 2);

  only.image_share = {0, 0, 0, 0};
  CHECK(named(instruments(std::vector{only}, accuracy(), "drop-all"), "attention left").cliff == 0);
}

TEST_CASE("items with more correct answers than before have no loss", "[cliff][instruments]") {
  ItemOutcome wrong_at_first = item(0, 0, 2);
  wrong_at_first.runs.back().statistics = {0, 1};  // The untouched model errs, every cut is right.
  const std::vector<ItemOutcome> items{wrong_at_first};
  CHECK(named(instruments(items, accuracy(), "drop-all"), "loss").of_items == Cliffs{0});
}

TEST_CASE("instruments that order the items alike correlate, others do not",
          "[cliff][instruments]") {
  std::vector<ItemOutcome> items;
  const RandomStream random(1, 2, 3);
  for (int i = 0; i < 120; ++i) {
    const auto at = static_cast<std::uint64_t>(2 * i);
    const int attention = static_cast<int>(5 * random.uniform(at + 1));
    items.push_back(item(i, static_cast<int>(5 * random.uniform(at)), attention));
    items.back().cam_mass = items.back().image_share;
  }
  const std::vector<Instrument> all = instruments(items, accuracy(), "drop-all");
  const std::vector<InstrumentPair> pairs = instrument_pairs(items, all, {300, 0});
  CHECK(pairs.size() == 7 * 6 / 2);
  const auto of = [&](const std::string& first, const std::string& second) {
    for (const InstrumentPair& pair : pairs) {
      if (pair.first == first && pair.second == second) return pair.correlation;
    }
    throw Error("no pair", first + second, "");
  };
  CHECK(*of("disagreement", "kl").rho == Approx(1));
  CHECK(*of("attention", "cam").rho == Approx(1));
  CHECK(of("attention", "cam").interval.low > 0.9);
  CHECK(of("kl", "attention").interval.low < 0);
  CHECK(of("kl", "attention").interval.high > 0);
  CHECK(of("kl", "attention").n == 120);
  CHECK_FALSE(of("kl", "attention to even").rho);  // Not measured: no item has both.
  CHECK(of("kl", "attention to even").n == 0);
}

TEST_CASE("items that do not fit together are an error, none are no cliff",
          "[cliff][instruments]") {
  std::vector<ItemOutcome> items{item(0, 1, 2), item(1, 1, 2)};
  items[1].image_share.pop_back();
  CHECK_THROWS_AS(instruments(items, accuracy(), "drop-all"), Error);
  items[1] = item(1, 1, 2);
  items[1].runs.erase(items[1].runs.begin());
  CHECK_THROWS_AS(instruments(items, accuracy(), "drop-all"), Error);
  const std::vector<Instrument> none = instruments({}, accuracy(), "drop-all");
  for (const Instrument& one : none) CHECK_FALSE(one.cliff);
  CHECK(instrument_pairs({}, none).front().correlation.n == 0);
}
