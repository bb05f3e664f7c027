// SPDX-License-Identifier: MIT
// The sweep on our InternVL-Chat-1.0: its fast way against one run per cut, on both golden checkpoints.
#include <catch_torch.hpp>

#include <adapters/internvl_chat_v1.hpp>
#include <infoflow/truncation/policies.hpp>

#include "../laws/sweep.laws.hpp"
#include "../parity/golden.hpp"

using namespace infoflow;
using namespace infoflow::tests;
using adapters::InternvlChatV1;

namespace {

laws::SweepCase<InternvlChatV1> sweep_case(const InternvlChatV1& model, const std::string& text,
                                           const std::vector<RgbImage>& images) {
  Prompt prompt = model.prepare(images, text);
  auto tokens = model.encode(prompt.pixels);
  return {text, std::move(prompt), std::move(tokens), model.encode_answer("a b")};
}

/// Prompts that share a beginning with the one before: text alone, text and picture, or nothing.
std::vector<laws::SweepCase<InternvlChatV1>> cases(const InternvlChatV1& model) {
  const auto picture = [](const char* name) {
    return read_image(golden_directory("internvl_chat_v1") / "pictures" / name).image;
  };
  const RgbImage wide = picture("wide.png");
  const RgbImage tall = picture("tall.png");
  return {sweep_case(model, "USER: <image>\nWhat is it? ASSISTANT:", {wide}),
          sweep_case(model, "USER: <image>\nWhat else? ASSISTANT:", {wide}),
          sweep_case(model, "USER: <image>\nWhat else? ASSISTANT:", {tall}),
          sweep_case(model, "<image>\nfirst ASSISTANT:", {tall}),
          sweep_case(model, "a <image> b <image> c:", {wide, tall}),
          sweep_case(model, "a <image> b <image> d:", {wide, wide})};
}

std::vector<Truncation> truncations(int layers, PositionRule rule, ScoreSource source) {
  std::vector<Truncation> all;
  for (int layer = 0; layer <= layers; ++layer) {
    for (const AnyPolicy& policy : {AnyPolicy(DropAll{}), AnyPolicy(TopK{3})}) {
      all.push_back({.schedule = {{{layer, policy}}}, .positions = rule, .scores = source});
    }
  }
  all.push_back({.schedule = {{{0, TopK{5}}, {1, TopK{2}}}}, .positions = rule, .scores = source});
  return all;
}

InternvlChatV1 model_in(const char* checkpoint, const char* dtype) {
  return InternvlChatV1::from_directory(golden_directory("internvl_chat_v1") / checkpoint,
                                        {.dtype = dtype});
}

}  // namespace

TEST_CASE("on InternVL-Chat-1.0 the fast sweep gives what one run per truncation gives",
          "[internvl_chat_v1][sweep][law]") {
  for (const char* checkpoint : {"stretched", "fitting"}) {
    // float64, so that no choice hangs on rounding; float32 is held to transformers by the parity.
    const InternvlChatV1 model = model_in(checkpoint, "float64");
    const auto items = cases(model);
    for (const auto rule : {PositionRule::keep, PositionRule::renumber}) {
      for (const auto source : {ScoreSource::before, ScoreSource::at, ScoreSource::user_mean}) {
        const auto how = truncations(model.layer_count(), rule, source);
        CAPTURE(checkpoint);
        CHECK(laws::check_fast_is_plain(model, model, std::span(items), std::span(how), 1e-5) ==
              "");
      }
    }
  }
}

TEST_CASE("in float32 the fast sweep's divergences are those of single runs to 1e-4",
          "[internvl_chat_v1][sweep]") {
  const InternvlChatV1 model = model_in("stretched", "float32");
  const auto items = cases(model);
  const auto how = truncations(model.layer_count(), PositionRule::keep, ScoreSource::before);
  CHECK(laws::check_fast_is_plain(model, model, std::span(items), std::span(how), 1e-4) == "");
}
