// SPDX-License-Identifier: MIT
// Our InstructBLIP against eager transformers on two golden checkpoints.
#include "../parity/parity.hpp"

#include <catch_torch.hpp>

#include <adapters/instructblip.hpp>

#include "../adapters/adapter_support.hpp"

using namespace infoflow;
using namespace infoflow::tests;
using adapters::InstructBlip;

namespace {

const Goldens goldens{"InstructBLIP", "instructblip"};

}  // namespace

TEST_CASE("the goldens are there, and every part has cases", "[instructblip][golden]") {
  CHECK(golden_cases(goldens.folder).size() == 5);
  for (const char* part : {"sites", "cuts", "bfloat16"}) {
    CHECK(golden_cases(goldens.folder, part).size() == 2);
  }
}

TEST_CASE("ids, roles, answer and pixels are those of transformers", "[instructblip][parity]") {
  check_inputs<InstructBlip>(goldens);
}

TEST_CASE("image tokens, logits and attention are those of transformers",
          "[instructblip][parity]") {
  check_trace<InstructBlip>(goldens);
}

TEST_CASE("features and gradients at every site are those of transformers",
          "[instructblip][parity]") {
  check_gradients<InstructBlip>(goldens);
}

TEST_CASE("heat at every site is that of transformers, and zero in the last layer",
          "[instructblip][parity]") {
  check_heat<InstructBlip>(goldens);
}

TEST_CASE("without a picture the vision sites are shown empty", "[instructblip][gradients]") {
  check_gradients_without_a_picture<InstructBlip>(goldens);
}

TEST_CASE("greedy answers are those of transformers and end at </s>, whatever config.json says",
          "[instructblip][parity]") {
  check_answers<InstructBlip>(goldens);
}

TEST_CASE("logits and answers after a cut are those of transformers' layers",
          "[instructblip][parity][cuts]") {
  check_cuts<InstructBlip>(goldens);
}

TEST_CASE("bfloat16 is at most twice as far from float32 as transformers' own",
          "[instructblip][parity][bfloat16]") {
  check_bfloat16<InstructBlip>(goldens);
}

TEST_CASE(
    "the goldens reject another question for the Q-Former, and heads that are split in another way",
    "[instructblip][golden]") {
  const GoldenCase golden = golden_cases(goldens.folder).front();
  const auto tokens_of = [&](const InstructBlip& model, const std::string& question) {
    Prompt prompt = model.prepare(golden.images(), golden.text(model));
    if (!question.empty()) {
      prompt.instruction = model.prepare(golden.images(), "<image>" + question).instruction;
    }
    return model.image_rows(prompt, model.encode(prompt.pixels));
  };
  const auto directory = golden_directory(goldens.folder) / "current";
  const auto right = InstructBlip::from_directory(directory);
  const auto& reference = golden.tensor("image_features");
  CHECK(relative_error(tokens_of(right, ""), reference) < parity_tolerance);
  CHECK(relative_error(tokens_of(right, "Is it red?"), reference) > 0.01);

  const adapter_tests::TemporaryFolder folder;
  std::filesystem::copy(directory, folder.path(), std::filesystem::copy_options::recursive);
  adapters::Json config = adapters::read_json(directory / "config.json");
  config["qformer_config"]["num_attention_heads"] = 4;
  folder.write("config.json", config);
  const auto other = InstructBlip::from_directory(folder.path());
  CHECK(relative_error(tokens_of(other, ""), reference) > 0.01);
}
