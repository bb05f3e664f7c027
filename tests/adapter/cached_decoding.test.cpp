// SPDX-License-Identifier: MIT
#include <catch_compat.hpp>

#include <infoflow/run/plain.hpp>

#include "../laws/broken_adapters.hpp"
#include "../laws/forward.laws.hpp"
#include "../laws/toy_cases.hpp"

using namespace infoflow;

namespace {
std::vector<Truncation> truncations(int layers) {
  std::vector<Truncation> all{{}};
  for (int layer = 0; layer <= layers; ++layer) {
    for (const AnyPolicy& policy : {AnyPolicy(DropAll{}), AnyPolicy(TopK{2})}) {
      for (const auto mode : {CutMode::drop, CutMode::mask}) {
        for (const auto rule : {PositionRule::keep, PositionRule::renumber}) {
          all.push_back({{{{layer, policy}}}, mode, rule});
        }
      }
    }
  }
  all.push_back(
      {{{{0, TopK{4}}, {1, TopK{2}}, {2, DropAll{}}}}, CutMode::drop, PositionRule::renumber});
  return all;
}
}  // namespace

TEST_CASE("decoding with caches equals one pass over prompt and answer",
          "[adapter][generate][law]") {
  const laws::Toy adapter(laws::toy_weights());
  for (const auto& c : laws::adapter_cases(adapter)) {
    for (const Truncation& truncation : truncations(adapter.layer_count())) {
      INFO(c.name);
      CHECK(laws::check_cached_decoding(adapter, c, truncation, 1e-6) == "");
    }
  }
}

TEST_CASE("cached decoding rejects decoders that lose the cache or count rows",
          "[adapter][generate][broken]") {
  const laws::ForgetsTheCache forgets(laws::toy_weights());
  const laws::CountsRowsInFlight counts(laws::toy_weights());

  CHECK(laws::check_cached_decoding(forgets, laws::adapter_cases(forgets)[0], {}, 1e-6) ==
        "cached decoding differs at step 1");
  CHECK(laws::check_cached_decoding(counts, laws::adapter_cases(counts)[0], {}, 1e-6) ==
        "cached decoding differs at step 1");
}

TEST_CASE("an adapter that only has forward gives the layerwise adapter's answers",
          "[adapter][generate][law]") {
  const laws::Toy adapter(laws::toy_weights());
  const auto opaque = plain(adapter);
  static_assert(!LayerwiseAdapter<decltype(opaque)>);
  static_assert(TruncatableAdapter<std::remove_const_t<decltype(opaque)>>);
  for (const auto& c : laws::adapter_cases(adapter)) {
    for (const Truncation& truncation : truncations(adapter.layer_count())) {
      CHECK(laws::check_same_answer(adapter, opaque, c, truncation) == "");
    }
  }
}

TEST_CASE("the two ways to an answer are told apart when one is broken",
          "[adapter][generate][broken]") {
  const laws::Toy right(laws::toy_weights());
  const laws::ForgetsTheCache wrong(laws::toy_weights());
  const auto c = laws::adapter_cases(right)[0];

  CHECK(laws::check_same_answer(wrong, plain(right), c, {}) ==
        "the two ways give different answers");
}

TEST_CASE("nothing reads what comes after it", "[adapter][law]") {
  const laws::Toy adapter(laws::toy_weights());
  for (const auto& c : laws::adapter_cases(adapter))
    CHECK(laws::check_causal(adapter, c, 1e-6) == "");

  const laws::LooksAhead broken(laws::toy_weights());
  CHECK(laws::check_causal(broken, laws::adapter_cases(broken)[0], 1e-6) ==
        "a row reads what comes after it");
}

TEST_CASE("generate stops at a stop token, at the limit, and at once when asked for nothing",
          "[adapter][generate]") {
  auto weights = laws::toy_weights();
  const laws::Toy talks(weights);
  // Logits s, s, −s, −s of tokens 3 to 6, and 0 of all others: the lower id of a pair wins.
  const auto column = weights.lm_head.col(3).eval();
  weights.lm_head.setZero();
  weights.lm_head.col(3) = weights.lm_head.col(4) = column;
  weights.lm_head.col(5) = weights.lm_head.col(6) = -column;
  const laws::Toy ties(weights);
  const auto c = laws::adapter_cases(talks)[0];

  CHECK(generate(talks, c.prompt, c.tokens, 0).ids.empty());
  CHECK(generate(talks, c.prompt, c.tokens, 3).ids.size() <= 3);
  const Generation tied = generate(ties, c.prompt, c.tokens, 2);
  REQUIRE(tied.ids.size() == 2);
  for (const TokenId id : tied.ids) CHECK((id == 3 || id == 5));
  CHECK_FALSE(tied.stopped);
}
