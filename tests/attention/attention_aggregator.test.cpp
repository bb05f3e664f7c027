// SPDX-License-Identifier: MIT
#include <cmath>

#include <catch_compat.hpp>

#include <infoflow/attention/attention_aggregator.hpp>

using namespace infoflow;

namespace {
/// Positions: 0 system, 1–2 image, 3 user, 4 answer. Two heads; queries 3 and 4 have rows by hand.
KnownAttention<float> two_heads() {
  HostMatrix a = HostMatrix::Zero(5, 5);
  HostMatrix b = HostMatrix::Zero(5, 5);
  a.row(3) << 0.5F, 0.25F, 0.25F, 0, 0;
  b.row(3) << 0.5F, 0, 0, 0.5F, 0;
  a.row(4) << 0, 0, 1, 0, 0;
  b.row(4) << 0.25F, 0.25F, 0, 0.25F, 0.25F;
  return {{a, b}, {0, 1, 2, 3, 4}};
}

TokenPartition five_positions() {
  return TokenPartition(4, {{1, 3}}).with_answer(1);
}

HostMatrix matrix(Index rows, Index columns, std::initializer_list<float> values) {
  HostMatrix m(rows, columns);
  std::copy(values.begin(), values.end(), m.data());
  return m;
}
}  // namespace

TEST_CASE("shares of two heads by hand", "[attention][aggregator]") {
  const AttentionAggregator aggregator(five_positions());

  const auto seen = aggregator(7, two_heads(), std::vector<Index>{3, 4});

  CHECK(seen.layer == 7);
  // Row 3: system (0.5 + 0.5)/2, image (0.5 + 0)/2, user (0 + 0.5)/2, answer 0.
  // Row 4: system (0 + 0.25)/2, image (1 + 0.25)/2, user 0.25/2, answer 0.25/2.
  CHECK(seen.shares == matrix(2, 4,
                              {0.5F, 0.25F, 0.25F, 0,  //
                               0.125F, 0.625F, 0.125F, 0.125F}));
  CHECK(seen.head_shares[0] == matrix(2, 4,
                                      {0.5F, 0.5F, 0, 0,  //
                                       0, 1, 0, 0}));
  CHECK(seen.head_shares[1] == matrix(2, 4,
                                      {0.5F, 0, 0.5F, 0,  //
                                       0.25F, 0.25F, 0.25F, 0.25F}));
  CHECK(seen.rows == matrix(2, 5,
                            {0.5F, 0.125F, 0.125F, 0.25F, 0,  //
                             0.125F, 0.125F, 0.5F, 0.125F, 0.125F}));
  CHECK(seen.first_token == HostVector(matrix(2, 1, {0.5F, 0.125F})));
  CHECK(seen.at({1, 3}) == matrix(2, 2, {0.125F, 0.125F, 0.125F, 0.5F}));
  CHECK(seen.mean_at({1, 3}) == HostVector(matrix(2, 1, {0.125F, 0.3125F})));
  CHECK(seen.mean_shares()[Role::image] == (0.25F + 0.625F) / 2);
}

TEST_CASE("entropy is that of the reduced row, in nats", "[attention][aggregator]") {
  const AttentionAggregator aggregator(five_positions());

  const auto seen = aggregator(0, two_heads(), std::vector<Index>{3, 4});

  // Row 3: 0.5 ln 2 + 2 · 0.125 ln 8 + 0.25 ln 4 = (0.5 + 0.75 + 0.5) ln 2.
  CHECK(seen.entropy[0] == Approx(1.75 * std::log(2.0)));
  // Row 4: 4 · 0.125 ln 8 + 0.5 ln 2 = (1.5 + 0.5) ln 2.
  CHECK(seen.entropy[1] == Approx(2 * std::log(2.0)));
}

TEST_CASE("without the answer, three shares are renormalised", "[attention][aggregator]") {
  const auto three = AttentionAggregator(five_positions())(0, two_heads(), std::vector<Index>{4})
                         .shares_without_answer();

  CHECK(three(0, 0) == Approx(0.125 / 0.875));
  CHECK(three(0, 1) == Approx(0.625 / 0.875));
  CHECK(three.row(0).sum() == Approx(1));
}

TEST_CASE("keys that were cut away have no share and a zero in the row",
          "[attention][aggregator]") {
  // Position 1 was dropped: keys 0, 2, 3.
  HostMatrix head = HostMatrix::Zero(4, 3);
  head.row(3) << 0.5F, 0.125F, 0.375F;
  const KnownAttention<float> block({head}, {0, 2, 3});

  const auto seen =
      AttentionAggregator(TokenPartition(4, {{1, 3}}))(0, block, std::vector<Index>{3});

  CHECK(seen.rows == matrix(1, 4, {0.5F, 0, 0.125F, 0.375F}));
  CHECK(seen.shares == matrix(1, 4, {0.5F, 0.125F, 0.375F, 0}));
}

TEST_CASE("sinks are the positions that get much of the mean row", "[attention][aggregator]") {
  const auto seen = AttentionAggregator(five_positions())(0, two_heads(), std::vector<Index>{3, 4});

  // Mean row: 0.3125, 0.125, 0.3125, 0.1875, 0.0625.
  CHECK(seen.sinks(0.3F) == std::vector<Index>{0, 2});
  CHECK(seen.sinks(0.9F).empty());
}

TEST_CASE("no query gives empty results, not a crash", "[attention][aggregator]") {
  const auto seen = AttentionAggregator(five_positions())(0, two_heads(), std::vector<Index>{});

  CHECK(seen.shares.rows() == 0);
  CHECK(seen.mean_shares() == RoleShares{});
  CHECK(seen.sinks(0).empty());
}

TEST_CASE("reductions by hand: maximum renormalised, chosen heads averaged", "[attention][heads]") {
  const auto block = two_heads();
  const std::vector<Index> query{3};

  // Maxima 0.5, 0.25, 0.25, 0.5, 0 over their sum 1.5.
  const auto most = MaxOverHeads{}(block.rows(query));
  CHECK(most(0, 0) == Approx(0.5 / 1.5));
  CHECK(most(0, 1) == Approx(0.25 / 1.5));
  CHECK(most.sum() == Approx(1));

  CHECK(SelectedHeads{{1}}(block.rows(query)) == matrix(1, 5, {0.5F, 0, 0, 0.5F, 0}));
  CHECK(SelectedHeads{{1, 0}}(block.rows(query)) == MeanOverHeads{}(block.rows(query)));
  CHECK_THROWS_AS(SelectedHeads{{2}}(block.rows(query)), Error);
  CHECK_THROWS_AS(SelectedHeads{{-1}}(block.rows(query)), Error);
  CHECK_THROWS_AS(SelectedHeads{}(block.rows(query)), Error);
}
