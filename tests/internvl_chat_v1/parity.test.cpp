// SPDX-License-Identifier: MIT
// Our InternVL-Chat-1.0 against eager transformers on two golden checkpoints: one whose pictures are
// larger than its table of positions, one whose pictures fit it and are cut instead of padded.
#include "../parity/parity.hpp"

#include <catch_torch.hpp>

#include <adapters/internvl_chat_v1.hpp>

#include "../adapters/adapter_support.hpp"

using namespace infoflow;
using namespace infoflow::tests;
using adapters::InternvlChatV1;
namespace fs = std::filesystem;

namespace {

const Goldens goldens{"InternVL-Chat-1.0", "internvl_chat_v1"};

/// A golden checkpoint whose config.json was changed.
template <class Change>
InternvlChatV1 changed(const std::string& checkpoint, const adapter_tests::TemporaryFolder& folder,
                       Change change) {
  fs::copy(golden_directory(goldens.folder) / checkpoint, folder.path(),
           fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  adapters::Json config = adapters::read_json(folder.path() / "config.json");
  change(config);
  folder.write("config.json", config);
  return InternvlChatV1::from_directory(folder.path());
}

}  // namespace

TEST_CASE("the goldens are there, and every part has cases", "[internvl_chat_v1][golden]") {
  CHECK(golden_cases(goldens.folder).size() == 5);
  for (const char* part : {"sites", "cuts", "bfloat16"}) {
    CHECK(golden_cases(goldens.folder, part).size() == 2);
  }
}

TEST_CASE("ids, roles, answer and pixels are those of transformers", "[internvl_chat_v1][parity]") {
  check_inputs<InternvlChatV1>(goldens);
}

TEST_CASE("image tokens, logits and attention are those of transformers",
          "[internvl_chat_v1][parity]") {
  check_trace<InternvlChatV1>(goldens);
}

TEST_CASE("features and gradients at every site are those of transformers",
          "[internvl_chat_v1][parity]") {
  check_gradients<InternvlChatV1>(goldens);
}

TEST_CASE("heat at every site is that of transformers, and zero in the last layer",
          "[internvl_chat_v1][parity]") {
  check_heat<InternvlChatV1>(goldens);
}

TEST_CASE("without a picture the vision sites are shown empty", "[internvl_chat_v1][gradients]") {
  check_gradients_without_a_picture<InternvlChatV1>(goldens);
}

TEST_CASE("greedy answers are those of transformers and end at the same stop token",
          "[internvl_chat_v1][parity]") {
  check_answers<InternvlChatV1>(goldens);
}

TEST_CASE("logits and answers after a cut are those of transformers' layers",
          "[internvl_chat_v1][parity][cuts]") {
  check_cuts<InternvlChatV1>(goldens);
}

TEST_CASE("bfloat16 is at most twice as far from float32 as transformers' own",
          "[internvl_chat_v1][parity][bfloat16]") {
  check_bfloat16<InternvlChatV1>(goldens);
}

TEST_CASE("the goldens reject a tower that stops a block later, and pictures that are cut",
          "[internvl_chat_v1][golden]") {
  const GoldenCase golden = golden_cases(goldens.folder).front();
  const auto error_with = [&](auto change) {
    const adapter_tests::TemporaryFolder folder;
    const InternvlChatV1 model = changed("stretched", folder, change);
    const Prompt prompt = model.prepare(golden.images(), golden.text(model));
    return relative_error(model.encode(prompt.pixels).tokens, golden.tensor("image_features"));
  };
  CHECK(error_with([](auto&) {}) < parity_tolerance);  // The way of changing it is right.
  CHECK(error_with([](auto& config) { config["mm_vision_select_layer"] = -3; }) > 0.01);
  CHECK(error_with([](auto& config) { config["image_aspect_ratio"] = "square"; }) > 0.01);
  CHECK(error_with([](auto& config) { config["vision_config"]["num_attention_heads"] = 2; }) >
        0.01);
}
