// SPDX-License-Identifier: MIT
// The sweep on our Qwen-VL: its fast way against one run per cut, on prompts before and beyond the
// trained length that begin alike.
#include <catch_torch.hpp>

#include <infoflow/cut/policies.hpp>

#include "../parity/sweep_cases.hpp"
#include "golden.hpp"

using namespace infoflow;
using namespace infoflow::tests;

namespace {
using adapters::QwenVl;

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
    const QwenVl& model = qwen_vl_model(checkpoint, "float64");
    CAPTURE(checkpoint);
    CHECK(fault_of_sweep(model, cases(model)) == "");
  }
}

TEST_CASE("the law of the sweep rejects lanes that forget the rotary base",
          "[qwen_vl][sweep][law][broken]") {
  const QwenVl& model = qwen_vl_model("chat", "float64");
  const auto items = cases(model);
  const auto how = sweep_truncations(model.layer_count(), PositionRule::keep, ScoreSource::before);
  const ForgetsTheScale broken(model);
  CHECK(laws::check_fast_is_plain(broken, model, std::span(items), std::span(how), 1e-5) != "");
}
