// SPDX-License-Identifier: MIT
/// \file The tensors of a Qwen2-VL or Qwen2.5-VL checkpoint: which there must be, what shape they have,
/// and how they become modules.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <adapters/checkpoint/checkpoint_tensors.hpp>
#include <adapters/decoder/decoder_weights.hpp>
#include <adapters/qwen2_5_vl/config.hpp>
#include <adapters/vision/qwen_vit_weights.hpp>

namespace infoflow::adapters {

/// From the patches of a cell to an image token: each is normed, then all are one row.
struct Qwen2_5VlMerger {
  TowerNorm norm;
  Linear linear_1;  ///< From all channels of a cell.
  Linear linear_2;

  /// [patches, channels], cell by cell → [cells, channels of the decoder].
  [[nodiscard]] at::Tensor operator()(const at::Tensor& patches) const {
    const at::Tensor cells = normed(norm, patches).reshape({-1, linear_1.weight.size(1)});
    return linear_2(at::gelu(linear_1(cells)));
  }
};

/// Every tensor of a checkpoint of this configuration, under its name on the hub.
[[nodiscard]] inline std::vector<ExpectedTensor> qwen2_5_vl_tensors(const Qwen2_5VlConfig& config) {
  TensorList list;
  const QwenVitConfig& vision = config.vision;
  const std::int64_t cell =
      std::int64_t{vision.spatial_merge_size} * vision.spatial_merge_size * vision.hidden_size;
  add_qwen_vit(list, vision, "visual.");
  list.add_norm("visual.merger.ln_q", vision.hidden_size, !vision.second_generation);
  list.add_linear("visual.merger.mlp.0", cell, cell, true);
  list.add_linear("visual.merger.mlp.2", vision.out_hidden_size, cell, true);
  add_decoder(list, config.text, "model.", "lm_head");
  return std::move(list.tensors);
}

/// The name on the hub of a tensor that the hub or transformers 5 named; nothing for buffers that
/// nobody reads.
[[nodiscard]] inline std::optional<std::string> qwen2_5_vl_tensor_name(const std::string& name) {
  if (is_unread_buffer(name)) return std::nullopt;
  const auto renamed = [&](std::string_view from, const char* to) -> std::optional<std::string> {
    if (!name.starts_with(from)) return std::nullopt;
    return to + name.substr(from.size());
  };
  if (const auto hub = renamed("model.visual.", "visual.")) return hub;
  if (const auto hub = renamed("model.language_model.", "model.")) return hub;
  return name;
}

/// What a Qwen2.5-VL is made of.
struct Qwen2_5VlWeights {
  QwenVitWeights tower;
  Qwen2_5VlMerger merger;
  DecoderWeights decoder;
};

/// Reads the modules of this configuration: the decoder in `dtype`, tower and merger in
/// vision_dtype(dtype).
/// \throws Error as CheckpointTensors does
[[nodiscard]] inline Qwen2_5VlWeights read_qwen2_5_vl_weights(const Qwen2_5VlConfig& config,
                                                              CheckpointTensors& tensors,
                                                              at::ScalarType dtype) {
  const TensorReader vision(tensors, vision_dtype(dtype));
  const TensorReader text(tensors, dtype);
  Qwen2_5VlWeights weights{
      read_qwen_vit(vision, config.vision, "visual."),
      {read_qwen_vit_norm(vision, config.vision, "visual.merger.ln_q"),
       vision.linear("visual.merger.mlp.0"), vision.linear("visual.merger.mlp.2")},
      read_decoder(text, config.text, "model.", "lm_head")};
  tensors.require_finite();
  return weights;
}

}  // namespace infoflow::adapters
