// SPDX-License-Identifier: MIT
// Cuts on our LLaVA against transformers' decoder layers driven by hand, in float32.
#include <catch_torch.hpp>

#include <infoflow/truncation/policies.hpp>

#include "golden.hpp"

using namespace infoflow;
using namespace infoflow::tests;

namespace {

constexpr double tolerance = 1e-4;
constexpr Index tokens_kept = 2;

Truncation cut(int layer, AnyPolicy policy, bool renumbered, CutMode mode = CutMode::drop) {
  return {.schedule = {{{layer, std::move(policy)}}},
          .mode = mode,
          .positions = renumbered ? PositionRule::renumber : PositionRule::keep};
}

at::Tensor logits(const PreparedCase& c, const Truncation& truncation) {
  return forward(c.model, c.prompt, c.images, c.answer, c.partition().predicting_rows(), observe(),
                 truncation);
}

/// Calls f(layer, policy, renumbered, prefix of the golden's tensors) for every golden cut.
template <class F>
void for_each_cut(const GoldenCase& golden, F f) {
  int cuts = 0;
  for (const int layer : {0, 1, 2}) {
    for (const bool renumbered : {false, true}) {
      for (const bool top : {false, true}) {
        const std::string name = std::string("cut.") + (top ? "top2" : "drop_all") +
                                 (renumbered ? ".renumbered." : ".kept.") + std::to_string(layer);
        if (!golden.contains(name + ".logits")) continue;
        CAPTURE(golden.name(), name);
        f(layer, top ? AnyPolicy(TopK{tokens_kept}) : AnyPolicy(DropAll{}), renumbered, name);
        ++cuts;
      }
    }
  }
  REQUIRE(cuts == 8);  // Three layers kept, one renumbered, for two policies.
}

}  // namespace

TEST_CASE("logits after a cut are those of transformers' layers, dropped or masked",
          "[llava][parity][cuts]") {
  for (const GoldenCase& golden : golden_cases("cuts")) {
    const PreparedCase c(golden);
    for_each_cut(golden, [&](int layer, const AnyPolicy& policy, bool renumbered,
                             const std::string& name) {
      const at::Tensor wanted = golden.tensor(name + ".logits");
      CHECK(relative_error(logits(c, cut(layer, policy, renumbered)), wanted) < tolerance);
      CHECK(relative_error(logits(c, cut(layer, policy, renumbered, CutMode::mask)), wanted) <
            tolerance);
    });
  }
}

TEST_CASE("greedy answers after a cut are those of whole new passes of transformers",
          "[llava][parity][cuts]") {
  for (const GoldenCase& golden : golden_cases("cuts")) {
    const PreparedCase c(golden);
    const auto stops = c.model.stop_ids();
    for_each_cut(golden, [&](int layer, const AnyPolicy& policy, bool renumbered,
                             const std::string& name) {
      std::vector<TokenId> wanted = golden.ids(name + ".generated_ids");
      const auto limit = static_cast<Index>(wanted.size());
      const bool stopped =
          std::find(stops.begin(), stops.end(), wanted.back()) != stops.end();
      if (stopped) wanted.pop_back();
      for (const CutMode mode : {CutMode::drop, CutMode::mask}) {
        const Generation said =
            generate(c.model, c.prompt, c.images, limit, cut(layer, policy, renumbered, mode));
        CHECK(said.ids == wanted);
        CHECK(said.stopped == stopped);
      }
    });
  }
}

TEST_CASE("the two best image tokens are those that transformers' attention ranks first",
          "[llava][parity][cuts]") {
  for (const GoldenCase& golden : golden_cases("cuts")) {
    const PreparedCase c(golden);
    for (const int layer : {0, 1, 2}) {
      CAPTURE(golden.name(), layer);
      const std::string name = "cut.top2." + std::to_string(layer) + ".positions";
      const auto fixed = FixedList{golden.positions(name)};
      const at::Tensor chosen = logits(c, cut(layer, TopK{tokens_kept}, false));
      CHECK(chosen.equal(logits(c, cut(layer, fixed, false))));
      // The policy has a choice, and another choice would show.
      const at::Tensor others = logits(c, cut(layer, FixedList{}, false));
      CHECK(relative_error(others, chosen) > 1e-3);
    }
  }
}
