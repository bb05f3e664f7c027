// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>

#include <catch_compat.hpp>

#include <infoflow/cliff/curve.hpp>

#include "cliff_simulation.hpp"

using namespace infoflow;
using simulation::accuracy;

namespace {

RunOutcome run(const std::string& policy, int cut, double right) {
  RunOutcome outcome;
  outcome.policy = policy;
  outcome.cut_layer = cut;
  outcome.statistics = {right, 1};
  return outcome;
}

ItemOutcome item(const std::string& image, std::vector<RunOutcome> runs) {
  ItemOutcome outcome;
  outcome.id = image;
  outcome.image = image;
  outcome.runs = std::move(runs);
  return outcome;
}

}  // namespace

TEST_CASE("a point for every cut of the policy, ascending, the metric over the corpus",
          "[cliff][curve]") {
  const std::vector<ItemOutcome> items{
      item("a", {run("drop", 2, 1), run("drop", 0, 0), run("other", 2, 1)}),
      item("b", {run("drop", 0, 1), run("drop", 2, 1)}),
      item("a", {run("drop", 2, 0), run("drop", 0, 0)}),
      item("", {run("drop", 0, 1), run("drop", 1, 1)})};  // No image: left out.
  const std::vector<CurvePoint> points = curve(items, accuracy(), "drop");
  REQUIRE(points.size() == 2);
  CHECK(points[0].cut_layer == 0);
  CHECK(points[1].cut_layer == 2);
  CHECK(points[0].n == 3);
  CHECK(points[0].values == std::vector<NamedValue>{{"accuracy", 1.0 / 3, true}});
  CHECK(points[1].values.front().value == Approx(2.0 / 3));
  CHECK(points[1].policy == "drop");
  CHECK(points[0].interval.low <= 1.0 / 3);
  CHECK(points[0].interval.high >= score_interval(1, 3).high);
  // A control that only some items have is a point of its own n.
  CHECK(curve(items, accuracy(), "other").front().n == 1);
  CHECK(curve(items, accuracy(), "none").empty());
  CHECK(curve({}, accuracy(), "drop").empty());
}

TEST_CASE("other columns are means; unknown reference probabilities are left out",
          "[cliff][curve]") {
  RunOutcome first = run("drop", 1, 1);
  first.agrees = true;
  first.kl = 0.5;
  first.kl_first = 2;
  first.image_tokens = 3;
  first.flops = 100;
  first.prefill_flops = 80;
  first.kv_bytes = 7;
  first.seconds = 0.25;
  first.reference_probability = 0.75;
  RunOutcome second = run("drop", 1, 1);  // All zero, its reference probability not a number.
  const std::vector<ItemOutcome> items{item("a", {first}), item("b", {second})};
  const CurvePoint point = curve(items, accuracy(), "drop").front();
  CHECK(point.agreement == 0.5);
  CHECK(point.kl == 0.25);
  CHECK(point.kl_first == 1);
  CHECK(point.image_tokens == 1.5);
  CHECK(point.flops == 50);
  CHECK(point.prefill_flops == 40);
  CHECK(point.kv_bytes == 3.5);
  CHECK(point.seconds == 0.125);
  CHECK(point.reference_probability == 0.75);
  const std::vector<ItemOutcome> unknown{item("b", {second})};
  CHECK(std::isnan(curve(unknown, accuracy(), "drop").front().reference_probability));
}

TEST_CASE("the order of items changes no point", "[cliff][curve]") {
  const simulation::Sweep sweep{30, 4, {{0.3, 0.05}, {0.1, 0.05}, {0.02, 0.02}}, 0.5};
  std::vector<ItemOutcome> items = sweep.draw(0);
  const std::vector<CurvePoint> points = curve(items, accuracy(), "drop-all", {200, 1});
  std::reverse(items.begin(), items.end());
  const std::vector<CurvePoint> again = curve(items, accuracy(), "drop-all", {200, 1});
  REQUIRE(points.size() == 4);
  for (std::size_t i = 0; i < points.size(); ++i) {
    CHECK(points[i].values == again[i].values);
    CHECK(points[i].interval == again[i].interval);
    CHECK(points[i].interval.low <= points[i].values.front().value);
    CHECK(points[i].interval.high >= points[i].values.front().value);
  }
}

TEST_CASE("a value that is not defined has the interval that says nothing", "[cliff][curve]") {
  std::vector<ItemOutcome> items{item("a", {run("drop", 0, 0)}), item("b", {run("drop", 0, 0)})};
  for (ItemOutcome& i : items) i.runs.front().statistics = {0, 0};
  const CurvePoint point = curve(items, accuracy(), "drop").front();
  CHECK_FALSE(point.values.front().defined);
  CHECK(point.interval == Interval{0, 1});
}

TEST_CASE("statistics of another metric are an error", "[cliff][curve]") {
  std::vector<ItemOutcome> items{item("a", {run("drop", 0, 0)})};
  items.front().runs.front().statistics = {1, 2, 3};
  CHECK_THROWS_AS(curve(items, accuracy(), "drop"), Error);
}
