// SPDX-License-Identifier: MIT
// Our Qwen2-VL and Qwen2.5-VL against eager transformers on the golden checkpoints: the second
// generation with transformers' names and as on the hub, the first as on the hub.
#include "../parity/parity.hpp"

#include <adapters/qwen2_5_vl.hpp>

#include "../parity/changed_checkpoint.hpp"

using namespace infoflow;
using namespace infoflow::tests;
using adapters::Qwen2_5Vl;

namespace {
const Goldens goldens{"Qwen2-VL, Qwen2.5-VL", "qwen2_5_vl"};
}

TEST_CASE("the goldens are there, and every part has cases", "[qwen2_5_vl][golden]") {
  CHECK(golden_cases("qwen2_5_vl").size() == 7);
  CHECK(golden_cases("qwen2_5_vl", "sites").size() == 2);
  CHECK(golden_cases("qwen2_5_vl", "cuts").size() == 4);
  CHECK(golden_cases("qwen2_5_vl", "bfloat16").size() == 3);
}

TEST_CASE("ids, roles, answer and patches are those of transformers", "[qwen2_5_vl][parity]") {
  check_inputs<Qwen2_5Vl>(goldens);
}

TEST_CASE("image tokens, logits and attention are those of transformers", "[qwen2_5_vl][parity]") {
  check_trace<Qwen2_5Vl>(goldens);
}

TEST_CASE("features and gradients at every site are those of transformers",
          "[qwen2_5_vl][parity]") {
  check_gradients<Qwen2_5Vl>(goldens);
}

TEST_CASE("heat at every site is that of transformers, and zero in the last layer",
          "[qwen2_5_vl][parity]") {
  check_heat<Qwen2_5Vl>(goldens);
}

TEST_CASE("without a picture the vision sites are shown empty", "[qwen2_5_vl][gradients]") {
  check_gradients_without_a_picture<Qwen2_5Vl>(goldens);
}

TEST_CASE("greedy answers are those of transformers and end at the same stop token",
          "[qwen2_5_vl][parity]") {
  check_answers<Qwen2_5Vl>(goldens);
}

TEST_CASE("logits and answers after a cut are those of transformers' layers",
          "[qwen2_5_vl][parity][cuts]") {
  check_cuts<Qwen2_5Vl>(goldens);
}

TEST_CASE("bfloat16 is at most twice as far from float32 as transformers' own",
          "[qwen2_5_vl][bfloat16]") {
  check_bfloat16<Qwen2_5Vl>(goldens);
}

TEST_CASE("the goldens reject other windows, fewer whole blocks, and ids on a line",
          "[qwen2_5_vl][golden][broken]") {
  const GoldenCase golden = golden_cases("qwen2_5_vl").front();
  const auto errors_with = [&](auto change) {
    CheckpointContent content = checkpoint_content(golden.checkpoint());
    change(content.files.at("config.json"));
    const adapter_tests::TemporaryFolder folder;
    write_checkpoint(content, folder.path());
    const auto model = Qwen2_5Vl::from_directory(folder.path());
    const Prompt prompt = model.prepare(golden.images(), golden.text(model));
    const auto images = model.encode(prompt.pixels);
    const auto answer = golden.ids("answer_ids");
    const auto rows =
        prompt.partition.with_answer(static_cast<Index>(answer.size())).predicting_rows();
    return std::pair(relative_error(images.tokens, golden.tensor("image_features")),
                     relative_error(forward(model, prompt, images, answer, rows, observe()),
                                    golden.tensor("logits")));
  };
  const auto right = errors_with([](auto&) {});  // The way of changing it is right.
  CHECK(right.first < parity_tolerance);
  CHECK(right.second < parity_tolerance);
  const auto tower = [&](const char* key, const adapters::Json& value) {
    return errors_with([&](auto& config) { config["vision_config"][key] = value; }).first;
  };
  CHECK(tower("window_size", 24) > 0.01);
  CHECK(tower("fullatt_block_indexes", {1}) > 0.01);
  CHECK(tower("fullatt_block_indexes", {0, 3}) > 0.01);
  CHECK(tower("fullatt_block_indexes", {0, 1, 2, 3}) > 0.01);
  const auto sections = [&](const adapters::Json& value) {
    return errors_with([&](auto& config) {
             config["text_config"]["rope_parameters"]["mrope_section"] = value;
           })
        .second;
  };
  CHECK(sections({6, 0, 0}) > 0.01);  // All are turned by the time.
  CHECK(sections({1, 3, 2}) > 0.01);
}
