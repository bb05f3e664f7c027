// SPDX-License-Identifier: MIT
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <catch_compat.hpp>

#include <infoflow/pointing/pointing_scores.hpp>

using namespace infoflow;

namespace {

/// A picture of 40 × 20 in two tokens: left is 0 … 20, right 20 … 40.
const Rect left_half{0, 0, 20, 20};
const Rect right_half{20, 0, 40, 20};

PointingItem item_of(const std::string& id, const std::string& picture, const Rect& box) {
  PointingItem item;
  item.id = id;
  item.image = picture;
  item.boxes = {box};
  return item;
}

/// A trace whose maps all have `left` and `right` on the two tokens.
Trace trace_of(float left, float right, GradientFlow flow = GradientFlow::present) {
  Trace trace;
  trace.partition = TokenPartition(4, {{1, 3}}).with_answer(1);
  trace.layouts = {ImageLayout::grid(Preprocessing(40, 20), 1, 2)};
  LayerAttention attention;
  attention.layer = 3;
  attention.rows = HostMatrix::Zero(2, 5);
  attention.rows(0, 1) = 2 * left;  // The mean of two queries is what counts.
  attention.rows(1, 2) = 2 * right;
  trace.attention = {attention};
  HostVector heat(2);
  heat << left, right;
  SiteHeat site{{2, SiteKind::block_output}};
  site.maps.push_back({"mean", {}});
  site.maps.back().heat.add(heat, flow);
  trace.heat.push_back({{}, {site}});
  return trace;
}

MapScore score_of(const PointingScores& scores, const std::string& source) {
  const std::vector<MapScore> all = scores.scores();
  const auto found = std::find_if(
      all.begin(), all.end(), [&](const MapScore& score) { return score.source.source == source; });
  REQUIRE(found != all.end());
  return *found;
}

}  // namespace

TEST_CASE("hit rates are hits of items, per source, beside their controls", "[pointing]") {
  PointingScores scores;
  scores.add(item_of("a", "1.png", left_half), trace_of(3, 1));   // hit
  scores.add(item_of("b", "2.png", left_half), trace_of(1, 3));   // miss
  scores.add(item_of("c", "3.png", right_half), trace_of(1, 3));  // hit
  for (const auto& [source, layer] :
       std::vector<std::pair<std::string, int>>{{"block_output", 2}, {"attention", 3}}) {
    CAPTURE(source);
    const MapScore score = score_of(scores, source);
    CHECK(score.rate == Approx(2 / 3.0));
    CHECK(score.n == 3);
    CHECK(score.source.layer == layer);
    CHECK(score.empty == HeatStatus::flowing);
    CHECK_FALSE(score.inside);  // no answer named a box
  }
  CHECK(score_of(scores, "chance").rate == Approx(0.5));  // one of two tokens, each time
  CHECK(score_of(scores, "chance").interval.low == Approx(0.5));
  // The centre (20, 10) lies on the border, which is the right half's.
  CHECK(score_of(scores, "centre").rate == Approx(1 / 3.0));
  CHECK_FALSE(scores.boxes());
}

TEST_CASE("a picture's items are a cluster, whatever their order", "[pointing]") {
  std::vector<std::pair<PointingItem, Trace>> items;
  for (int picture = 0; picture < 6; ++picture) {
    for (int question = 0; question < 3; ++question) {
      const std::string name = std::to_string(picture);
      items.push_back({item_of(name + std::to_string(question), name, left_half),
                       trace_of(picture < 3 ? 2.0F : 0.5F, 1)});
    }
  }
  const auto interval_of = [](const auto& some) {
    PointingScores scores;
    for (const auto& [item, trace] : some) scores.add(item, trace);
    return score_of(scores, "attention").interval;
  };
  const Interval forwards = interval_of(items);
  std::vector<ClusterCount> clusters{{3, 3}, {3, 3}, {3, 3}, {0, 3}, {0, 3}, {0, 3}};
  CHECK(forwards.low == Approx(cluster_interval(clusters).low));
  CHECK(forwards.high == Approx(cluster_interval(clusters).high));

  std::reverse(items.begin(), items.end());
  CHECK(interval_of(items).low == forwards.low);
  CHECK(interval_of(items).high == forwards.high);

  // 18 questions on 18 pictures say more: what a count without clusters would have said.
  auto apart = items;
  for (auto& [item, trace] : apart) item.image = item.id;
  CHECK(interval_of(apart).low > forwards.low);
}

TEST_CASE("a map that is empty in every item misses and says why", "[pointing]") {
  PointingScores scores;
  scores.add(item_of("a", "1.png", left_half), trace_of(1, 0, GradientFlow::none));
  CHECK(score_of(scores, "block_output").rate == 0);
  CHECK(score_of(scores, "block_output").empty == HeatStatus::structurally_zero);

  scores.add(item_of("b", "2.png", left_half), trace_of(1, 0));
  CHECK(score_of(scores, "block_output").rate == Approx(0.5));
  CHECK(score_of(scores, "block_output").empty == HeatStatus::flowing);
}

TEST_CASE("boxes of answers are compared with those asked for and with the heat", "[pointing]") {
  PointingScores scores;
  Trace trace = trace_of(3, 1);
  trace.answer_boxes = {left_half};
  scores.add(item_of("a", "1.png", left_half), trace);  // IoU 1
  trace.answer_boxes = {Rect{10, 0, 30, 20}};
  scores.add(item_of("b", "2.png", left_half), trace);  // 10 of 30 columns
  trace.answer_boxes = std::vector<Rect>{};
  scores.add(item_of("c", "3.png", left_half), trace);  // none named

  const auto boxes = scores.boxes();
  REQUIRE(boxes);
  CHECK(boxes->answers == 3);
  CHECK(boxes->with_box == 2);
  CHECK(boxes->iou == Approx((1 + 1 / 3.0 + 0) / 3));
  CHECK(score_of(scores, "answer_box").rate == Approx(1 / 3.0));  // above a half in one of three
  // Three quarters of the heat lie left: all of them in the first box, half of all in the second.
  CHECK(score_of(scores, "block_output").inside.value() == Approx((0.75 + 0.5) / 2));
}

TEST_CASE("families are counted apart, and a trace without a picture is refused", "[pointing]") {
  PointingScores scores;
  PointingItem item = item_of("a", "1.png", left_half);
  item.family = "colour";
  scores.add(item, trace_of(3, 1));
  item.family = "place";
  scores.add(item, trace_of(1, 3));
  std::vector<std::pair<std::string, double>> rates;
  for (const MapScore& score : scores.scores()) {
    if (score.source.source == "attention") rates.emplace_back(score.source.family, score.rate);
  }
  CHECK(rates == std::vector<std::pair<std::string, double>>{{"colour", 1.0}, {"place", 0.0}});
  CHECK_THROWS_AS(scores.add(item, Trace{}), Error);
}
