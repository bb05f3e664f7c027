// SPDX-License-Identifier: MIT
#include <cmath>
#include <vector>

#include <catch_compat.hpp>

#include <infoflow/adapter/target.hpp>

using namespace infoflow;

namespace {
const std::vector<TokenId> answer{2, 0};

HostMatrix logits() {
  HostMatrix m(2, 3);
  m << 1, 2, 3,  //
      0, 0, 0;
  return m;
}
}  // namespace

TEST_CASE("the paper's target is weight 1 at each answer token's row", "[cam][target]") {
  CHECK(AnswerSum{}(logits(), answer) == Cotangent{{0, 2, 1}, {1, 0, 1}});
  CHECK(AnswerSum{}(HostMatrix(0, 3), {}).empty());
}

TEST_CASE("one token, and a difference of two logits", "[cam][target]") {
  CHECK(AnswerToken{1}(logits(), answer) == Cotangent{{1, 0, 1}});
  CHECK(LogitDifference{0, 1}(logits(), answer) == Cotangent{{0, 2, 1}, {0, 1, -1}});
  CHECK_THROWS_AS(AnswerToken{2}(logits(), answer), Error);
  CHECK_THROWS_AS(AnswerToken{-1}(logits(), answer), Error);
  CHECK_THROWS_AS((LogitDifference{2, 1}(logits(), answer)), Error);
}

TEST_CASE("a log-probability's cotangent is one-hot minus softmax", "[cam][target]") {
  const Cotangent z = AnswerLogProbability{0}(logits(), answer);

  const double total = std::exp(1.0) + std::exp(2.0) + std::exp(3.0);
  REQUIRE(z.size() == 3);
  CHECK(z[0].weight == Approx(-std::exp(1.0) / total));
  CHECK(z[1].weight == Approx(-std::exp(2.0) / total));
  CHECK(z[2].weight == Approx(1 - std::exp(3.0) / total));
  CHECK_THROWS_AS(AnswerLogProbability{5}(logits(), answer), Error);
}

TEST_CASE("huge logits do not overflow the softmax", "[cam][target]") {
  HostMatrix huge(1, 2);
  huge << 3e38F, -3e38F;
  const Cotangent z = AnswerLogProbability{0}(huge, std::vector<TokenId>{0});
  CHECK(z[0].weight == 0);
  CHECK(z[1].weight == 0);
}
