// SPDX-License-Identifier: MIT
// The sweep on our Qwen-VL: its fast way against one run per cut, on prompts before and beyond the
// trained length that begin alike.
#include <catch_torch.hpp>

#include <infoflow/truncation/policies.hpp>

#include "../laws/sweep.laws.hpp"
#include "golden.hpp"

using namespace infoflow;
using namespace infoflow::tests;

namespace {
using adapters::QwenVl;

laws::SweepCase<QwenVl> sweep_case(const QwenVl& model, const std::string& text,
                                   const std::vector<RgbImage>& images) {
  Prompt prompt = model.prepare(images, text);
  auto tokens = model.encode(prompt.pixels);
  return {text, std::move(prompt), std::move(tokens), model.encode_answer("a b")};
}

/// Of about 30, 60, 40, 110, 60 and 110 tokens, where `chat` was trained at 48.
std::vector<laws::SweepCase<QwenVl>> cases(const QwenVl& model) {
  const RgbImage wide = golden_picture("wide.png");
  const RgbImage tall = golden_picture("tall.png");
  const std::string begin = "see <image> ok: ";
  return {sweep_case(model, begin + "Is it?", {wide}),
          sweep_case(model, begin + std::string(36, 'x'), {wide}),
          sweep_case(model, begin + std::string(16, 'x'), {wide}),
          sweep_case(model, begin + std::string(86, 'x'), {wide}),
          sweep_case(model, begin + "or <image> :", {wide, tall}),
          sweep_case(model, model.question_prompt("Is it?", 2), {tall, wide})};
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

/// A Qwen-VL whose lanes forget what the prompt's length makes of the rotary base.
struct ForgetsTheScale : QwenVl {
  explicit ForgetsTheScale(const QwenVl& model) : QwenVl(model) {}
  [[nodiscard]] Lane<at::Tensor> begin(const Prompt& prompt, const ImageTokens& images,
                                       std::span<const TokenId> answer) const {
    Lane<at::Tensor> lane = QwenVl::begin(prompt, images, answer);
    lane.position_scale = 1;
    return lane;
  }
};
}  // namespace

TEST_CASE("on Qwen-VL the fast sweep gives what one run per truncation gives",
          "[qwen_vl][sweep][law]") {
  for (const char* checkpoint : {"chat", "raw"}) {
    // float64, so that no choice hangs on rounding; float32 is held to the goldens by the parity.
    const QwenVl& model = qwen_vl_model(checkpoint, "float64");
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

TEST_CASE("the law of the sweep rejects lanes that forget the rotary base",
          "[qwen_vl][sweep][law][broken]") {
  const QwenVl& model = qwen_vl_model("chat", "float64");
  const auto items = cases(model);
  const auto how = truncations(model.layer_count(), PositionRule::keep, ScoreSource::before);
  const ForgetsTheScale broken(model);
  CHECK(laws::check_fast_is_plain(broken, model, std::span(items), std::span(how), 1e-5) != "");
}
