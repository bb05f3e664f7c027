// SPDX-License-Identifier: MIT
// The sweep on our LLaVA: its fast way against one run per cut, on random tiny checkpoints.
#include <catch_torch.hpp>

#include "../parity/sweep_cases.hpp"
#include "golden.hpp"

using namespace infoflow;
using namespace infoflow::tests;

namespace {
using adapters::Llava;

std::vector<laws::SweepCase<Llava>> sweeps_of(const Llava& model) {
  const auto picture = [](const char* name) {
    return read_image(golden_directory(llava_goldens) / "pictures" / name).image;
  };
  const RgbImage wide = picture("wide.png");
  const RgbImage tall = picture("tall.png");
  return sweep_cases(model, "USER: ", " ASSISTANT:", wide, tall, tall);
}
}  // namespace

TEST_CASE("on LLaVA the fast sweep gives what one run per truncation gives",
          "[llava][sweep][law]") {
  for (const char* checkpoint : {"plain", "grouped", "tied"}) {
    const auto model = Llava::from_directory(golden_directory(llava_goldens) / checkpoint,
                                             {.dtype = "float64", .device = test_device()});
    CAPTURE(checkpoint);
    CHECK(fault_of_sweep(model, sweeps_of(model)) == "");
  }
}

TEST_CASE("in float32 the fast sweep's divergences are those of single runs to 1e-4",
          "[llava][sweep]") {
  const auto model = Llava::from_directory(golden_directory(llava_goldens) / "plain",
                                           {.dtype = "float32", .device = test_device()});
  const auto items = sweeps_of(model);
  const auto how = sweep_truncations(model.layer_count(), PositionRule::keep, ScoreSource::before);
  CHECK(laws::check_fast_is_plain(model, model, std::span(items), std::span(how), 1e-4) == "");
}
