// SPDX-License-Identifier: MIT
// The sweep on our LLaVA-1.6: its fast way against one run per cut, on random tiny checkpoints.
#include <catch_torch.hpp>

#include <adapters/llava_next.hpp>

#include "../laws/forward.laws.hpp"
#include "../parity/golden.hpp"
#include "../parity/sweep_cases.hpp"

using namespace infoflow;
using namespace infoflow::tests;

namespace {
using adapters::LlavaNext;

/// Pictures of two, three and five views, shared beginnings and none.
std::vector<laws::SweepCase<LlavaNext>> cases(const LlavaNext& model) {
  const auto picture = [](const char* name) {
    return read_image(golden_directory("llava_next") / "pictures" / name).image;
  };
  const RgbImage tall = picture("tall.png");
  const RgbImage small = picture("small.png");
  return sweep_cases(model, "user ", " :", tall, small, picture("wide.png"));
}
}  // namespace

TEST_CASE("on LLaVA-1.6 the fast sweep gives what one run per truncation gives",
          "[llava_next][sweep][law]") {
  for (const char* checkpoint : {"mistral", "hermes", "qwen"}) {
    const auto model = LlavaNext::from_directory(golden_directory("llava_next") / checkpoint,
                                                 {.dtype = "float64", .device = test_device()});
    CAPTURE(checkpoint);
    CHECK(fault_of_sweep(model, cases(model)) == "");
  }
}
