// SPDX-License-Identifier: MIT
#include <catch_compat.hpp>

#include <infoflow/cut/policies.hpp>
#include <infoflow/run/generate.hpp>

#include "../laws/toy_cases.hpp"

using namespace infoflow;

namespace {
using Toy = toy::Decoder<double>;

Generation cut(const Toy& adapter, const laws::AdapterCase<Toy>& c, AnyPolicy policy,
               const std::vector<int>& layers, ScoreSource source = ScoreSource::before) {
  std::vector<Cut> cuts;
  for (const int layer : layers) cuts.push_back({layer, policy});
  return generate(adapter, c.prompt, c.tokens, 2, {.schedule = cuts, .scores = source});
}
}  // namespace

TEST_CASE("a prompt whose last row is an image: dropping it is an error, keeping it is not",
          "[adapter][edge]") {
  // Row P−1 predicts the first answer token, so it cannot be dropped.
  const Toy adapter(laws::toy_weights());
  const auto c = laws::adapter_case(adapter, "what <image>", 0);

  CHECK_NOTHROW(generate(adapter, c.prompt, c.tokens, 2));
  CHECK_THROWS_AS(cut(adapter, c, DropAll{}, {1}), Error);
  CHECK_NOTHROW(cut(adapter, c, FixedList{{c.prompt.partition.prompt_length() - 1}}, {1}));
}

TEST_CASE("scores averaged over a user who says nothing are an error", "[adapter][edge]") {
  const Toy adapter(laws::toy_weights());
  const auto c = laws::adapter_case(adapter, "what <image>", 0);

  CHECK_THROWS_AS(cut(adapter, c, TopK{6}, {1}, ScoreSource::user_mean), Error);
  CHECK_THROWS_AS(cut(adapter, c, TopK{6}, {0}, ScoreSource::user_mean), Error);
}

TEST_CASE("a prompt without an image can be cut anywhere and stays what it was",
          "[adapter][edge]") {
  const Toy adapter(laws::toy_weights());
  const auto c = laws::adapter_case(adapter, "just text", 0);
  const auto untouched = generate(adapter, c.prompt, c.tokens, 2).ids;

  CHECK(cut(adapter, c, DropAll{}, {0, 1, 2}).ids == untouched);
  CHECK(cut(adapter, c, TopK{3}, {0, 2}).ids == untouched);
}

TEST_CASE("an image of one token, and all layers cut in stages", "[adapter][edge]") {
  const Toy adapter(
      toy::random_weights<double>({.layers = 3, .patch_rows = 1, .patch_columns = 1}, 2));
  const auto c = laws::adapter_case(adapter, "<image>?", 0);

  CHECK_NOTHROW(cut(adapter, c, TopK{1}, {0, 1, 2, 3}));
  CHECK_NOTHROW(cut(adapter, c, TopK{0}, {0, 1, 2, 3}, ScoreSource::at));
}

TEST_CASE("a model without layers predicts from its embeddings", "[adapter][edge]") {
  const Toy adapter(toy::random_weights<double>({.layers = 0}, 2));
  const auto c = laws::adapter_case(adapter, "<image>?", 0);

  CHECK(generate(adapter, c.prompt, c.tokens, 3).ids.size() <= 3);
  CHECK_NOTHROW(cut(adapter, c, DropAll{}, {0}));
}
