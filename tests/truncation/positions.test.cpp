// SPDX-License-Identifier: MIT
#include <catch_compat.hpp>

#include <span>
#include <vector>

#include <infoflow/adapter/generate.hpp>
#include <infoflow/truncation/policies.hpp>

#include "../laws/toy_cases.hpp"

using namespace infoflow;

namespace {
/// A toy that writes down the position ids with which each layer is run.
struct Recording : toy::Decoder<double> {
  using Decoder::Decoder;
  mutable std::vector<std::vector<Index>> ids;

  template <class Observer>
  void run_layer(int layer, std::span<Lane<Tensor>> lanes, const Observer& observer) const {
    ids.push_back(lanes.front().position_ids);
    Decoder::run_layer(layer, lanes, observer);
  }
};

/// "<s> <image×6> hi", then one decoded token, cut at layer 1 so that images 1, 3, 5 (positions 2,
/// 4, 6) leave.
std::vector<std::vector<Index>> recorded(PositionRule rule, CutMode mode) {
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

TEST_CASE("kept ids leave a gap where tokens were dropped", "[truncation][positions]") {
  const auto ids = recorded(PositionRule::keep, CutMode::drop);

  CHECK(ids[0] == std::vector<Index>{0, 1, 2, 3, 4, 5, 6, 7, 8});
  CHECK(ids[1] == std::vector<Index>{0, 1, 3, 5, 7, 8});
  CHECK(ids[2] == ids[1]);
  for (int layer = 3; layer < 6; ++layer) CHECK(ids[layer] == std::vector<Index>{9});
}

TEST_CASE("renumbered ids close up from the cut's layer on, for decoded tokens too",
          "[truncation][positions]") {
  const auto ids = recorded(PositionRule::renumber, CutMode::drop);

  CHECK(ids[0] == std::vector<Index>{0, 1, 2, 3, 4, 5, 6, 7, 8});
  CHECK(ids[1] == std::vector<Index>{0, 1, 2, 3, 4, 5});
  CHECK(ids[2] == ids[1]);
  CHECK(ids[3] == std::vector<Index>{9});  // Layer 0 still has all keys.
  CHECK(ids[4] == std::vector<Index>{6});
  CHECK(ids[5] == std::vector<Index>{6});
}

TEST_CASE("masking renumbers the rows that stay as dropping does", "[truncation][positions]") {
  const auto ids = recorded(PositionRule::renumber, CutMode::mask);

  // Positions 0, 1, 3, 5, 7, 8 stay.
  const std::vector<Index> stay{ids[1][0], ids[1][1], ids[1][3], ids[1][5], ids[1][7], ids[1][8]};
  CHECK(stay == std::vector<Index>{0, 1, 2, 3, 4, 5});
  CHECK(ids[4] == std::vector<Index>{6});
}

TEST_CASE("a cut beyond the last layer is an error, at it none", "[truncation][positions]") {
  const toy::Decoder<double> adapter(laws::toy_weights());
  const auto c = laws::adapter_cases(adapter)[0];
  const auto run = [&](int layer) {
    return generate(adapter, c.prompt, c.tokens, 1, {.schedule = {{{layer, DropAll{}}}}});
  };

  CHECK_NOTHROW(run(3));
  CHECK_THROWS_AS(run(4), Error);
}
