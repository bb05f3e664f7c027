// SPDX-License-Identifier: MIT
// Prints the table of docs/explanation/the-cliff-as-a-statistic.md: how often a cut that loses exactly
// the margin passes. Hidden, since it takes a minute: truncation_tests "[cliff-table]".
#include <cstdio>

#include <catch_compat.hpp>

#include <infoflow/metrics/paired_gain.hpp>
#include <infoflow/truncation/item_table.hpp>

#include "cliff_simulation.hpp"

using namespace infoflow;
using simulation::Rates;
using simulation::Sweep;

TEST_CASE("the table of error rates", "[.][cliff-table]") {
  struct Row {
    const char* what;
    int pictures, items;
    double flips,
        fragile;  ///< Of the cut: share of items that flip to and fro; of pictures that can.
  };
  constexpr double margin = 0.01;
  constexpr int repetitions = 1500;
  for (const Row& row :
       {Row{"one item a picture", 800, 1, 0.04, 1},
        Row{"one item a picture, losses only", 800, 1, 0, 1},
        Row{"flips in 1 of 4 pictures", 200, 6, 0.04, 0.25}, Row{"in 1 of 8", 200, 6, 0.04, 0.125},
        Row{"in 1 of 8, losses only", 200, 6, 0, 0.125},
        Row{"in 1 of 25, losses only", 200, 6, 0, 0.04},
        Row{"in 1 of 80, losses only", 200, 6, 0, 0.0125}}) {
    const Sweep sweep{row.pictures,
                      row.items,
                      {{0.3, 0.02}, {0.06, 0.02}, {row.flips / 2 + margin, row.flips / 2}},
                      row.fragile};
    double tango = 0, wider = 0, with_design = 0;
    for (std::uint32_t r = 0; r < repetitions; ++r) {
      const std::vector<ItemOutcome> items = sweep.draw(r);
      const ItemTable table(items);
      const auto gain_at = [&](int cut) {
        const ItemStatistics before = statistics_of(table.column("drop-all", 3));
        const ItemStatistics after = statistics_of(table.column("drop-all", cut));
        return paired_gain(simulation::accuracy(),
                           {before, after, table.picture(), table.pictures()}, {300, r});
      };
      PairedGain gain = gain_at(2);
      const std::vector<Flips> cuts{gain_at(0).flips, gain_at(1).flips, gain.flips};
      const double design = std::max(design_effect(cuts), design_effect(std::span(&gain.flips, 1)));
      with_design += gain.interval(0.025, design).low > -margin ? 1 : 0;
      wider += gain.interval(0.025).low > -margin ? 1 : 0;
      gain.draws.clear();
      tango += gain.interval(0.025).low > -margin ? 1 : 0;
    }
    std::printf("| %d × %d | %s | %.0f %% | %.1f %% | %.1f %% | %.1f %% |\n", row.pictures,
                row.items, row.what, 100 * (row.flips + margin), 100 * tango / repetitions,
                100 * wider / repetitions, 100 * with_design / repetitions);
  }
  SUCCEED();
}
