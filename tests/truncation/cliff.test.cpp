// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>

#include <catch_compat.hpp>

#include <infoflow/truncation/held_out.hpp>

#include "cliff_simulation.hpp"

using namespace infoflow;
using simulation::accuracy;
using simulation::Sweep;
using Catch::Matchers::ContainsSubstring;

namespace {

/// `n` items, each on a picture of its own. From `cliff` on a cut changes nothing, below it (and
/// without the image) 40 % of the items get wrong.
std::vector<ItemOutcome> planted(int n, int layers, int cliff) {
  std::vector<ItemOutcome> items;
  for (int i = 0; i < n; ++i) {
    ItemOutcome item;
    item.id = std::to_string(i);
    item.image = "picture " + item.id;
    const auto run = [&](const std::string& policy, int cut, bool sees) {
      RunOutcome outcome;
      outcome.policy = policy;
      outcome.cut_layer = cut;
      outcome.statistics = {sees || i % 5 < 3 ? 1.0 : 0.0, 1.0};
      item.runs.push_back(outcome);
    };
    for (int cut = 0; cut <= layers; ++cut) run("drop-all", cut, cut >= cliff);
    run("no-image", layers, cliff == 0);
    items.push_back(item);
  }
  return items;
}

Cliff found(const std::vector<ItemOutcome>& items, const MetricSummary& metric = accuracy()) {
  return CliffFinder()(items, metric, "drop-all");
}

RunComparison compared(int cut, bool passed, bool lossy) {
  RunComparison run;
  run.point.cut_layer = cut;
  run.passed = passed;
  run.lossy = lossy;
  return run;
}

/// Hallucinated captions / captions, with recall: hallucinated, captions, recalled, objects.
MetricSummary chair() {
  return {"chair_s", Direction::lower_is_better, true,
          {"hallucinated", "captions", "recalled", "objects"},
          [](std::span<const double> s) {
            return std::vector<NamedValue>{ratio("chair_s", s[0], s[1]),
                                           ratio("recall", s[2], s[3]),
                                           ratio("length", 9 * s[2], s[1])};
          }};
}

/// 600 captions. The untouched model hallucinates in 20 % and recalls 3 of 4 objects. From cut 2 on
/// nothing changes; cut 1 only says less: no hallucination, `recalled` objects; without the image
/// every caption hallucinates.
std::vector<ItemOutcome> captions(double recalled) {
  std::vector<ItemOutcome> items = planted(600, 4, 2);
  for (std::size_t i = 0; i < items.size(); ++i) {
    for (RunOutcome& run : items[i].runs) {
      const double at_first = i % 5 == 0 ? 1 : 0;
      if (run.policy == "no-image" || run.cut_layer == 0) {
        run.statistics = {1, 1, 1, 4};
      } else if (run.cut_layer == 1) {
        run.statistics = {0, 1, recalled, 4};
      } else {
        run.statistics = {at_first, 1, 3, 4};
      }
    }
  }
  return items;
}

}  // namespace

TEST_CASE("a planted cliff is found at exactly its layer, both bounds there",
          "[truncation][cliff]") {
  for (const int layer : {1, 4, 6}) {
    const Cliff cliff = found(planted(500, 7, layer));
    CHECK(cliff.status == CliffStatus::found);
    CHECK(cliff.cliff_layer == layer);
    CHECK(cliff.lower_bound == layer);
    CHECK(cliff.layers == 7);
    CHECK(cliff.n == 500);
    CHECK(cliff.images == 500);
    CHECK(cliff.power == 1);  // No flip at the cliff, and 500 items are enough for that.
    CHECK(cliff.items_needed == 381);
    CHECK(cliff.untouched.values.front().value == 1);
    CHECK(cliff.floors[0].gains.front().gain == Approx(-0.4));
    CHECK(cliff.cuts.size() == 7);
    CHECK(cliff.at(layer)->gains.front().gain == 0);
    CHECK(cliff.at(layer)->flip_rate == 0);
    CHECK(cliff.at(layer - 1)->flip_rate == Approx(0.4));
  }
}

TEST_CASE("a model that never reads the image has cliff 0 and that status",
          "[truncation][cliff]") {
  for (const int n : {1, 20, 500}) {
    const Cliff cliff = found(planted(n, 5, 0));
    CHECK(cliff.status == (n == 1 ? CliffStatus::not_enough_items
                                  : CliffStatus::does_not_need_the_image));
    CHECK(cliff.cliff_layer == (n == 1 ? std::nullopt : std::optional(0)));
    CHECK(cliff.lower_bound == 0);
  }
}

TEST_CASE("one floor as good as the picture is enough to say that it is not needed",
          "[truncation][cliff]") {
  std::vector<ItemOutcome> items = planted(500, 5, 3);
  for (ItemOutcome& item : items) item.runs.back().statistics = {1, 1};  // "no-image"
  CHECK(found(items).status == CliffStatus::does_not_need_the_image);
}

TEST_CASE("few items are not enough, though no answer flipped", "[truncation][cliff]") {
  // Without a flip 1 point takes 381 items.
  CHECK(found(planted(380, 7, 4)).status == CliffStatus::not_enough_items);
  CHECK(found(planted(381, 7, 4)).status == CliffStatus::found);
  const Cliff few = found(planted(300, 7, 4));
  CHECK_FALSE(few.cliff_layer);
  CHECK(few.power == 0);
  CHECK(few.items_needed == 381);
  CHECK(few.lower_bound == 4);  // That cuts below 4 lose too much is plain.
}

TEST_CASE("an image needed up to the last layer is no cliff", "[truncation][cliff]") {
  const Cliff cliff = found(planted(500, 7, 7));
  CHECK(cliff.status == CliffStatus::no_cliff);
  CHECK_FALSE(cliff.cliff_layer);
  CHECK(cliff.lower_bound == 7);
}

TEST_CASE("testing downwards stops at the first failure, upwards too", "[truncation][cliff]") {
  const std::vector<RunComparison> cuts{compared(0, false, true), compared(2, false, true),
                                        compared(4, true, false), compared(6, false, false),
                                        compared(8, true, false), compared(9, true, false)};
  CHECK(last_passed(cuts) == 8);
  CHECK(first_not_lossy(cuts) == 3);
  CHECK_FALSE(last_passed(std::span(cuts).first(2)));
  CHECK(first_not_lossy(std::span(cuts).subspan(2)) == 0);
  CHECK_FALSE(last_passed({}));
  CHECK(first_not_lossy({}) == 0);
}

TEST_CASE("the bounds enclose on any data, and the order of items does not matter",
          "[truncation][cliff]") {
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    const Sweep sweep{60, 8, {{0.3, 0.02}, {0.06, 0.02}, {0.03, 0.02}, {0.01, 0.01}}, 0.4};
    std::vector<ItemOutcome> items = sweep.draw(seed);
    const CliffFinder find({.test = {.margin = 0.03}, .bootstrap = {.draws = 200}});
    const Cliff cliff = find(items, accuracy(), "drop-all");
    if (cliff.cliff_layer) CHECK(cliff.lower_bound <= *cliff.cliff_layer);
    for (const RunComparison& cut : cliff.cuts) {
      CHECK(cut.gains.front().interval.low <= cut.gains.front().gain);
      CHECK(cut.gains.front().gain <= cut.gains.front().interval.high);
      CHECK_FALSE((cut.passed && cut.lossy));
    }
    std::reverse(items.begin(), items.end());
    CHECK(describe(find(items, accuracy(), "drop-all")) == describe(cliff));
  }
}

TEST_CASE("items without an image are left out and counted", "[truncation][cliff]") {
  std::vector<ItemOutcome> items = planted(400, 5, 2);
  for (std::size_t i = 0; i < 100; ++i) {
    items.push_back(items[i]);
    items.back().image.clear();
  }
  const Cliff cliff = found(items);
  CHECK(cliff.n == 400);
  CHECK(cliff.without_image == 100);
  CHECK(cliff.cliff_layer == 2);
}

TEST_CASE("CHAIR: fewer hallucinations by saying less is no way to pass", "[truncation][cliff]") {
  const Cliff saying_less = found(captions(1), chair());
  CHECK(saying_less.status == CliffStatus::found);
  CHECK(saying_less.cliff_layer == 2);
  const RunComparison& cut = *saying_less.at(1);
  CHECK(cut.gains[0].gain == Approx(0.2));  // Lower is better.
  CHECK(cut.gains[1].name == "recall");
  CHECK(cut.gains[1].gain == Approx(-0.5));
  CHECK(cut.lossy);
  CHECK(saying_less.lower_bound == 2);
  // If it recalls as much, the same cut passes.
  CHECK(found(captions(3), chair()).cliff_layer == 1);
}

TEST_CASE("no items, one picture, and all items right give a result", "[truncation][cliff]") {
  const Cliff none = found({});
  CHECK(none.status == CliffStatus::not_enough_items);
  CHECK(none.n == 0);
  CHECK(none.cuts.empty());
  CHECK(none.items_needed == 381);
  CHECK_THAT(describe(none), ContainsSubstring("n = 0 on 0 images"));

  std::vector<ItemOutcome> one_picture = planted(600, 5, 2);
  for (ItemOutcome& item : one_picture) item.image = "the same";
  CHECK(found(one_picture).status == CliffStatus::not_enough_items);
  CHECK(found(one_picture).images == 1);

  std::vector<ItemOutcome> right = planted(500, 5, 0);
  for (ItemOutcome& item : right) {
    for (RunOutcome& run : item.runs) run.statistics = {1, 1};
  }
  CHECK(found(right).status == CliffStatus::does_not_need_the_image);
}

TEST_CASE("the layer is chosen on one half of the pictures and told on the other",
          "[truncation][cliff]") {
  const Sweep sweep{401, 3, {{0.3, 0.02}, {0.3, 0.02}, {0.01, 0.05}, {0.01, 0.01}}, 1};
  const std::vector<ItemOutcome> items = sweep.draw(1);
  const auto [first, second] = halves(items, 5);
  CHECK(ItemTable(first).pictures() == 201);
  CHECK(ItemTable(second).pictures() == 200);
  CHECK(first.size() + second.size() == items.size());
  for (const ItemOutcome& item : first) {
    CHECK(std::none_of(second.begin(), second.end(),
                       [&](const ItemOutcome& other) { return other.image == item.image; }));
  }
  std::vector<ItemOutcome> reversed(items.rbegin(), items.rend());
  CHECK(halves(reversed, 5).first.size() == first.size());
  CHECK(halves(reversed, 5).first.back().id == first.front().id);

  const CliffFinder find({.test = {.margin = 0.03}});
  const HeldOut result = held_out(find, items, accuracy(), "drop-all");
  REQUIRE(result.at_cliff());
  CHECK(*result.chosen.cliff_layer == 2);
  CHECK(result.chosen.images == 201);
  CHECK(result.at_cliff()->point.n == 600);
  // Cut 2 is better by 4 points in truth; half the items see it within their interval.
  CHECK(result.at_cliff()->gains.front().interval.low < 0.04);
  CHECK(result.at_cliff()->gains.front().interval.high > 0.04);
  CHECK(result.at_cliff()->gains.front().gain > 0);
  CHECK_FALSE(held_out(find, planted(20, 3, 1), accuracy(), "drop-all").at_cliff());
}

TEST_CASE("the result is a sentence", "[truncation][cliff]") {
  Cliff cliff;
  cliff.status = CliffStatus::found;
  cliff.cliff_layer = 18;
  cliff.lower_bound = 16;
  cliff.margin = 0.01;
  cliff.n = 3000;
  cliff.images = 500;
  cliff.untouched.values = {{"accuracy", 0.847}};
  RunComparison cut = compared(18, true, false);
  cut.point.values = {{"accuracy", 0.855}};
  cut.point.interval = {0.849, 0.861};
  cut.gains = {{"accuracy", 0.008, {0.002, 0.014}}};
  cliff.cuts = {cut};
  CHECK(describe(cliff) ==
        "cliff at layer 18 (lower bound 16): accuracy 85.5 % [84.9, 86.1] against 84.7 %, margin 1 "
        "point, n = 3,000 on 500 images");
  cliff.status = CliffStatus::no_cliff;
  cliff.without_image = 2224;
  CHECK(describe(cliff) ==
        "no cliff: with the last cut, at layer 18, accuracy 85.5 % [84.9, 86.1] against 84.7 %, "
        "margin 1 point, n = 3,000 on 500 images (2,224 items without an image left out)");
  cliff.without_image = 0;
  cliff.status = CliffStatus::not_enough_items;
  cliff.power = 0.123;
  cliff.items_needed = 1234567;
  cliff.margin = 0.005;
  CHECK(describe(cliff) ==
        "not enough items: a harmless cut passes a margin of 0.5 points with probability 0.12; for "
        "0.80 it takes about 1,234,567 items, n = 3,000 on 500 images");
  cliff.status = CliffStatus::does_not_need_the_image;
  cliff.floors = {cut, cut};
  CHECK_THAT(describe(cliff), ContainsSubstring("these items do not need the image: without it "
                                                "accuracy 85.5 % [84.9, 86.1] against 84.7 %"));
  CHECK(name_of(CliffStatus::does_not_need_the_image) == "does not need the image");
  CHECK(name_of(CliffStatus::not_enough_items) == "not enough items");
  CHECK_THAT(describe(found(captions(1), chair())),
             ContainsSubstring("chair_s 20.0 % [") &&
                 ContainsSubstring("recall 75.0 % against 75.0 %, length 27.0 against 27.0"));
}

TEST_CASE("what the finder needs and does not get is named", "[truncation][cliff]") {
  std::vector<ItemOutcome> items = planted(50, 3, 1);
  CHECK_THROWS_WITH(CliffFinder()(items, accuracy(), "top-k"),
                    ContainsSubstring("no cut of \"top-k\" below layer 3"));
  std::vector<ItemOutcome> without_floor = items;
  without_floor[7].runs.pop_back();
  CHECK_THROWS_WITH(found(without_floor),
                    ContainsSubstring("no run of \"no-image\" with a cut at 3 (item \"7\")"));
  std::vector<ItemOutcome> other_metric = items;
  other_metric[3].runs[1].statistics = {1};
  CHECK_THROWS_WITH(found(other_metric), ContainsSubstring("1 statistics, accuracy has 2"));
  for (const double margin : {0.0, 1.0, -0.1, static_cast<double>(NAN)}) {
    CHECK_THROWS_AS(CliffFinder({.test = {.margin = margin}}), Error);
  }
  CHECK_THROWS_AS(CliffFinder({.test = {.alpha = 0.5}}), Error);
  CHECK_THROWS_AS(CliffFinder({.bootstrap = {.draws = 0}}), Error);
}
