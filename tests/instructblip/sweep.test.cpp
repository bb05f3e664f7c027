// SPDX-License-Identifier: MIT
// The sweep on our InstructBLIP, whose image rows stand first: its fast way against one run per cut, and
// what it may share between questions.
#include <catch_torch.hpp>

#include <adapters/instructblip.hpp>

#include "../parity/golden.hpp"
#include "../parity/sweep_cases.hpp"

using namespace infoflow;
using namespace infoflow::tests;
using adapters::InstructBlip;

namespace {

RgbImage golden_picture(const char* name) {
  return read_image(golden_directory("instructblip") / "pictures" / name).image;
}

}  // namespace

TEST_CASE("on InstructBLIP the fast sweep gives what one run per truncation gives",
          "[instructblip][sweep][law]") {
  const RgbImage wide = golden_picture("wide.png");
  const RgbImage tall = golden_picture("tall.png");
  for (const char* checkpoint : {"current", "hub"}) {
    CAPTURE(checkpoint);
    const auto model = InstructBlip::from_directory(golden_directory("instructblip") / checkpoint,
                                                    {.dtype = "float64", .device = test_device()});
    // Two questions about one picture, one of them twice, another picture, and none.
    std::vector<laws::SweepCase<InstructBlip>> items;
    for (const auto& [text, picture] : {std::pair{"<image>What is it?", &wide},
                                        {"<image>What else?", &wide},
                                        {"<image>What else?", &wide},
                                        {"<image>What else?", &tall}}) {
      items.push_back(sweep_case(model, text, {*picture}));
    }
    items.push_back(sweep_case(model, "What else?", {}));
    CHECK(fault_of_sweep(model, items) == "");
  }
}

TEST_CASE("what is encoded of a picture serves every question, its image tokens only their own",
          "[instructblip][sweep]") {
  const auto& model = model_of<InstructBlip>(golden_directory("instructblip") / "current");
  const std::vector<RgbImage> one{golden_picture("wide.png")};
  const Prompt first = model.prepare(one, "<image>What is it?");
  const Prompt again = model.prepare(one, "<image>What is it?");
  const Prompt other = model.prepare(one, "<image>Is it red?");
  CHECK((first.pixels == other.pixels));
  const auto encoded = model.encode(first.pixels);
  CHECK(at::equal(encoded.features, model.encode(other.pixels).features));
  const auto rows = [&](const Prompt& prompt) { return model.image_rows(prompt, encoded); };
  CHECK(at::equal(rows(first), rows(again)));
  CHECK_FALSE(at::allclose(rows(first), rows(other)));
  // Of two prompts with equal ids up to there, an image token may still be another: layouts are, too.
  CHECK(first.ids[0] == other.ids[0]);
  const auto places = [](const Prompt& prompt) {
    const auto weights = prompt.layouts.front().soft_weights(0);
    return std::vector<float>(weights.begin(), weights.end());
  };
  CHECK(places(first) == places(again));
  CHECK(places(first) != places(other));
}
