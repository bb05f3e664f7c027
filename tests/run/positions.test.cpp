// SPDX-License-Identifier: MIT
#include <span>
#include <vector>

#include <catch_compat.hpp>

#include <infoflow/cut/policies.hpp>
#include <infoflow/run/generate.hpp>

#include "../laws/toy_cases.hpp"

using namespace infoflow;

namespace {
/// A toy that writes down the position ids with which each layer is run.
struct Recording : toy::Decoder<double> {
  using Decoder::Decoder;
  mutable std::vector<std::vector<PositionId>> ids;

  template <class Observer>
  void run_layer(int layer, std::span<Lane<Tensor>> lanes, const Observer& observer) const {
    ids.push_back(lanes.front().position_ids);
    Decoder::run_layer(layer, lanes, observer);
  }
};

/// "<s> <image×6> hi", then one decoded token, cut at layer 1 so that images 1, 3, 5 (positions 2,
/// 4, 6) leave.
std::vector<std::vector<PositionId>> recorded(PositionRule rule, CutMode mode) {
  const Recording adapter(laws::toy_weights());
  const auto c = laws::adapter_case(adapter, "<image>hi", 0);
  const Truncation truncation{
      .schedule = {{{1, FixedList{{1, 3, 5}}}}}, .mode = mode, .positions = rule};
  SequenceRun<Recording> sequence(adapter, c.prompt, c.tokens, {}, truncation);
  sequence.run(observe());
  sequence.append(20);
  sequence.run(observe());
  return adapter.ids;
}
}  // namespace

TEST_CASE("kept ids leave a gap where tokens were dropped", "[run][positions]") {
  const auto ids = recorded(PositionRule::keep, CutMode::drop);

  CHECK(ids[0] == std::vector<PositionId>{0, 1, 2, 3, 4, 5, 6, 7, 8});
  CHECK(ids[1] == std::vector<PositionId>{0, 1, 3, 5, 7, 8});
  CHECK(ids[2] == ids[1]);
  for (int layer = 3; layer < 6; ++layer) CHECK(ids[layer] == std::vector<PositionId>{9});
}

TEST_CASE("renumbered ids close up from the cut's layer on, for decoded tokens too",
          "[run][positions]") {
  const auto ids = recorded(PositionRule::renumber, CutMode::drop);

  CHECK(ids[0] == std::vector<PositionId>{0, 1, 2, 3, 4, 5, 6, 7, 8});
  CHECK(ids[1] == std::vector<PositionId>{0, 1, 2, 3, 4, 5});
  CHECK(ids[2] == ids[1]);
  CHECK(ids[3] == std::vector<PositionId>{9});  // Layer 0 still has all keys.
  CHECK(ids[4] == std::vector<PositionId>{6});
  CHECK(ids[5] == std::vector<PositionId>{6});
}

TEST_CASE("masking renumbers the rows that stay as dropping does", "[run][positions]") {
  const auto ids = recorded(PositionRule::renumber, CutMode::mask);

  // Positions 0, 1, 3, 5, 7, 8 stay.
  const std::vector<PositionId> stay{ids[1][0], ids[1][1], ids[1][3],
                                     ids[1][5], ids[1][7], ids[1][8]};
  CHECK(stay == std::vector<PositionId>{0, 1, 2, 3, 4, 5});
  CHECK(ids[4] == std::vector<PositionId>{6});
}

TEST_CASE("a cut beyond the last layer is an error, at it none", "[run][positions]") {
  const toy::Decoder<double> adapter(laws::toy_weights());
  const auto c = laws::adapter_cases(adapter)[0];
  const auto run = [&](int layer) {
    return generate(adapter, c.prompt, c.tokens, 1, {.schedule = {{{layer, DropAll{}}}}});
  };

  CHECK_NOTHROW(run(3));
  CHECK_THROWS_AS(run(4), Error);
}

namespace {
/// "<s> <s>", a picture of 2 × 3 tokens, two words, with the ids of M-RoPE.
std::vector<PositionId> grid_ids() {
  return {{0}, {1}, {2, 2, 2}, {2, 2, 3}, {2, 2, 4}, {2, 3, 2}, {2, 3, 3}, {2, 3, 4}, {5}, {6}};
}

/// These ids as a cut leaves them that keeps the tokens `kept` of the six, and that of a row which is
/// put behind.
std::vector<PositionId> after_cut(PositionRule rule, std::vector<Index> kept) {
  for (Index& token : kept) token += 2;
  const TokenPartition partition(10, {{2, 8}});
  const std::vector<ImageLayout> layouts{ImageLayout::grid(Preprocessing(3, 2), 2, 3)};
  const auto ids = grid_ids();
  SequenceCuts cuts({.schedule = {{{1, FixedList{std::move(kept)}}}}, .positions = rule}, 3,
                    partition, layouts, ids);
  cuts.decide(1, partition, {});
  Lane<RowMatrix<double>> lane;
  lane.hidden.setZero(10, 1);
  for (Index i = 0; i < 10; ++i) lane.positions.push_back(i);
  lane.position_ids = ids;
  lane.id_offset = -3;
  cuts.apply(1, lane);
  std::vector<PositionId> left = lane.position_ids;
  go_on_with(lane, RowMatrix<double>::Zero(1, 1).eval(), 1, 10);
  cuts.apply(1, lane);
  left.push_back(lane.position_ids.front());
  return left;
}
}  // namespace

TEST_CASE("ids of a grid stay as they are, or close up where a number is free on all axes",
          "[run][positions]") {
  using Ids = std::vector<PositionId>;
  // Tokens 0 (row 2, column 2) and 3 (row 3, column 2) stay: 4 is nobody's any more.
  CHECK(after_cut(PositionRule::keep, {0, 3}) ==
        Ids{{0}, {1}, {2, 2, 2}, {2, 3, 2}, {5}, {6}, {7}});
  CHECK(after_cut(PositionRule::renumber, {0, 3}) ==
        Ids{{0}, {1}, {2, 2, 2}, {2, 3, 2}, {4}, {5}, {6}});
  // Token 5 (row 3, column 4) alone: every number is still somebody's.
  CHECK(after_cut(PositionRule::renumber, {5}) == Ids{{0}, {1}, {2, 3, 4}, {5}, {6}, {7}});
  // Token 2 (row 2, column 4): 3 is free, so that its column and what follows move up.
  CHECK(after_cut(PositionRule::renumber, {2}) == Ids{{0}, {1}, {2, 2, 3}, {4}, {5}, {6}});
  // Without the picture the words are numbered as if it had not been.
  CHECK(after_cut(PositionRule::renumber, {}) == Ids{{0}, {1}, {2}, {3}, {4}});
  CHECK(after_cut(PositionRule::keep, {}) == Ids{{0}, {1}, {5}, {6}, {7}});
}
