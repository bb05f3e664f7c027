// SPDX-License-Identifier: MIT
// Our Shikra against the parts of eager transformers on two golden checkpoints.
#include "../parity/parity.hpp"

#include <catch_torch.hpp>

#include <adapters/shikra.hpp>

#include "../adapters/adapter_support.hpp"

using namespace infoflow;
using namespace infoflow::tests;
using adapters::Shikra;

namespace {

const Goldens goldens{"Shikra", "shikra"};

}  // namespace

TEST_CASE("the goldens are there, and every part has cases", "[shikra][golden]") {
  CHECK(golden_cases(goldens.folder).size() == 6);
  for (const char* part : {"sites", "cuts", "bfloat16"}) {
    CHECK(golden_cases(goldens.folder, part).size() == 2);
  }
}

TEST_CASE("ids, roles, answer and pixels are those of sentencepiece and transformers",
          "[shikra][parity]") {
  check_inputs<Shikra>(goldens);
}

TEST_CASE("image tokens, logits and attention are those of transformers", "[shikra][parity]") {
  check_trace<Shikra>(goldens);
}

TEST_CASE("features and gradients at every site are those of transformers", "[shikra][parity]") {
  check_gradients<Shikra>(goldens);
}

TEST_CASE("heat at every site is that of transformers, and zero in the last layer",
          "[shikra][parity]") {
  check_heat<Shikra>(goldens);
}

TEST_CASE("without a picture the vision sites are shown empty", "[shikra][gradients]") {
  check_gradients_without_a_picture<Shikra>(goldens);
}

TEST_CASE("greedy answers are those of transformers and end at </s>, whatever config.json says",
          "[shikra][parity]") {
  check_answers<Shikra>(goldens);
}

TEST_CASE("logits and answers after a cut are those of transformers' layers",
          "[shikra][parity][cuts]") {
  check_cuts<Shikra>(goldens);
}

TEST_CASE("bfloat16 is at most twice as far from float32 as transformers' own",
          "[shikra][parity][bfloat16]") {
  check_bfloat16<Shikra>(goldens);
}

TEST_CASE("the goldens reject a tower that stops a block later, and one with other heads",
          "[shikra][golden]") {
  const GoldenCase golden = golden_cases(goldens.folder).front();
  const auto error_with = [&](auto change) {
    const adapter_tests::TemporaryFolder folder;
    std::filesystem::copy(golden_directory(goldens.folder) / "seven", folder.path());
    adapters::Json config = adapters::read_json(folder.path() / "config.json");
    change(config);
    folder.write("config.json", config);
    const Shikra model = Shikra::from_directory(folder.path());
    const Prompt prompt = model.prepare(golden.images(), golden.text(model));
    return relative_error(model.encode(prompt.pixels).tokens, golden.tensor("image_features"));
  };
  CHECK(error_with([](auto&) {}) < parity_tolerance);  // The way of changing it is right.
  CHECK(error_with([](auto& config) { config["mm_vision_select_layer"] = -1; }) > 0.01);
  CHECK(error_with([](auto& config) { config["vision_config"]["num_attention_heads"] = 2; }) >
        0.01);
}
