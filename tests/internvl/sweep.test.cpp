// SPDX-License-Identifier: MIT
// The sweep on our InternVL: its fast way against one run per cut, on random tiny checkpoints.
#include <catch_torch.hpp>

#include <adapters/internvl.hpp>

#include "../laws/forward.laws.hpp"
#include "../parity/golden.hpp"
#include "../parity/sweep_cases.hpp"

using namespace infoflow;
using namespace infoflow::tests;

namespace {
using adapters::Internvl;

/// Pictures of one, two and more tiles, shared beginnings and none.
std::vector<laws::SweepCase<Internvl>> cases(const Internvl& model) {
  const auto picture = [](const char* name) {
    return read_image(golden_directory("internvl") / "pictures" / name).image;
  };
  const RgbImage wide = picture("wide.png");
  const RgbImage small = picture("small.png");
  return sweep_cases(model, "user ", " :", wide, small, picture("large.png"));
}
}  // namespace

TEST_CASE("on InternVL the fast sweep gives what one run per truncation gives",
          "[internvl][sweep][law]") {
  for (const char* checkpoint : {"hf", "internlm2", "qwen2", "hf_qwen3"}) {
    const auto model = Internvl::from_directory(golden_directory("internvl") / checkpoint,
                                                {.dtype = "float64", .device = test_device()});
    CAPTURE(checkpoint);
    CHECK(fault_of_sweep(model, cases(model)) == "");
  }
}

TEST_CASE("a cut that drops nothing changes no bit, in any precision", "[internvl][law][cuts]") {
  struct LawCase {
    Prompt prompt;
    Internvl::ImageTokens tokens;
    std::vector<TokenId> answer;
  };
  for (const char* dtype : {"float64", "float32", "bfloat16", "float16"}) {
    const auto& model = model_of<Internvl>(golden_directory("internvl") / "hf_rms", dtype);
    for (const auto& item : cases(model)) {
      CAPTURE(dtype, item.name);
      const LawCase c{item.prompt, item.tokens, item.reference};
      const Truncation idle{.schedule = {{{1, TopK{1000}}}}, .positions = PositionRule::renumber};
      CHECK(laws::check_idle_cut(model, c, idle) == "");
      CHECK(laws::check_idle_cut(model, c, {.schedule = {{{1, TopK{3}}}}}) != "");
    }
  }
}
