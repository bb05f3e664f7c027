// SPDX-License-Identifier: MIT
// How often the finder errs, and how often it finds, on data whose true cliff is known.
#include <algorithm>

#include <catch_compat.hpp>

#include <infoflow/truncation/cliff_finder.hpp>

#include "cliff_simulation.hpp"

using namespace infoflow;
using simulation::accuracy;
using simulation::Sweep;

namespace {

constexpr int repetitions = 400;
constexpr int layers = 9;
constexpr int true_cliff = 7;

/// The nominal 2.5 % and three standard errors of as many repetitions: √(.025 · .975 / 400) =
/// .0078.
constexpr double allowed = 0.025 + 3 * 0.0078;

/// Cuts below the true cliff lose the margin exactly, the hardest loss to see; those above lose
/// nothing. The first two lose much, so that the items need the image.
std::vector<simulation::Rates> at_the_margin(double flips, double margin) {
  std::vector<simulation::Rates> cuts(layers, {flips / 2, flips / 2});
  for (std::size_t cut = 0; cut < true_cliff; ++cut) {
    cuts[cut] =
        cut < 2 ? simulation::Rates{0.3, 0.02} : simulation::Rates{flips / 2 + margin, flips / 2};
  }
  return cuts;
}

/// Shares of the repetitions.
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
  constexpr double one = 1.0 / repetitions;
  Result result;
  for (std::uint32_t r = 0; r < repetitions; ++r) {
    std::vector<ItemOutcome> items = sweep.draw(r);
    const CliffFinder find({.test = {.margin = margin}, .bootstrap = {.draws = 200, .seed = r}});
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
          "[truncation][cliff][simulation]") {
  const Result result = simulate({800, 1, at_the_margin(0.02, 0.02), 1}, 0.02);
  CHECK(result.too_low <= allowed);
  CHECK(result.too_high <= allowed);
  CHECK(result.exact > 0.6);
  // Without stopping at the first failure, each of the five cuts at the margin may err.
  CHECK(result.too_low_without_stopping > allowed);
}

TEST_CASE("that holds for items of one picture that flip together, and only if pictures are known",
          "[truncation][cliff][simulation]") {
  const Result result = simulate({200, 6, at_the_margin(0.06, 0.04), 0.1}, 0.04, true);
  CHECK(result.too_low <= allowed);
  CHECK(result.too_high <= allowed);
  CHECK(result.exact > 0.2);
  CHECK(result.too_low_without_pictures > 2 * allowed);
}

TEST_CASE("harmless cuts pass as often as the reported power says",
          "[truncation][cliff][simulation]") {
  // 4 % flips in 800 items, margin 2 points. Standard error √(.73 · .27 / 400) = .022.
  const Result result = simulate({800, 1, at_the_margin(0.04, 0.02), 1}, 0.02);
  CHECK(result.first_cut == Approx(result.power).margin(3 * 0.022));
  CHECK(result.first_cut == Approx(power_to_pass(800, 0.04, {.margin = 0.02})).margin(3 * 0.022));
}
