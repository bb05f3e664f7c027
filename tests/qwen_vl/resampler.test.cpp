// SPDX-License-Identifier: MIT
// Where heat on Qwen-VL's image tokens lands: planted queries, conserved mass, and wrong readings
// of the weights, which the goldens reject.
#include <catch_torch.hpp>

#include <infoflow/cam/pointing_game.hpp>

#include "../laws/layout.laws.hpp"
#include "golden.hpp"

using namespace infoflow;
using namespace infoflow::adapters;
using namespace infoflow::tests;

namespace {

/// A picture of 24 pixels in patches of 6: as many patches as queries, so no table is stretched.
constexpr Index side = 4;
constexpr Index queries = side * side;

/// Query q looks at patch 7 q + 3, and nowhere else.
Index planted_patch(Index query) {
  return (7 * query + 3) % queries;
}

/// Queries and keys are their places alone, one channel each; W_q turns q's into its patch's.
void plant(TensorMap& tensors) {
  const std::string pool = "transformer.visual.attn_pool.";
  for (const char* norm : {"ln_q", "ln_kv"}) {
    tensors[pool + norm + ".weight"].zero_();
    tensors[pool + norm + ".bias"].zero_();
  }
  at::Tensor& places = tensors[pool + "pos_embed"];
  const Index channels = places.size(1);
  places = 20 * at::eye(queries, channels);
  at::Tensor& in_proj = tensors[pool + "attn.in_proj_weight"];
  in_proj.narrow(0, 0, channels).zero_();
  for (Index q = 0; q < queries; ++q) in_proj[planted_patch(q)][q] = 1;
  in_proj.narrow(0, channels, channels).copy_(at::eye(channels));
  tensors[pool + "attn.in_proj_bias"].zero_();
}

Prompt planted_prompt(const RgbImage& picture) {
  const TemporaryFolder folder("planted");
  write_changed(folder.path(), plant, {{"visual", {{"image_size", 24}}}});
  const std::vector<RgbImage> pictures{picture};
  return QwenVl::from_directory(folder.path()).prepare(pictures, "<image>Is it? Answer:");
}

QwenVlWeights golden_weights(const fs::path& directory) {
  const QwenVlConfig config = QwenVlConfig::from_directory(directory);
  CheckpointTensors tensors(CheckpointFiles::from_directory(directory), qwen_vl_tensors(config),
                            qwen_vl_tensor_name, at::kCPU);
  return read_qwen_vl_weights(config, tensors, at::kFloat);
}

/// Errors of image tokens and logits against a golden when the weights are read otherwise.
struct ReadingErrors {
  double image_tokens;
  double logits;
};

template <class Change>
ReadingErrors errors_after(const std::string& checkpoint, Change change) {
  const fs::path directory = fs::path(qwen_vl_goldens()) / checkpoint;
  QwenVlWeights weights = golden_weights(directory);
  change(weights);
  const QwenVl model(QwenVlConfig::from_directory(directory), Tokenizer::from_directory(directory),
                     std::move(weights));
  for (const GoldenCase& golden : golden_cases(qwen_vl_goldens())) {
    if (golden.name() != checkpoint) continue;
    const Prompt prompt = model.prepare(golden.images(), golden.text(model));
    const auto images = model.encode(prompt.pixels);
    const auto answer = golden.ids("answer_ids");
    const auto rows =
        prompt.partition.with_answer(static_cast<Index>(answer.size())).predicting_rows();
    return {relative_error(images.tokens, golden.tensor("image_features")),
            relative_error(forward(model, prompt, images, answer, rows, observe()),
                           golden.tensor("logits"))};
  }
  throw std::logic_error("no golden");
}

/// Rows that belong to one head after the other, put so that a reader who expects that order finds
/// what a reader of blocks q | k | v would.
at::Tensor as_blocks(const at::Tensor& rows, Index heads) {
  const Index channels = rows.size(0) / heads / 3;
  return rows.unflatten(0, {3, heads, channels}).transpose(0, 1).flatten(0, 2).contiguous();
}

/// And the other way round.
at::Tensor as_heads(const at::Tensor& rows, Index heads) {
  const Index channels = rows.size(0) / heads / 3;
  return rows.unflatten(0, {heads, 3, channels}).transpose(0, 1).flatten(0, 2).contiguous();
}

}  // namespace

TEST_CASE("heat on a token lands on the patch that its query was planted to look at",
          "[qwen_vl][layout]") {
  for (const char* name : {"wide.png", "tall.png"}) {
    const RgbImage picture = golden_picture(name);
    const ImageLayout layout = planted_prompt(picture).layouts.front();
    REQUIRE(layout.is_soft());
    REQUIRE(layout.token_count() == queries);
    for (Index q = 0; q < queries; ++q) {
      CAPTURE(name, q);
      const HostVector one = HostVector::Unit(queries, q);
      const PixelHeat heat = paint(layout, one, HeatKind::mass, Interpolation::nearest, side, side);
      const Index patch = planted_patch(q);
      CHECK(heat.values(patch / side, patch % side) > 0.999F);
      CHECK(std::abs(heat.values.sum() - 1) < 1e-5);
      // In pixels of the picture, which is not square: column and row scale each by its own side.
      const auto point = heat_peak(layout, one, HeatKind::mass);
      REQUIRE(point);
      CHECK(static_cast<Index>(point->x * side / picture.width) == patch % side);
      CHECK(static_cast<Index>(point->y * side / picture.height) == patch / side);
      CHECK_FALSE(layout.place(q));  // A query by itself has no place.
    }
  }
}

TEST_CASE("a layout of raw queries would put the planted heat elsewhere",
          "[qwen_vl][layout][broken]") {
  const ImageLayout layout = planted_prompt(golden_picture("wide.png")).layouts.front();
  const ImageLayout raw = ImageLayout::grid(layout.preprocessing(), side, side);
  int elsewhere = 0;
  for (Index q = 0; q < queries; ++q) {
    const HostVector one = HostVector::Unit(queries, q);
    const auto painted = [&](const ImageLayout& l) {
      return paint(l, one, HeatKind::mass, Interpolation::nearest, side, side).values;
    };
    elsewhere += (painted(layout) - painted(raw)).cwiseAbs().maxCoeff() > 0.5F ? 1 : 0;
  }
  CHECK(elsewhere >= queries - 2);
}

TEST_CASE("mass and intensity on real pictures keep the laws of layouts", "[qwen_vl][law]") {
  laws::Draw draw(3);
  for (const char* checkpoint : {"chat", "raw"}) {
    for (const char* name : {"wide.png", "tall.png"}) {
      CAPTURE(checkpoint, name);
      const std::vector<RgbImage> pictures{golden_picture(name)};
      const Prompt prompt = qwen_vl_model(checkpoint).prepare(pictures, "<image>?");
      const ImageLayout& layout = prompt.layouts.front();
      const HostVector heat = draw.matrix<float>(layout.token_count(), 1).cwiseAbs();
      CHECK(laws::check_mass(laws::LibraryPaint{}, layout, heat, 19, 23) == "");
      CHECK(laws::check_intensity(laws::LibraryPaint{}, layout, heat, Interpolation::nearest, 19,
                                  23) == "");
      CHECK(laws::check_seen(laws::LibraryPaint{}, layout, 19, 23) == "");
    }
  }
}

TEST_CASE("patches lie on a grid of their own, as many as enter the resampler",
          "[qwen_vl][layout]") {
  const QwenVl& model = qwen_vl_model("chat");
  const std::vector<RgbImage> pictures{golden_picture("wide.png"), golden_picture("tall.png")};
  const Prompt prompt = model.prepare(pictures, "<image> or <image>?");
  REQUIRE(prompt.patch_layouts.size() == 2);
  Index patches = 0;
  for (const ImageLayout& layout : prompt.patch_layouts) {
    CHECK_FALSE(layout.is_soft());
    patches += layout.token_count();
  }
  const auto images = model.encode(prompt.pixels);
  CHECK(images.features.size(0) == patches);
  CHECK(images.tokens.size(0) == prompt.partition.count(Role::image));
  // Row by row over the whole picture: the last patch is the lower right corner.
  const Rect last = *prompt.patch_layouts[0].place(prompt.patch_layouts[0].token_count() - 1);
  CHECK(std::abs(last.x1 - pictures[0].width) < 1e-9);
  CHECK(std::abs(last.y1 - pictures[0].height) < 1e-9);
}

TEST_CASE("the goldens reject every other reading of the weights", "[qwen_vl][broken]") {
  const auto as_it_is = errors_after("raw", [](auto&) {});
  CHECK(as_it_is.image_tokens < 1e-4);
  CHECK(as_it_is.logits < 1e-4);
  const auto tower_by_blocks = errors_after("raw", [](QwenVlWeights& w) {
    for (QwenVlBlock& block : w.tower.blocks) {
      block.in_proj = {as_blocks(block.in_proj.weight, 4), as_blocks(block.in_proj.bias, 4)};
    }
  });
  CHECK(tower_by_blocks.image_tokens > 1e-2);
  const auto resampler_by_heads = errors_after("raw", [](QwenVlWeights& w) {
    Linear& fused = w.resampler.in_proj;
    fused = {as_heads(fused.weight, 2), as_heads(fused.bias, 2)};
  });
  CHECK(resampler_by_heads.image_tokens > 1e-2);
  const auto transposed = errors_after(
      "raw", [](QwenVlWeights& w) { w.resampler.proj = w.resampler.proj.t().contiguous(); });
  CHECK(transposed.image_tokens > 1e-2);
  const auto gate_is_w1 = errors_after("chat", [](QwenVlWeights& w) {
    for (DecoderLayer& layer : w.decoder.layers) std::swap(layer.gate_proj, layer.up_proj);
  });
  CHECK(gate_is_w1.image_tokens < 1e-4);
  CHECK(gate_is_w1.logits > 1e-2);
  const auto keys_are_values = errors_after("chat", [](QwenVlWeights& w) {
    for (DecoderLayer& layer : w.decoder.layers) std::swap(layer.k_proj, layer.v_proj);
  });
  CHECK(keys_are_values.logits > 1e-2);
}
