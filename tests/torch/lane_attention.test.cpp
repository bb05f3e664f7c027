// SPDX-License-Identifier: MIT
#include <array>
#include <map>

#include <catch_torch.hpp>

#include <infoflow/torch/lane_attention.hpp>

#include "tensors.hpp"

using namespace infoflow;
using namespace infoflow::tests;

namespace {

constexpr Index key_heads = 2;
constexpr Index channels = 4;

using Shared = std::shared_ptr<const CacheSegment<at::Tensor>>;

CacheSegment<at::Tensor> random_segment(laws::Draw& draw, Index begin, Index rows) {
  CacheSegment<at::Tensor> segment{normal_tensor(draw, {rows, key_heads, channels}),
                                   normal_tensor(draw, {rows, key_heads, channels}),
                                   {}};
  for (Index p = begin; p < begin + rows; ++p) segment.positions.push_back(p);
  return segment;
}

/// A lane with these segments, then `own` rows of a tail that grew by itself; nothing in flight yet.
Lane<at::Tensor> lane_behind(laws::Draw& draw, std::vector<Shared> segments, Index own) {
  Lane<at::Tensor> lane;
  lane.cache.resize(1);
  lane.cache[0].shared = std::move(segments);
  const Index begin = lane.cache[0].size();
  if (own > 0) lane.cache[0].tail = random_segment(draw, begin, own);
  return lane;
}

/// A step of all lanes: `rows[i]` rows go in flight behind lane i.
struct Step {
  at::Tensor queries, keys, values;

  Step(laws::Draw& draw, std::span<Lane<at::Tensor>> lanes, const std::vector<Index>& rows,
       Index groups) {
    Index all = 0;
    for (std::size_t i = 0; i < lanes.size(); ++i) {
      const Index begin = lanes[i].cache[0].size();
      lanes[i].positions.clear();
      for (Index p = begin; p < begin + rows[i]; ++p) lanes[i].positions.push_back(p);
      all += rows[i];
    }
    queries = normal_tensor(draw, {all, key_heads * groups, channels});
    keys = normal_tensor(draw, {all, key_heads, channels});
    values = normal_tensor(draw, {all, key_heads, channels});
  }
};

/// Each lane by itself, with caches that grow alone.
at::Tensor apart(const Step& step, std::vector<Lane<at::Tensor>>& lanes) {
  std::vector<at::Tensor> outputs;
  Index first = 0;
  for (auto& lane : lanes) {
    const auto rows = static_cast<Index>(lane.positions.size());
    append(lane.cache[0].tail, step.keys.narrow(0, first, rows), step.values.narrow(0, first, rows),
           lane.positions);
    outputs.push_back(attend(step.queries.narrow(0, first, rows), lane.positions,
                             keys_and_values(lane.cache[0]), lane.masked));
    first += rows;
  }
  return at::cat(outputs);
}

at::Tensor together(const Step& step, std::vector<Lane<at::Tensor>>& lanes,
                    std::int64_t most_scores = 1 << 24) {
  append(std::span(lanes), 0, step.keys, step.values);
  return attend(step.queries, std::span<const Lane<at::Tensor>>(lanes), 0, most_scores);
}

/// Lanes as a sweep has them, in an order of chance: some read the whole prefix, some its begin and
/// something of their own, one nothing that another reads.
std::vector<Lane<at::Tensor>> lanes_of_a_sweep(laws::Draw& draw, bool even_tails) {
  const auto shared = [&](Index begin, Index rows) {
    return std::make_shared<const CacheSegment<at::Tensor>>(random_segment(draw, begin, rows));
  };
  const Shared before = shared(0, 3);
  const Shared rest = shared(3, 6);
  std::vector<Lane<at::Tensor>> lanes;
  for (int i = 0; i < 7; ++i) {
    const Index own = even_tails ? 2 : draw.index(0, 3);
    switch (draw.index(0, 3)) {
      case 0: lanes.push_back(lane_behind(draw, {before, rest}, own)); break;
      case 1: lanes.push_back(lane_behind(draw, {before, shared(3, 4)}, own)); break;
      case 2: lanes.push_back(lane_behind(draw, {before, shared(3, draw.index(1, 5))}, own)); break;
      default: lanes.push_back(lane_behind(draw, {shared(0, 4)}, own)); break;
    }
  }
  return lanes;
}

}  // namespace

TEST_CASE("lanes read together as each would alone", "[torch][attention][law]") {
  for (const Index groups : {1, 2}) {
    for (std::uint64_t number = 0; number < 20; ++number) {
      CAPTURE(groups, number);
      laws::Draw draw(number);
      std::vector<Lane<at::Tensor>> lanes = lanes_of_a_sweep(draw, number % 2 == 0);
      std::vector<Index> rows(lanes.size());
      for (Index& count : rows) count = number % 4 < 2 ? 1 : draw.index(1, 3);
      if (number % 5 == 4) lanes[2].masked = {1, 4};
      for (int step = 0; step < 3; ++step) {  // Caches that grew together are read again.
        const Step next(draw, lanes, rows, groups);
        std::vector<Lane<at::Tensor>> copies = lanes;
        const at::Tensor alone = apart(next, copies);
        // Also where a group has room for two or three lanes only, or for none.
        const std::int64_t most_scores = std::array{1 << 24, 200, 1}.at(number % 3);
        CHECK(relative_error(together(next, lanes, most_scores), alone) < 1e-12);
        for (std::size_t i = 0; i < lanes.size(); ++i) {
          CHECK(lanes[i].cache[0].tail.keys.equal(copies[i].cache[0].tail.keys));
          CHECK(lanes[i].cache[0].tail.values.equal(copies[i].cache[0].tail.values));
          CHECK(lanes[i].cache[0].tail.positions == copies[i].cache[0].tail.positions);
        }
      }
    }
  }
}

TEST_CASE("lanes on a tape have the gradients that each would have alone",
          "[torch][attention][law]") {
  laws::Draw draw(5);
  const std::vector<Lane<at::Tensor>> begin = lanes_of_a_sweep(draw, true);
  std::vector<Lane<at::Tensor>> lanes = begin;
  const Step step(draw, lanes, std::vector<Index>(lanes.size(), 1), 1);
  const at::Tensor weights =
      normal_tensor(draw, {static_cast<Index>(lanes.size()), key_heads * channels});
  const auto gradients = [&](auto way) {
    Step taped = step;
    std::vector<Lane<at::Tensor>> copies = begin;
    for (std::size_t i = 0; i < copies.size(); ++i) copies[i].positions = lanes[i].positions;
    for (at::Tensor* t : {&taped.queries, &taped.keys, &taped.values}) {
      *t = t->detach().clone().requires_grad_();
    }
    way(taped, copies).backward(weights);
    return at::cat({taped.queries.grad(), taped.keys.grad(), taped.values.grad()}, 1);
  };
  const at::Tensor alone = gradients([](auto& s, auto& l) { return apart(s, l); });
  CHECK(relative_error(gradients([](auto& s, auto& l) { return together(s, l); }), alone) < 1e-12);
}

TEST_CASE("in half precision lanes read together are as near to double as alone",
          "[torch][attention]") {
  laws::Draw draw(6);
  std::vector<Lane<at::Tensor>> lanes = lanes_of_a_sweep(draw, true);
  Step step(draw, lanes, std::vector<Index>(lanes.size(), 1), 2);
  std::vector<Lane<at::Tensor>> wide = lanes;
  const at::Tensor exact = apart(step, wide);
  const auto narrowed = [](const Shared& segment) {
    return std::make_shared<const CacheSegment<at::Tensor>>(CacheSegment<at::Tensor>{
        segment->keys.to(at::kBFloat16), segment->values.to(at::kBFloat16), segment->positions});
  };
  std::map<Shared, Shared> halves;  // What is shared stays shared.
  for (auto& lane : lanes) {
    for (auto& segment : lane.cache[0].shared) {
      if (!halves.contains(segment)) halves[segment] = narrowed(segment);
      segment = halves[segment];
    }
    CacheSegment<at::Tensor>& tail = lane.cache[0].tail;
    tail.keys = tail.keys.to(at::kBFloat16);
    tail.values = tail.values.to(at::kBFloat16);
  }
  for (at::Tensor* t : {&step.queries, &step.keys, &step.values}) *t = t->to(at::kBFloat16);
  const at::Tensor output = together(step, lanes);
  CHECK(output.scalar_type() == at::kBFloat16);
  CHECK(relative_error(output, exact) <
        8 * 0x1p-8);  // Rounded: q, k, v, scores, probabilities, sums.
}

TEST_CASE("a copied lane and its original grow apart though they grew together",
          "[torch][cache][law]") {
  laws::Draw draw(3);
  std::vector<Lane<at::Tensor>> lanes{lane_behind(draw, {}, 0), lane_behind(draw, {}, 0)};
  const Step first(draw, lanes, {2, 2}, 1);
  (void)together(first, lanes);
  std::vector<Lane<at::Tensor>> copies = lanes;
  const Step second(draw, lanes, {1, 1}, 1);
  const Step other(draw, copies, {1, 1}, 1);
  (void)together(second, lanes);
  (void)together(other, copies);
  append(lanes[0].cache[0].tail, second.keys.narrow(0, 0, 1), second.values.narrow(0, 0, 1), {});
  CHECK(lanes[1].cache[0].tail.keys.equal(
      at::cat({first.keys.narrow(0, 2, 2), second.keys.narrow(0, 1, 1)})));
  CHECK(copies[0].cache[0].tail.keys.equal(
      at::cat({first.keys.narrow(0, 0, 2), other.keys.narrow(0, 0, 1)})));
}

TEST_CASE("tails that grew together are read where they lie", "[torch][cache]") {
  laws::Draw draw(3);
  std::vector<Lane<at::Tensor>> lanes{lane_behind(draw, {}, 0), lane_behind(draw, {}, 0),
                                      lane_behind(draw, {}, 0)};
  const Step step(draw, lanes, {2, 2, 2}, 1);
  (void)together(step, lanes);
  std::vector<at::Tensor> keys;
  for (const auto& lane : lanes) keys.push_back(lane.cache[0].tail.keys);
  CHECK(lane_groups::stacked(keys).is_alias_of(keys.front()));
  std::swap(keys[0], keys[2]);
  CHECK_FALSE(lane_groups::stacked(keys).is_alias_of(keys.front()));
  CHECK(lane_groups::stacked(keys)[2].transpose(0, 1).equal(keys[2]));
}

TEST_CASE("the law of lanes rejects a row that reads later ones and a tail read beyond its end",
          "[torch][attention][broken]") {
  laws::Draw draw(8);
  std::vector<Lane<at::Tensor>> lanes{lane_behind(draw, {}, 1), lane_behind(draw, {}, 3)};
  const Step step(draw, lanes, {2, 2}, 1);
  std::vector<Lane<at::Tensor>> copies = lanes;
  const at::Tensor right = apart(step, copies);
  append(std::span(lanes), 0, step.keys, step.values);
  const std::span<const Lane<at::Tensor>> read(lanes);
  lane_groups::LaneGroup group = lane_groups::groups_of(read, 0, 1000).front();
  REQUIRE(group.lanes.size() == 2);
  auto own = lane_groups::own_keys(group, read, 0);
  CHECK(relative_error(infoflow::detail::attend_in_group(step.queries, group, own), right) < 1e-12);
  auto sees_later = own;
  sees_later.back().in_flight = false;
  CHECK(relative_error(infoflow::detail::attend_in_group(step.queries, group, sees_later), right) >
        1e-3);
  auto reads_beyond = own;
  reads_beyond.back().lengths = {5, 5};
  CHECK(relative_error(infoflow::detail::attend_in_group(step.queries, group, reads_beyond),
                       right) > 1e-3);
}
