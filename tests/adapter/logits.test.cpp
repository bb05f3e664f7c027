// SPDX-License-Identifier: MIT
// Logits by which no token can be chosen are an error wherever an answer is made.
#include <limits>

#include <catch_compat.hpp>

#include <infoflow/cut/policies.hpp>
#include <infoflow/run/generate.hpp>
#include <infoflow/run/truncation_sweep.hpp>

#include "../laws/toy_cases.hpp"

using namespace infoflow;
using Catch::Matchers::ContainsSubstring;

namespace {
using Toy = toy::Decoder<double>;

/// What is said when a model of these weights generates, and when a sweep of it cuts or masks.
std::vector<std::string> faults(const toy::Weights<double>& weights) {
  const Toy adapter(weights);
  const auto c = laws::adapter_case(adapter, "<image> what?", 0);
  const auto fault = [](auto run) -> std::string {
    try {
      run();
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  const auto sweep = [&](CutMode mode) {
    const std::vector<Truncation> cuts{{.schedule = {{{1, DropAll{}}}}, .mode = mode}};
    (void)TruncationSweep<Toy>(adapter, 2)(c.prompt, c.tokens, cuts, {}, {});
  };
  return {fault([&] { (void)generate(adapter, c.prompt, c.tokens, 2); }),
          fault([&] { sweep(CutMode::drop); }), fault([&] { sweep(CutMode::mask); })};
}
}  // namespace

TEST_CASE("rows of logits tell tokens apart, or the row is named", "[adapter][logits]") {
  HostMatrix logits(3, 4);
  logits << 1, 2, 3, 4,  //
      0, 0, 0, 1e-30F,   //
      5, 5, 5, 4;
  CHECK_NOTHROW(require_telling(logits));
  CHECK_NOTHROW(require_telling(HostMatrix(0, 4)));
  CHECK_NOTHROW(require_telling(HostMatrix::Zero(2, 1)));  // A vocabulary of one word.
  logits.row(1).setConstant(-7);
  CHECK_THROWS_WITH(require_telling(logits),
                    ContainsSubstring("the same logit") && ContainsSubstring("row 2 of 3"));
  for (const float value :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
        -std::numeric_limits<float>::infinity()}) {
    HostMatrix broken = logits;
    broken(0, 2) = value;
    CHECK_THROWS_WITH(require_telling(broken),
                      ContainsSubstring("NaN or infinity") && ContainsSubstring("row 1 of 3"));
  }
}

TEST_CASE("a sound model answers, one with a head of zeros or with infinite numbers says so",
          "[adapter][logits]") {
  for (const std::string& fault : faults(laws::toy_weights())) CHECK(fault == "");

  auto zeros = laws::toy_weights();
  zeros.lm_head.setZero();
  for (const std::string& fault : faults(zeros)) CHECK_THAT(fault, ContainsSubstring("same logit"));

  auto infinite = laws::toy_weights();
  infinite.lm_head(0, 7) = std::numeric_limits<double>::infinity();
  for (const std::string& fault : faults(infinite)) {
    CHECK_THAT(fault, ContainsSubstring("NaN or infinity"));
  }

  // Seen at a later token only: what it reads is infinite, and it is read when it has been said.
  auto later = laws::toy_weights();
  const Toy adapter(later);
  const auto c = laws::adapter_case(adapter, "<image> what?", 0);
  const TokenId first = generate(adapter, c.prompt, c.tokens, 1).ids.front();
  later.embeddings(first, 0) = std::numeric_limits<double>::infinity();
  for (const std::string& fault : faults(later)) {
    CHECK_THAT(fault, ContainsSubstring("NaN or infinity"));
  }
}
