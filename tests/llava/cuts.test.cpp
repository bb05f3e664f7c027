// SPDX-License-Identifier: MIT
// Which image tokens a ranking policy keeps on our LLaVA, against transformers' attention.
#include <catch_torch.hpp>

#include <infoflow/cut/policies.hpp>

#include "golden.hpp"

using namespace infoflow;
using namespace infoflow::tests;

namespace {

at::Tensor logits(const PreparedLlava& c, int layer, AnyPolicy policy) {
  return forward(c.model, c.prompt, c.images, c.answer, c.partition().predicting_rows(), observe(),
                 Truncation{.schedule = {{{layer, std::move(policy)}}}});
}

}  // namespace

TEST_CASE("the two best image tokens are those that transformers' attention ranks first",
          "[llava][parity][cuts]") {
  for (const GoldenCase& golden : golden_cases(llava_goldens, "cuts")) {
    const PreparedLlava c(golden);
    for (const int layer : {0, 1, 2}) {
      CAPTURE(golden.name(), layer);
      const std::string name = "cut.top2." + std::to_string(layer) + ".positions";
      const auto fixed = FixedList{golden.positions(name)};
      const at::Tensor chosen = logits(c, layer, TopK{2});
      CHECK(chosen.equal(logits(c, layer, fixed)));
      // The policy has a choice, and another choice would show.
      const at::Tensor others = logits(c, layer, FixedList{});
      CHECK(relative_error(others, chosen) > 1e-3);
    }
  }
}
