// SPDX-License-Identifier: MIT
#include <catch_compat.hpp>

#include "../laws/broken_adapters.hpp"
#include "../laws/lane.laws.hpp"
#include "../laws/toy_cases.hpp"

using namespace infoflow;

namespace {
/// Lanes of different lengths: whole prompts with answers, one with a mask, one that decodes.
template <class Adapter>
std::vector<laws::LaneOf<Adapter>> mixed_lanes(const Adapter& adapter) {
  std::vector<laws::LaneOf<Adapter>> lanes;
  for (const auto& c : laws::adapter_cases(adapter)) {
    lanes.push_back(adapter.begin(c.prompt, c.tokens, c.answer));
  }
  lanes[1].masked = {2, 4, 5};
  laws::run_all_layers(adapter, std::span(&lanes[2], 1));
  const TokenId next = 17;
  const auto position = static_cast<Index>(lanes[2].positions.size());
  go_on_with(lanes[2], adapter.embed(std::span(&next, 1)), 1, position);
  return lanes;
}
}  // namespace

TEST_CASE("lanes of one batch do not know of each other", "[adapter][lane][law]") {
  const laws::Toy adapter(laws::toy_weights());
  CHECK(laws::check_batch(adapter, mixed_lanes(adapter), 1e-12) == "");

  const laws::SharesOneMask broken(laws::toy_weights());
  CHECK(laws::check_batch(broken, mixed_lanes(broken), 1e-12) == "lane 1 is not what it is alone");
}

TEST_CASE("a shared prefix gives the rows of the whole wherever it ends", "[adapter][lane][law]") {
  const laws::Toy adapter(laws::toy_weights());
  for (const auto& c : laws::adapter_cases(adapter)) {
    auto lane = adapter.begin(c.prompt, c.tokens, c.answer);
    for (Index p = 1; p < static_cast<Index>(lane.positions.size()); ++p) {
      CHECK(laws::check_shared_prefix(adapter, lane, p, 1e-6) == "");
    }
    lane.masked = {3, 4};  // A lane may hide what a shared segment holds.
    CHECK(laws::check_shared_prefix(adapter, lane, 6, 1e-6) == "");
  }

  const laws::ForgetsTheCache broken(laws::toy_weights());
  const auto c = laws::adapter_cases(broken)[0];
  CHECK(laws::check_shared_prefix(broken, broken.begin(c.prompt, c.tokens, c.answer), 3, 1e-6) ==
        "rows over a shared prefix are not those of the whole");
}

TEST_CASE("attention rows sum to 1, look back only, and come as asked for",
          "[adapter][attention][law]") {
  const laws::Toy adapter(laws::toy_weights());
  for (const auto& lane : mixed_lanes(adapter)) {
    for (int layer = 0; layer < adapter.layer_count(); ++layer) {
      CHECK(laws::check_attention_rows(adapter, layer, lane, 1e-6) == "");
    }
  }

  const laws::HalfAttention broken(laws::toy_weights());
  CHECK(laws::check_attention_rows(broken, 0, mixed_lanes(broken)[0], 1e-6) ==
        "a row does not sum to 1");
}

TEST_CASE("the attention shown is the attention paid", "[adapter][attention]") {
  // Σ_keys row · v_proj, heads side by side, times o, is what the residual stream gains.
  const auto weights = laws::toy_weights(1);
  auto silent_mlp = weights;
  silent_mlp.layers[0].down.setZero();
  const laws::Toy adapter(silent_mlp);
  const auto c = laws::adapter_cases(adapter)[2];
  auto lane = adapter.begin(c.prompt, c.tokens, c.answer);
  const auto input = lane.hidden;
  HeadMatrices<double> rows;
  RowMatrix<double> values;
  const auto all = lane.positions;

  adapter.run_layer(
      0, std::span(&lane, 1),
      observe(on_attention({0}, [&](int, const auto& b) { rows = b.rows(all); }),
              on_activation({{0, SiteKind::v_proj}}, [&](const auto& e) { values = e.features; })));

  RowMatrix<double> mixed(input.rows(), input.cols());
  mixed << rows[0] * values.leftCols(4), rows[1] * values.rightCols(4);
  const RowMatrix<double> gained = mixed * silent_mlp.layers[0].o;
  CHECK(laws::relative_error(lane.hidden - input, gained) < 1e-12);
}

TEST_CASE("keeping rows leaves earlier caches alone", "[adapter][lane]") {
  const laws::Toy adapter(laws::toy_weights());
  const auto c = laws::adapter_cases(adapter)[0];
  auto lane = adapter.begin(c.prompt, c.tokens, {});
  adapter.run_layer(0, std::span(&lane, 1), observe());
  const Index cached = lane.cache[0].size();
  const auto hidden = lane.hidden;

  keep_rows(lane, std::vector<Index>{0, 3, 7});

  CHECK(lane.positions == std::vector<Index>{0, 3, 7});
  CHECK(lane.position_ids == std::vector<PositionId>{0, 3, 7});
  CHECK(lane.hidden.row(1) == hidden.row(3));
  CHECK(lane.cache[0].size() == cached);
}

TEST_CASE("a lane hides masked keys from every other query", "[adapter][lane]") {
  Lane<RowMatrix<double>> lane;
  lane.masked = {2};
  CHECK(lane.sees(2, 2));
  CHECK_FALSE(lane.sees(3, 2));
  CHECK(lane.sees(3, 1));
  CHECK_FALSE(lane.sees(1, 3));
}

TEST_CASE("the toy refuses rows that are not in flight and ids that it does not know", "[toy]") {
  const laws::Toy adapter(laws::toy_weights());
  const auto c = laws::adapter_cases(adapter)[0];
  auto lane = adapter.begin(c.prompt, c.tokens, {});
  keep_rows(lane, std::vector<Index>{0, 3});
  const Index dropped = 1;
  const TokenId unknown = 1000000;

  CHECK_THROWS_AS(adapter.logits(lane, std::span(&dropped, 1)), Error);
  CHECK_THROWS_AS(adapter.attention(0, lane).rows(std::span(&dropped, 1)), Error);
  CHECK_THROWS_AS(adapter.embed(std::span(&unknown, 1)), Error);
  CHECK_THROWS_AS(adapter.begin(c.prompt, adapter.encode({}), {}), Error);
  CHECK_THROWS_AS(adapter.prepare({}, "<image>"), Error);
}
