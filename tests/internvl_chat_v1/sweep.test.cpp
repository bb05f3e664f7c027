// SPDX-License-Identifier: MIT
// The sweep on our InternVL-Chat-1.0: its fast way against one run per cut, on both golden checkpoints.
#include <catch_torch.hpp>

#include <adapters/internvl_chat_v1.hpp>

#include "../parity/golden.hpp"
#include "../parity/sweep_cases.hpp"

using namespace infoflow;
using namespace infoflow::tests;
using adapters::InternvlChatV1;

namespace {

/// Prompts that share a beginning with the one before: text alone, text and picture, or nothing.
std::vector<laws::SweepCase<InternvlChatV1>> cases(const InternvlChatV1& model) {
  const auto picture = [](const char* name) {
    return read_image(golden_directory("internvl_chat_v1") / "pictures" / name).image;
  };
  const RgbImage wide = picture("wide.png");
  const RgbImage tall = picture("tall.png");
  return sweep_cases(model, "USER: ", " ASSISTANT:", wide, tall, tall);
}

InternvlChatV1 model_in(const char* checkpoint, const char* dtype) {
  return InternvlChatV1::from_directory(golden_directory("internvl_chat_v1") / checkpoint,
                                        {.dtype = dtype, .device = test_device()});
}
}  // namespace

TEST_CASE("on InternVL-Chat-1.0 the fast sweep gives what one run per truncation gives",
          "[internvl_chat_v1][sweep][law]") {
  for (const char* checkpoint : {"stretched", "fitting"}) {
    const InternvlChatV1 model = model_in(checkpoint, "float64");
    CAPTURE(checkpoint);
    CHECK(fault_of_sweep(model, cases(model)) == "");
  }
}

TEST_CASE("in float32 the fast sweep's divergences are those of single runs to 1e-4",
          "[internvl_chat_v1][sweep]") {
  const InternvlChatV1 model = model_in("stretched", "float32");
  const auto items = cases(model);
  const auto how = sweep_truncations(model.layer_count(), PositionRule::keep, ScoreSource::before);
  CHECK(laws::check_fast_is_plain(model, model, std::span(items), std::span(how), 1e-4) == "");
}
