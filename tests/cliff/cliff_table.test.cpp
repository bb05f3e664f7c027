// SPDX-License-Identifier: MIT
// Prints the tables of docs/explanation/the-cliff-as-a-statistic.md: how often what is not so is
// claimed. Hidden, since it takes minutes: cliff_tests "[cliff-table]".
#include <algorithm>
#include <cmath>
#include <cstdio>

#include <catch_compat.hpp>

#include <infoflow/cliff/cliff_finder.hpp>

#include "kinds_of_data.hpp"

using namespace infoflow;
using namespace infoflow::simulation;

namespace {

Cliff cliff_of(const std::vector<ItemOutcome>& items, const MetricSummary& metric, double margin) {
  return CliffFinder({.test = {.margin = margin}, .bootstrap = {.draws = 1}})(items, metric,
                                                                              "drop-all");
}

/// Three standard errors above the nominal rate, in so many repetitions.
double most_of(int repetitions) {
  return 0.025 + 3 * std::sqrt(0.025 * 0.975 / repetitions);
}

}  // namespace

TEST_CASE("the table of error rates is printed, and none lies above the nominal",
          "[.][cliff-table]") {
  struct Row {
    const char* what;
    KindOfData kind;
    int repetitions = 2000;
  };
  constexpr int many = 20000;  // Where 2,000 were by chance above the nominal.
  using M = Measure;
  using S = Sizes;
  for (const auto& [what, kind, repetitions] : std::vector<Row>{
           {"losses only", {M::accuracy, 400, 400, S::equal, 0.01, 0, 1}},
           {"5 % flip", {M::accuracy, 800, 800, S::equal, 0.01, 0.04, 1}},
           {"20 % flip", {M::accuracy, 500, 500, S::equal, 0.05, 0.15, 1}},
           {"5 % flip, in a fifth of the pictures",
            {M::accuracy, 200, 800, S::equal, 0.02, 0.03, 0.2}},
           {"5 % flip, in a fifth", {M::accuracy, 80, 480, S::equal, 0.05, 0, 0.2}},
           {"losses only, in 1 of 25", {M::accuracy, 400, 800, S::equal, 0.01, 0, 0.04}},
           {"losses only, in 1 of 80", {M::accuracy, 400, 800, S::equal, 0.01, 0, 0.0125}},
           {"losses only, whole pictures", {M::accuracy, 400, 800, S::equal, 0.01, 0, 0}, many},
           {"20 % flip, whole pictures", {M::accuracy, 80, 240, S::equal, 0.1, 0.1, 0}},
           {"sizes as 1/√k, losses only, whole pictures",
            {M::accuracy, 200, 600, S::root, 0.05, 0, 0}},
           {"sizes as 1/√k, 5 % flip, in a fifth",
            {M::accuracy, 400, 800, S::root, 0.02, 0.03, 0.2}},
           {"F1, half of the labels yes", {M::f1_even, 500, 500, S::equal, 0.02, 0, 1}},
           {"F1, 5 % yes", {M::f1_rare, 1000, 1000, S::equal, 0.05, 0, 1}},
           {"soft scores, 2 % flip to and fro", {M::soft, 400, 400, S::equal, 0.02, 0.02, 1}, many},
           {"soft scores, losses only, whole pictures", {M::soft, 400, 800, S::equal, 0.02, 0, 0}},
           {"CHAIR_i", {M::chair_i, 500, 500, S::equal, 0.02, 0, 1}},
           {"5 % flip, in a fifth", {M::accuracy, 50, 600, S::equal, 0.02, 0.03, 0.2}},
           {"5 % flip, in a fifth", {M::accuracy, 5, 600, S::equal, 0.02, 0.03, 0.2}},
           {"one picture has 40 %, 5 % flip, in a fifth",
            {M::accuracy, 200, 600, S::dominant, 0.02, 0.03, 0.2}},
           {"sizes as 1/k, losses only, whole pictures",
            {M::accuracy, 400, 800, S::zipf, 0.02, 0, 0}},
           {"F1, 5 % yes", {M::f1_rare, 1000, 1000, S::equal, 0.01, 0, 1}}}) {
    const Cliff one = cliff_of(kind.draw(0), kind.metric(), kind.margin);
    const Errors apart = errors_of(kind, 100, [&](auto items) {
      for (ItemOutcome& item : items) item.image = item.id;
      MetricSummary metric = kind.metric();
      metric.per_item_binary = true;
      return cliff_of(items, metric, kind.margin);
    });
    std::printf("| %s | %d on %d (%.0f) | %.0f | %.0f %% | ", what, kind.items, kind.pictures,
                one.effective_images, 100 * kind.margin, 100 * apart.too_low);
    if (one.effective_images < one.images_needed) {
      std::printf("refused: takes %.0f | |\n", one.images_needed);
    } else {
      const Errors here = errors_of(kind, repetitions, [&](const auto& items) {
        return cliff_of(items, kind.metric(), kind.margin);
      });
      std::printf("%.1f %% | %.1f %% |\n", 100 * here.too_low, 100 * here.too_high);
      CAPTURE(what);
      CHECK(here.too_low <= most_of(repetitions));
      CHECK(here.too_high <= most_of(repetitions));
    }
    std::fflush(stdout);
  }
}

TEST_CASE("the table of blindness is printed: only what loses nothing is called blind",
          "[.][cliff-table]") {
  struct Row {
    const char* what;
    int n;
    double worse;
  };
  for (const Row& row : {Row{"every cut and floor loses 2 points", 100, 0.03},
                         Row{"every cut and floor loses 2 points", 1000, 0.03},
                         Row{"every cut and floor loses the margin", 1000, 0.02},
                         Row{"none loses anything", 3000, 0.01}}) {
    constexpr int repetitions = 200;
    const Sweep sweep{row.n, 1, std::vector<Rates>(6, {row.worse, 0.01}), 1};
    double blind = 0, by_estimate = 0;
    for (std::uint32_t r = 0; r < repetitions; ++r) {
      const Cliff cliff = cliff_of(sweep.draw(r), accuracy(), 0.01);
      blind += cliff.status == CliffStatus::does_not_need_the_image ? 1 : 0;
      by_estimate += std::any_of(cliff.floors.begin(), cliff.floors.end(),
                                 [](const RunComparison& run) {
                                   return !run.lossy && run.gains[0].gain >= -0.01;
                                 })
                         ? 1
                         : 0;
    }
    std::printf("| %s | %d | %.1f %% | %.1f %% |\n", row.what, row.n,
                100 * by_estimate / repetitions, 100 * blind / repetitions);
    std::fflush(stdout);
    if (row.worse > 0.01) {
      CHECK(blind / repetitions <= most_of(repetitions));
    } else {
      CHECK(blind / repetitions > 0.5);
    }
  }
}

TEST_CASE("the table of power is printed: what is told is found", "[.][cliff-table]") {
  struct Row {
    int layers, harmless, n;
  };
  for (const Row& row : {Row{8, 2, 1000}, Row{8, 4, 1000}, Row{32, 16, 1000}}) {
    constexpr int repetitions = 60;
    std::vector<Rates> cuts(static_cast<std::size_t>(row.layers - row.harmless), {0.3, 0.02});
    cuts.resize(static_cast<std::size_t>(row.layers), {0.01, 0.01});
    const Sweep sweep{row.n, 1, cuts, 1};
    double found = 0, told = 0, last = 0, items = 0;
    for (std::uint32_t r = 0; r < repetitions; ++r) {
      const CliffFinder find({.bootstrap = {.draws = 200, .seed = r}});
      const Cliff cliff = find(sweep.draw(r), accuracy(), "drop-all");
      found += cliff.cliff_layer == row.layers - row.harmless ? 1 : 0;
      told += cliff.power, last += cliff.cuts.back().power, items += cliff.items_needed;
    }
    std::printf("| %d | %d | %d | %.2f | %.2f | %.2f | %.0f |\n", row.layers, row.harmless, row.n,
                last / repetitions, told / repetitions, found / repetitions, items / repetitions);
    std::fflush(stdout);
    // Three standard errors of a rate of one half.
    CHECK(std::abs(told - found) / repetitions <= 3 * 0.5 / std::sqrt(repetitions));
  }
}
