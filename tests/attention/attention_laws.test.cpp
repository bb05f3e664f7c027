// SPDX-License-Identifier: MIT
#include <catch_compat.hpp>

#include <infoflow/cut/policies.hpp>
#include <infoflow/run/forward.hpp>

#include "../laws/attention.laws.hpp"
#include "../laws/broken_attention.hpp"
#include "../laws/toy_cases.hpp"

using namespace infoflow;

namespace {
template <class Reduction>
LayerAttention aggregated(const laws::AttentionCase& c, Reduction reduction) {
  return AttentionAggregator<Reduction>(c.partition, reduction)(0, c.block(), c.keys);
}
}  // namespace

TEST_CASE("shares of generated blocks lie in [0, 1] and sum to 1", "[attention][law]") {
  for (std::uint64_t number = 0; number < 200; ++number) {
    const laws::AttentionCase c(number);
    INFO("case " << number);
    const LayerAttention mean = aggregated(c, MeanOverHeads{});
    CHECK(laws::check_shares(mean, c.partition) == "");
    CHECK(laws::check_mean_of_heads(mean) == "");
    CHECK(laws::check_shares(aggregated(c, MaxOverHeads{}), c.partition) == "");
    CHECK(laws::check_shares(aggregated(c, SelectedHeads{{0}}), c.partition) == "");
  }
}

TEST_CASE("the laws of shares reject broken head reductions", "[attention][broken]") {
  laws::AttentionCase c(0);
  for (std::uint64_t number = 1; c.heads.size() < 2 || c.partition.count(Role::user) < 2;
       ++number) {
    c = laws::AttentionCase(number);
  }

  CHECK(laws::check_shares(aggregated(c, laws::BareMaximum{}), c.partition) ==
        "shares do not sum to 1");
  CHECK_THAT(laws::check_mean_of_heads(aggregated(c, laws::FirstHead{})),
             Catch::Matchers::StartsWith("shares are not the heads' mean"));
}

TEST_CASE("the toy's answer rows have shares by the laws, cut or not", "[attention][law]") {
  const toy::Decoder<double> adapter(laws::toy_weights());
  for (const auto& c : laws::adapter_cases(adapter)) {
    const auto partition = c.prompt.partition.with_answer(static_cast<Index>(c.answer.size()));
    const AttentionAggregator aggregator(partition);
    const auto rows = partition.predicting_rows();
    std::vector<LayerAttention> layers;
    const auto observer = observe(on_attention(Layers::every(), [&](int layer, const auto& block) {
      layers.push_back(aggregator(layer, block, rows));
    }));

    observe_pass(adapter, c.prompt, c.tokens, c.answer, observer,
                 {.schedule = {{{1, TopK{2}}, {2, DropAll{}}}}});

    REQUIRE(layers.size() == 3);
    for (const LayerAttention& layer : layers) CHECK(laws::check_shares(layer, partition) == "");
    CHECK(layers[1].shares.col(1).minCoeff() > 0);
    CHECK(layers[2].shares.col(1).maxCoeff() == 0);
    CHECK(layers[0].shares(0, 3) == 0);  // The first answer token sees no answer.
    CHECK(layers[0].shares(1, 3) > 0);
  }
}

TEST_CASE("pooled maps keep rows of sum 1 on bins that keep the borders", "[attention][map][law]") {
  for (std::uint64_t number = 0; number < 100; ++number) {
    const laws::AttentionCase c(number);
    for (const Index width : {1, 2, 3, 100}) {
      const auto bins = position_bins(c.partition, width);
      CHECK(laws::check_bins(bins, c.partition, width) == "");
      CHECK(laws::check_pooled(pool_attention(0, c.block(), bins), c.keys) == "");
    }
  }
}

TEST_CASE("the laws of pooled maps reject pooling as pictures are pooled",
          "[attention][map][broken]") {
  const TokenPartition partition(4, {{1, 3}});
  const KnownAttention<double> block({RowMatrix<double>::Constant(4, 4, 0.25)}, {0, 1, 2, 3});
  const auto bins = position_bins(partition, 2);

  CHECK(laws::check_pooled(laws::pool_as_a_picture(block, bins), {0, 1, 2, 3}) ==
        "a pooled row does not sum to 1");
  CHECK(laws::check_pooled(pool_attention(0, block, bins), {0, 1, 2, 3}) ==
        "a pooled row reads what comes after it");  // The block is not causal.
  CHECK(laws::check_bins(laws::bins_across_roles(partition, 2), partition, 2) ==
        "a bin crosses a border");
}

TEST_CASE("a pooled map by hand", "[attention][map]") {
  // Bins {0}, {1, 2}, {3}; one head.
  RowMatrix<double> head(4, 4);
  head << 1, 0, 0, 0,      //
      0.5, 0.5, 0, 0,      //
      0.25, 0.25, 0.5, 0,  //
      0.125, 0.25, 0.5, 0.125;
  const auto map = pool_attention(3, KnownAttention<double>({head}, {0, 1, 2, 3}),
                                  position_bins(TokenPartition(4, {{1, 3}}), 8));

  HostMatrix expected(3, 3);
  expected << 1, 0, 0,                        //
      (0.5 + 0.25) / 2, (0.5 + 0.75) / 2, 0,  //
      0.125, 0.75, 0.125;
  CHECK(map.layer == 3);
  CHECK(map.bins[1].role == Role::image);
  CHECK(map.values == expected);
}

TEST_CASE("pooling into bins that miss a key is refused", "[attention][map]") {
  const TokenPartition partition(4, {Span{1, 3}});
  const HeadMatrices<double> heads{RowMatrix<double>::Constant(4, 4, 0.25)};
  const KnownAttention<double> block(heads, {0, 1, 2, 3});
  auto bins = position_bins(partition, 2);
  bins.pop_back();
  CHECK_THROWS_AS(pool_attention(0, block, bins), Error);
}
