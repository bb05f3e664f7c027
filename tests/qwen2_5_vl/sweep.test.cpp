// SPDX-License-Identifier: MIT
// The sweep on our Qwen2.5-VL, whose position ids are no line: its fast way against one run per cut.
#include <catch_torch.hpp>

#include <adapters/qwen2_5_vl.hpp>

#include "../laws/forward.laws.hpp"
#include "../parity/golden.hpp"
#include "../parity/sweep_cases.hpp"

using namespace infoflow;
using namespace infoflow::tests;

namespace {
using adapters::Qwen2_5Vl;

/// Pictures of three grids, shared beginnings and none. The last two prompts begin with pictures of one
/// colour and other sides: equal rows with other ids.
std::vector<laws::SweepCase<Qwen2_5Vl>> sweeps_of(const Qwen2_5Vl& model) {
  const auto picture = [](const char* name) {
    return read_image(golden_directory("qwen2_5_vl") / "pictures" / name).image;
  };
  auto cases = sweep_cases(model, "user ", " :", picture("wide.png"), picture("tall.png"),
                           picture("small.png"));
  for (const auto& [width, height] : {std::pair(48, 32), std::pair(32, 48)}) {
    cases.push_back(sweep_case(model, "<image> what? :", {RgbImage(width, height, 99)}));
  }
  return cases;
}
}  // namespace

TEST_CASE("on Qwen2.5-VL the fast sweep gives what one run per truncation gives",
          "[qwen2_5_vl][sweep][law]") {
  for (const char* checkpoint : {"qwen2_5", "qwen2"}) {
    const auto model = Qwen2_5Vl::from_directory(golden_directory("qwen2_5_vl") / checkpoint,
                                                 {.dtype = "float64", .device = test_device()});
    CAPTURE(checkpoint);
    CHECK(fault_of_sweep(model, sweeps_of(model)) == "");
  }
}

TEST_CASE("a cut that drops nothing changes no bit of a model with M-RoPE, in any precision",
          "[qwen2_5_vl][law][cuts]") {
  struct LawCase {
    Prompt prompt;
    Qwen2_5Vl::ImageTokens tokens;
    std::vector<TokenId> answer;
  };
  for (const char* dtype : {"float64", "float32", "bfloat16", "float16"}) {
    const auto& model = model_of<Qwen2_5Vl>(golden_directory("qwen2_5_vl") / "qwen2_5", dtype);
    for (const auto& item : sweeps_of(model)) {
      CAPTURE(dtype, item.name);
      const LawCase c{item.prompt, item.tokens, item.reference};
      const Truncation idle{.schedule = {{{1, TopK{1000}}}}, .positions = PositionRule::renumber};
      CHECK(laws::check_idle_cut(model, c, idle) == "");
      CHECK(laws::check_idle_cut(model, c, {.schedule = {{{1, TopK{3}}}}}) != "");
    }
  }
}

TEST_CASE("without any image token, ids closed up, a model answers as to the text alone",
          "[qwen2_5_vl][law][cuts]") {
  const auto& model = model_of<Qwen2_5Vl>(golden_directory("qwen2_5_vl") / "qwen2_5", "float64");
  const std::vector<RgbImage> pictures{RgbImage(48, 24, 9), RgbImage(24, 40, 90)};
  const Prompt prompt = model.prepare(pictures, "a <image> b <image> c:");
  const Prompt alone =
      model.prepare({}, "a <|vision_start|><|vision_end|> b <|vision_start|><|vision_end|> c:");
  const auto answer = model.encode_answer("Yes");
  const auto logits = [&](const Prompt& p, const Truncation& truncation) {
    const auto rows = p.partition.with_answer(static_cast<Index>(answer.size())).predicting_rows();
    return forward(model, p, model.encode(p.pixels), answer, rows, observe(), truncation);
  };
  const at::Tensor without = logits(alone, {});
  const auto dropped = [&](PositionRule rule) {
    return logits(prompt, {.schedule = {{{0, DropAll{}}}}, .positions = rule});
  };
  CHECK(relative_error(dropped(PositionRule::renumber), without) < 1e-12);
  CHECK(relative_error(dropped(PositionRule::keep), without) > 1e-3);
}
