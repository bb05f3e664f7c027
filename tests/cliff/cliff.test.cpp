// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>

#include <catch_compat.hpp>

#include <infoflow/cliff/cliff_decision.hpp>
#include <infoflow/cliff/cliff_text.hpp>
#include <infoflow/cliff/held_out.hpp>

#include "cliff_simulation.hpp"

using namespace infoflow;
using Catch::Matchers::ContainsSubstring;
using simulation::accuracy;
using simulation::Sweep;

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
  return {"chair_s",
          Direction::lower_is_better,
          true,
          {"hallucinated", "captions", "recalled", "objects"},
          [](std::span<const double> s) {
            return std::vector<NamedValue>{NamedValue::ratio("chair_s", s[0], s[1]),
                                           NamedValue::ratio("recall", s[2], s[3]),
                                           NamedValue::ratio("length", 9 * s[2], s[1])};
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

TEST_CASE("a planted cliff is found at exactly its layer, both bounds there", "[cliff]") {
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

TEST_CASE("a model that never reads the image has cliff 0 and that status, given enough pictures",
          "[cliff]") {
  for (const int n : {1, 2, 20, 380, 381, 500}) {
    const Cliff cliff = found(planted(n, 5, 0));
    CHECK(cliff.status ==
          (n < 381 ? CliffStatus::not_enough_items : CliffStatus::does_not_need_the_image));
    CHECK(cliff.cliff_layer == (n < 381 ? std::nullopt : std::optional(0)));
    CHECK(cliff.lower_bound == 0);
  }
}

TEST_CASE("a floor as good as the picture is no proof while a cut or the other floor loses",
          "[cliff]") {
  std::vector<ItemOutcome> items = planted(500, 5, 3);
  for (ItemOutcome& item : items) item.runs.back().statistics = {1, 1};  // "no-image"
  const Cliff cliff = found(items);
  CHECK(cliff.status == CliffStatus::no_cliff);
  CHECK_FALSE(cliff.cliff_layer);
  CHECK_THAT(describe(cliff),
             ContainsSubstring("the image is not what is lost: without it accuracy "
                               "100.0 %") &&
                 ContainsSubstring("and yet with its tokens dropped accuracy 60"));

  // The gap is harmless and so is every cut but one.
  std::vector<ItemOutcome> one_cut = planted(500, 5, 0);
  for (std::size_t i = 0; i < 100; ++i) one_cut[i].runs[3].statistics = {0, 1};
  CHECK(found(one_cut).status == CliffStatus::no_cliff);
  CHECK_THAT(describe(found(one_cut)),
             ContainsSubstring("with the cut at layer 3 accuracy 80.0 %"));
}

TEST_CASE("every row of the table of decisions", "[cliff]") {
  enum Test { passes, loses, neither };
  const auto run = [](int cut, Test test) { return compared(cut, test == passes, test == loses); };
  const auto decided = [&](Test gap, Test without, std::vector<Test> cuts) {
    Cliff cliff;
    cliff.floors = {run(0, gap), run(9, without)};
    for (std::size_t i = 0; i < cuts.size(); ++i) {
      cliff.cuts.push_back(run(static_cast<int>(i), cuts[i]));
    }
    decide(cliff);
    return cliff;
  };
  for (const Test gap : {passes, loses, neither}) {
    for (const Test without : {passes, loses, neither}) {
      for (const Test first : {passes, loses, neither}) {
        for (const Test last : {passes, loses, neither}) {
          const Cliff cliff = decided(gap, without, {first, last});
          const bool need = gap == loses && without == loses;
          const bool blind = gap == passes && without == passes;
          const bool one_passes = gap == passes || without == passes;
          const bool one_loses =
              gap == loses || without == loses || first == loses || last == loses;
          if (need && last == passes) {
            CHECK(cliff.status == CliffStatus::found);
            CHECK(cliff.cliff_layer == (first == passes ? 0 : 1));
          } else if ((need && last == loses) || (one_passes && one_loses)) {
            CHECK(cliff.status == CliffStatus::no_cliff);
          } else if (blind && first == passes && last == passes) {
            CHECK(cliff.status == CliffStatus::does_not_need_the_image);
            CHECK(cliff.cliff_layer == 0);
          } else {
            CHECK(cliff.status == CliffStatus::not_enough_items);
          }
          const bool says_where = cliff.status == CliffStatus::found ||
                                  cliff.status == CliffStatus::does_not_need_the_image;
          CHECK(cliff.cliff_layer.has_value() == says_where);
          if (cliff.cliff_layer) CHECK(cliff.lower_bound <= *cliff.cliff_layer);
          Cliff at_its_worst = cliff;
          at_its_worst.cliff_layer.reset();
          at_its_worst.at_its_worst = "accuracy";
          decide(at_its_worst);
          CHECK(at_its_worst.status == CliffStatus::nothing_to_lose);
          CHECK_FALSE(at_its_worst.cliff_layer);
        }
      }
    }
  }
}

TEST_CASE("a model that answers none right needs nothing and shows nothing", "[cliff]") {
  for (const int right : {0, 3, 30}) {  // Of 500: 0, 0.6 and 6 %.
    std::vector<ItemOutcome> items = planted(500, 5, 0);
    for (int i = 0; i < 500; ++i) {
      for (RunOutcome& run : items[static_cast<std::size_t>(i)].runs) {
        run.statistics = {i < right ? 1.0 : 0, 1};
      }
    }
    const Cliff cliff = found(items);
    CHECK(cliff.status ==
          (right < 30 ? CliffStatus::nothing_to_lose : CliffStatus::does_not_need_the_image));
    CHECK(cliff.cliff_layer == (right < 30 ? std::nullopt : std::optional(0)));
    if (right == 0) {
      CHECK(describe(cliff) ==
            "nothing to lose, nothing to show: the untouched model has accuracy 0.0 %, within the "
            "margin of the worst, 1 point, n = 500 on 500 pictures");
    }
  }
  // Captions that say nothing hallucinate nothing: it is recall that has nothing to lose.
  std::vector<ItemOutcome> silent = captions(3);
  for (ItemOutcome& item : silent) {
    for (RunOutcome& run : item.runs) run.statistics = {0, 1, 0, 4};
  }
  CHECK(found(silent, chair()).status == CliffStatus::nothing_to_lose);
  CHECK_THAT(describe(found(silent, chair())), ContainsSubstring("recall 0.0 %"));
}

TEST_CASE("few or unequal pictures are refused, by their effective number", "[cliff]") {
  std::vector<ItemOutcome> items = planted(2000, 5, 2);
  const auto on = [&](auto picture) {
    for (std::size_t i = 0; i < items.size(); ++i) items[i].image = std::to_string(picture(i));
    return found(items);
  };
  const Cliff equal = on([](std::size_t i) { return i / 5; });
  CHECK(equal.status == CliffStatus::found);
  CHECK(equal.effective_images == Approx(400));
  // One picture with 800 items, 1,200 with one: 2000² / (800² + 1200) = 6.24.
  const Cliff dominated = on([](std::size_t i) { return i < 800 ? 0 : i; });
  CHECK(dominated.images == 1201);
  CHECK(dominated.effective_images == Approx(6.24).margin(0.005));
  CHECK(dominated.status == CliffStatus::not_enough_items);
  CHECK(dominated.lower_bound == 0);  // Below 60 nothing at all is told.
  CHECK(describe(dominated) ==
        "not enough items: too few pictures: they weigh as much as 6.2 of equal size, and a margin "
        "of "
        "1 point takes 381, n = 2,000 on 1,201 pictures");
  const Cliff few = on([](std::size_t i) { return i / 10; });
  CHECK(few.status == CliffStatus::not_enough_items);
  CHECK(few.lower_bound == 2);
}

TEST_CASE("few items are not enough, though no answer flipped", "[cliff]") {
  // Without a flip 1 point takes 381 items.
  CHECK(found(planted(380, 7, 4)).status == CliffStatus::not_enough_items);
  CHECK(found(planted(381, 7, 4)).status == CliffStatus::found);
  const Cliff few = found(planted(300, 7, 4));
  CHECK_FALSE(few.cliff_layer);
  CHECK(few.power == 0);
  CHECK(few.items_needed == 381);
  CHECK(few.lower_bound == 4);  // That cuts below 4 lose too much is plain.
}

TEST_CASE("an image needed up to the last layer is no cliff", "[cliff]") {
  const Cliff cliff = found(planted(500, 7, 7));
  CHECK(cliff.status == CliffStatus::no_cliff);
  CHECK_FALSE(cliff.cliff_layer);
  CHECK(cliff.lower_bound == 7);
}

TEST_CASE("testing downwards stops at the first failure, upwards too", "[cliff]") {
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

TEST_CASE("the bounds enclose on any data, and the order of items does not matter", "[cliff]") {
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

TEST_CASE("items without an image are left out and counted", "[cliff]") {
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

TEST_CASE("CHAIR: fewer hallucinations by saying less is no way to pass", "[cliff]") {
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

TEST_CASE("no items, one picture, and all items right give a result", "[cliff]") {
  const Cliff none = found({});
  CHECK(none.status == CliffStatus::not_enough_items);
  CHECK(none.n == 0);
  CHECK(none.cuts.empty());
  CHECK_THAT(describe(none), Catch::Matchers::StartsWith("not enough items: no item has an image"));
  CHECK_THAT(describe(none), ContainsSubstring("n = 0 on 0 pictures"));

  std::vector<ItemOutcome> one_picture = planted(600, 5, 2);
  for (ItemOutcome& item : one_picture) item.image = "the same";
  CHECK(found(one_picture).status == CliffStatus::not_enough_items);
  CHECK(found(one_picture).images == 1);
  CHECK_THAT(describe(found(one_picture)),
             ContainsSubstring("too few pictures: they weigh as much as "
                               "1.0 of equal size"));

  std::vector<ItemOutcome> right = planted(500, 5, 0);
  for (ItemOutcome& item : right) {
    for (RunOutcome& run : item.runs) run.statistics = {1, 1};
  }
  CHECK(found(right).status == CliffStatus::does_not_need_the_image);
}

TEST_CASE("the layer is chosen on one half of the pictures and told on the other", "[cliff]") {
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

TEST_CASE("the result is a sentence", "[cliff]") {
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
        "point, n = 3,000 on 500 pictures");
  cliff.status = CliffStatus::no_cliff;
  cliff.without_image = 2224;
  CHECK(describe(cliff) ==
        "no cliff: with the last cut, at layer 18, accuracy 85.5 % [84.9, 86.1] against 84.7 %, "
        "margin 1 point, n = 3,000 on 500 pictures (2,224 items without an image left out)");
  cliff.without_image = 0;
  cliff.status = CliffStatus::not_enough_items;
  cliff.power = 0.123;
  cliff.items_needed = 1234567;
  cliff.harmless_from = 12;
  cliff.effective_images = 500;
  cliff.images_needed = 380;
  cliff.margin = 0.005;
  CHECK(describe(cliff) ==
        "not enough items: harmless cuts from layer 12 on all pass a margin of 0.5 points with "
        "probability 0.12; for 0.80 it takes about 1,234,567 items, n = 3,000 on 500 pictures");
  cliff.status = CliffStatus::does_not_need_the_image;
  cliff.floors = {cut, cut};
  CHECK_THAT(describe(cliff), ContainsSubstring("these items do not need the image: without it "
                                                "accuracy 85.5 % [84.9, 86.1] against 84.7 %"));
  CHECK(name_of(CliffStatus::does_not_need_the_image) == "does not need the image");
  CHECK(name_of(CliffStatus::not_enough_items) == "not enough items");
  CHECK(name_of(CliffStatus::nothing_to_lose) == "nothing to lose");
  // A value with nothing to divide by is no 0.0 %.
  cliff.floors[1].point.values[0].defined = false;
  CHECK_THAT(describe(cliff), ContainsSubstring("accuracy not defined against 84.7 %"));
  CHECK_THAT(describe(found(captions(1), chair())),
             ContainsSubstring("chair_s 20.0 % [") &&
                 ContainsSubstring("recall 75.0 % against 75.0 %, length 27.0 against 27.0"));
}

TEST_CASE("what the finder needs and does not get is named", "[cliff]") {
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
