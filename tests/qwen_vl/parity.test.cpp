// SPDX-License-Identifier: MIT
// Our Qwen-VL against the published source on the golden checkpoints: short prompts, and such
// beyond once and twice the length that `chat` was trained at.
#include "../parity/parity.hpp"

#include "golden.hpp"

using namespace infoflow;
using namespace infoflow::tests;

namespace {
using adapters::QwenVl;

Goldens goldens() {
  return {.family = "Qwen-VL", .folder = qwen_vl_goldens(), .reference = "published source"};
}

/// A soft layout's weights, read off by painting one token after the other on a raster of patches.
at::Tensor soft_map(const ImageLayout& layout) {
  const PatchGrid& grid = layout.grids().front();
  std::vector<at::Tensor> rows;
  for (Index token = 0; token < layout.token_count(); ++token) {
    const HostVector one = HostVector::Unit(layout.token_count(), token);
    const PixelHeat heat = paint(layout, one, HeatKind::mass, Interpolation::nearest,
                                 static_cast<int>(grid.columns), static_cast<int>(grid.rows));
    rows.push_back(from_host(heat.values).flatten());
  }
  return at::stack(rows);
}
}  // namespace

TEST_CASE("the goldens are there, and every part has cases", "[qwen_vl][golden]") {
  CHECK(golden_cases(qwen_vl_goldens()).size() == 9);
  CHECK(golden_cases(qwen_vl_goldens(), "sites").size() == 1);
  CHECK(golden_cases(qwen_vl_goldens(), "cuts").size() == 4);
  CHECK(golden_cases(qwen_vl_goldens(), "bfloat16").size() == 2);
}

TEST_CASE("prompts lie on both sides of the trained length and of twice of it",
          "[qwen_vl][golden]") {
  std::map<std::string, Index> lengths;
  for (const GoldenCase& golden : golden_cases(qwen_vl_goldens())) {
    const PreparedCase<QwenVl> c(golden);
    lengths[golden.name()] = c.prompt.partition.prompt_length();
  }
  const Index trained = qwen_vl_model("chat").config().long_context.trained_length;
  CHECK(trained == 48);
  CHECK(lengths.at("chat") < trained);
  CHECK(lengths.at("chat_crossing") < trained);  // Its answer goes beyond.
  CHECK(lengths.at("chat_crossing") + 12 > trained);
  CHECK((trained < lengths.at("chat_long") && lengths.at("chat_long") < 2 * trained));
  CHECK(lengths.at("chat_two_images") > 2 * trained);
}

TEST_CASE("ids, roles, answer and pixels are those of the published code", "[qwen_vl][parity]") {
  check_inputs<QwenVl>(goldens());
}

TEST_CASE("image tokens, logits and attention are those of the published code",
          "[qwen_vl][parity]") {
  check_trace<QwenVl>(goldens());
}

TEST_CASE("where image tokens lie is the resampler's attention of the published code",
          "[qwen_vl][parity]") {
  for (const GoldenCase& golden : golden_cases(qwen_vl_goldens(), "cuts")) {
    CAPTURE(golden.name());
    const PreparedCase<QwenVl> c(golden);
    std::vector<at::Tensor> maps;
    for (const ImageLayout& layout : c.prompt.layouts) {
      CHECK(layout.is_soft());
      maps.push_back(soft_map(layout));
    }
    check_tensor(goldens(), "analyze", "soft map", at::cat(maps), golden.tensor("soft_map"));
  }
}

TEST_CASE("features and gradients at every site are those of the published code",
          "[qwen_vl][parity]") {
  check_gradients<QwenVl>(goldens());
}

TEST_CASE("heat at every site is that of the published code, and zero in the last layer",
          "[qwen_vl][parity]") {
  check_heat<QwenVl>(goldens());
}

TEST_CASE("greedy answers are those of the published code and end at the same stop token",
          "[qwen_vl][parity]") {
  check_answers<QwenVl>(goldens());
}

TEST_CASE("logits and answers after a cut are those of the published layers, dropped or masked",
          "[qwen_vl][parity][cuts]") {
  check_cuts<QwenVl>(goldens());
}

TEST_CASE("bfloat16 is at most twice as far from float32 as the published code's own",
          "[qwen_vl][parity][bfloat16]") {
  check_bfloat16<QwenVl>(goldens());
}

TEST_CASE("without a picture the vision sites are shown empty", "[qwen_vl][gradients]") {
  check_gradients_without_a_picture<QwenVl>(goldens());
}
