// SPDX-License-Identifier: MIT
// How often the finder errs, and how often it finds, on data whose true cliff is known.
#include "cliff_simulation.hpp"

#include <algorithm>

#include <catch_compat.hpp>

#include <infoflow/cliff/cliff_finder.hpp>

#include "kinds_of_data.hpp"

using namespace infoflow;
using simulation::accuracy;
using simulation::Sweep;

namespace {

constexpr int simulated_runs = 400;
constexpr int simulated_layers = 9;
constexpr int true_cliff = 7;

/// The nominal 2.5 % and three standard errors of as many runs: √(.025 · .975 / 400) =
/// .0078.
constexpr double allowed = 0.025 + 3 * 0.0078;

/// Cuts below the true cliff lose the margin exactly, the hardest loss to see; those above lose
/// nothing. The first two lose much, so that the items need the image.
std::vector<simulation::Rates> at_the_margin(double flips, double margin) {
  std::vector<simulation::Rates> cuts(simulated_layers, {flips / 2, flips / 2});
  for (std::size_t cut = 0; cut < true_cliff; ++cut) {
    cuts[cut] =
        cut < 2 ? simulation::Rates{0.3, 0.02} : simulation::Rates{flips / 2 + margin, flips / 2};
  }
  return cuts;
}

/// Shares of the runs.
struct Result {
  double too_low = 0;   ///< A cliff below the true one: the error that is limited.
  double too_high = 0;  ///< A lower bound above the true one.
  double exact = 0;
  double first_cut = 0;                 ///< The cut at L − 1 passed.
  double power = 0;                     ///< As the finder itself reports it there.
  double too_low_without_stopping = 0;  ///< By a finder that takes the lowest cut that passes.
  double too_low_without_pictures = 0;  ///< By one to which every item is a picture of its own.
};

Result simulate(const Sweep& sweep, double margin, bool also_without_pictures = false) {
  constexpr double one = 1.0 / simulated_runs;
  Result result;
  for (std::uint32_t r = 0; r < simulated_runs; ++r) {
    std::vector<ItemOutcome> items = sweep.draw(r);
    const CliffFinder find({.test = {.margin = margin}, .bootstrap = {.draws = 1}});
    const Cliff cliff = find(items, accuracy(), "drop-all");
    const auto lowest = std::find_if(cliff.cuts.begin(), cliff.cuts.end(),
                                     [](const RunComparison& cut) { return cut.passed; });
    result.too_low += cliff.cliff_layer && *cliff.cliff_layer < true_cliff ? one : 0;
    result.too_high += cliff.lower_bound > true_cliff ? one : 0;
    result.exact += cliff.cliff_layer == true_cliff ? one : 0;
    result.first_cut += cliff.cuts.back().passed ? one : 0;
    result.power += cliff.cuts.back().power * one;
    result.too_low_without_stopping +=
        lowest != cliff.cuts.end() && lowest->point.cut_layer < true_cliff ? one : 0;
    if (!also_without_pictures) continue;
    for (ItemOutcome& item : items) item.image = item.id;
    const Cliff apart = find(items, accuracy(), "drop-all");
    result.too_low_without_pictures +=
        apart.cliff_layer && *apart.cliff_layer < true_cliff ? one : 0;
  }
  return result;
}

}  // namespace

TEST_CASE("a cliff below the true one is found at most as often as alpha says",
          "[cliff][simulation]") {
  const Result result = simulate({800, 1, at_the_margin(0.02, 0.02), 1}, 0.02);
  CHECK(result.too_low <= allowed);
  CHECK(result.too_high <= allowed);
  CHECK(result.exact > 0.6);
  // Without stopping at the first failure, each of the five cuts at the margin may err.
  CHECK(result.too_low_without_stopping > allowed);
}

TEST_CASE("that holds for items of one picture that flip together, and only if pictures are known",
          "[cliff][simulation]") {
  const Result result = simulate({200, 6, at_the_margin(0.06, 0.04), 0.1}, 0.04, true);
  CHECK(result.too_low <= allowed);
  CHECK(result.too_high <= allowed);
  CHECK(result.exact > 0.2);
  CHECK(result.too_low_without_pictures > 2 * allowed);
}

TEST_CASE("harmless cuts pass as often as the reported power says", "[cliff][simulation]") {
  // 4 % flips in 800 items, margin 2 points. Standard error √(.73 · .27 / 400) = .022.
  const Result result = simulate({800, 1, at_the_margin(0.04, 0.02), 1}, 0.02);
  CHECK(result.first_cut == Approx(result.power).margin(3 * 0.022));
  const double planned = power_to_pass({800, 0.04, 1, 800}, {.margin = 0.02});
  CHECK(result.first_cut == Approx(planned).margin(3 * 0.022));
}

namespace {

using simulation::Errors;
using simulation::KindOfData;
using simulation::Measure;
using simulation::Sizes;

Cliff cliff_of(const KindOfData& kind, const std::vector<ItemOutcome>& items) {
  const CliffFinder find({.test = {.margin = kind.margin}, .bootstrap = {.draws = 1}});
  return find(items, kind.metric(), "drop-all");
}

/// One in which every item is a picture of its own.
Cliff without_pictures(const KindOfData& kind, std::vector<ItemOutcome> items) {
  for (ItemOutcome& item : items) item.image = item.id;
  return cliff_of(kind, items);
}

/// One to which a flip weighs 1, whatever the metric.
Cliff with_flips_of_one(const KindOfData& kind, const std::vector<ItemOutcome>& items) {
  MetricSummary metric = kind.metric();
  metric.per_item_binary = true;
  return CliffFinder({.test = {.margin = kind.margin}, .bootstrap = {.draws = 1}})(items, metric,
                                                                                   "drop-all");
}

}  // namespace

TEST_CASE(
    "on data of every kind a loss of the margin is passed, or called more, as rarely as it says",
    "[cliff][simulation]") {
  const std::vector<KindOfData> kinds{{Measure::accuracy, 400, 400, Sizes::equal, 0.01, 0, 1},
                                      {Measure::accuracy, 200, 800, Sizes::equal, 0.02, 0.05, 0.2},
                                      {Measure::accuracy, 200, 800, Sizes::equal, 0.05, 0.02, 0},
                                      {Measure::accuracy, 100, 300, Sizes::equal, 0.1, 0.05, 0.2},
                                      {Measure::accuracy, 200, 600, Sizes::root, 0.05, 0, 0},
                                      {Measure::f1_even, 500, 500, Sizes::equal, 0.02, 0, 1},
                                      {Measure::soft, 300, 600, Sizes::equal, 0.02, 0.02, 0.2},
                                      {Measure::chair_i, 500, 500, Sizes::equal, 0.02, 0, 1}};
  constexpr int each = 200;
  // Three standard errors: √(.025 · .975 / 200) = .0110, and of all 1,600 together .0039.
  Errors all;
  for (const KindOfData& kind : kinds) {
    const Errors errors =
        errors_of(kind, each, [&](const auto& items) { return cliff_of(kind, items); });
    INFO("pictures " << kind.pictures << ", items " << kind.items << ", margin " << kind.margin
                     << ", measure " << static_cast<int>(kind.measure));
    CHECK(errors.too_low <= 0.025 + 3 * 0.0110);
    CHECK(errors.too_high <= 0.025 + 3 * 0.0110);
    CHECK(errors.refused == 0);
    all.too_low += errors.too_low / static_cast<double>(kinds.size());
    all.too_high += errors.too_high / static_cast<double>(kinds.size());
  }
  CHECK(all.too_low <= 0.025 + 3 * 0.0039);
  CHECK(all.too_high <= 0.025 + 3 * 0.0039);
}

TEST_CASE("data that cannot hold the rate are refused; finders that do not refuse err",
          "[cliff][simulation]") {
  constexpr int each = 100;
  const auto rates = [&](const KindOfData& kind, auto find) {
    return errors_of(kind, each, [&](const auto& items) { return find(kind, items); });
  };
  // Ten pictures, and one that holds 40 % of the items; 5 % flip in a fifth of the pictures.
  for (const KindOfData& kind :
       {KindOfData{Measure::accuracy, 10, 1200, Sizes::equal, 0.01, 0.04, 0.2},
        KindOfData{Measure::accuracy, 200, 1200, Sizes::dominant, 0.02, 0.04, 0.2},
        KindOfData{Measure::accuracy, 200, 1200, Sizes::zipf, 0.02, 0, 0}}) {
    CHECK(rates(kind, cliff_of).refused == Approx(1));
    CHECK(rates(kind, cliff_of).too_low == 0);
    CHECK(rates(kind, without_pictures).too_low > 0.1);
  }
  // An F1 with 5 % yes: at 1,000 items two flips of ten points each are the margin.
  const KindOfData rare{Measure::f1_rare, 1000, 1000, Sizes::equal, 0.01, 0, 1};
  CHECK(rates(rare, cliff_of).refused == Approx(1));
  CHECK(rates(rare, cliff_of).too_low == 0);
  CHECK(rates(rare, with_flips_of_one).too_low > 0.2);
}

TEST_CASE("data that do need the image are called blind as rarely as it says",
          "[cliff][simulation]") {
  // Every cut and floor loses 2 points, margin 1. A finder that believes a floor's estimate says so often.
  for (const int n : {100, 1000}) {
    const Sweep sweep{n, 1, {{0.03, 0.01}, {0.03, 0.01}, {0.03, 0.01}}, 1};
    int blind = 0;
    int by_estimate = 0;
    int cliffs = 0;
    constexpr int each = 150;
    for (std::uint32_t r = 0; r < each; ++r) {
      const Cliff cliff =
          CliffFinder({.bootstrap = {.draws = 1}})(sweep.draw(r), accuracy(), "drop-all");
      blind += cliff.status == CliffStatus::does_not_need_the_image ? 1 : 0;
      cliffs += cliff.cliff_layer ? 1 : 0;
      const auto within = [](const RunComparison& run) {
        return !run.lossy && run.gains[0].gain >= -0.01;
      };
      by_estimate += std::any_of(cliff.floors.begin(), cliff.floors.end(), within) ? 1 : 0;
    }
    // √(.025 · .975 / 150) = .0127.
    CHECK(blind <= each * (0.025 + 3 * 0.0127));
    CHECK(cliffs <= each * (0.025 + 3 * 0.0127));
    CHECK(by_estimate > each * 0.08);
  }
}

TEST_CASE("the power told is that of the whole sequence, and the items needed reach it",
          "[cliff][simulation]") {
  // 16 layers, of which the last 8 are harmless and flip 3 % of the answers each.
  const auto simulated = [](int n, int each) {
    std::vector<simulation::Rates> cuts(8, {0.3, 0.02});
    cuts.resize(16, {0.015, 0.015});
    const Sweep sweep{n, 1, cuts, 1};
    struct {
      double found = 0, told = 0, of_last_cut = 0, items = 0;
    } share;
    for (std::uint32_t r = 0; r < static_cast<std::uint32_t>(each); ++r) {
      const CliffFinder find({.test = {.margin = 0.02}, .bootstrap = {.draws = 200, .seed = r}});
      const Cliff cliff = find(sweep.draw(r), accuracy(), "drop-all");
      share.found += cliff.cliff_layer == 8 ? 1.0 / each : 0;
      share.told += cliff.power / each;
      share.of_last_cut += cliff.cuts.back().power / each;
      share.items += cliff.items_needed / each;
    }
    return share;
  };
  const auto few = simulated(700, 120);
  // What is told is an estimate from the flips of each set; √(.35 · .65 / 120) = .044.
  CHECK(few.found == Approx(few.told).margin(0.05 + 2 * 0.044));
  CHECK(few.of_last_cut > few.found + 0.2);
  const auto enough = simulated(static_cast<int>(few.items), 60);
  // √(.8 · .2 / 60) = .052.
  CHECK(enough.found == Approx(0.8).margin(2 * 0.052));
}
