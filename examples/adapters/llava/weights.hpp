// SPDX-License-Identifier: MIT
/// \file The tensors of a LLaVA-1.5 checkpoint: which there must be, what shape they have, and how
/// they become modules.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <adapters/checkpoint/checkpoint_tensors.hpp>
#include <adapters/checkpoint/tensor_list.hpp>
#include <adapters/checkpoint/tensor_reader.hpp>
#include <adapters/decoder/decoder_weights.hpp>
#include <adapters/llava/config.hpp>
#include <adapters/vision/clip_weights.hpp>

namespace infoflow::adapters {

inline const std::string llava_tower = "vision_tower.vision_model.";

/// Every tensor of a checkpoint of this configuration, under its name on the hub.
[[nodiscard]] inline std::vector<ExpectedTensor> llava_tensors(const LlavaConfig& config) {
  TensorList list;
  add_decoder(list, config.text, "language_model.model.", "language_model.lm_head");
  add_clip(list, config.vision, llava_tower, config.vision_blocks());
  const std::string projector = "multi_modal_projector.linear_";
  const auto layers = static_cast<std::int64_t>(config.feature_layers.size());
  list.add_linear(projector + "1", config.text.hidden_size, layers * config.vision.hidden_size,
                  config.projector_bias);
  list.add_linear(projector + "2", config.text.hidden_size, config.text.hidden_size,
                  config.projector_bias);
  return std::move(list.tensors);
}

/// The name on the hub of a tensor that the hub or transformers 5 named; nothing for buffers that old
/// checkpoints carry and nobody reads.
[[nodiscard]] inline std::optional<std::string> llava_tensor_name(const std::string& name) {
  if (is_unread_buffer(name)) return std::nullopt;
  std::string_view rest = name;
  const auto take = [&](std::string_view prefix) {
    if (!rest.starts_with(prefix)) return false;
    rest.remove_prefix(prefix.size());
    return true;
  };
  const auto renamed = [&](const char* prefix) { return prefix + std::string(rest); };
  if (take("language_model.model.") || take("model.language_model.")) {
    return renamed("language_model.model.");
  }
  if (take("language_model.lm_head.") || take("lm_head."))
    return renamed("language_model.lm_head.");
  if (take("model.vision_tower.") || take("vision_tower.")) {
    take("vision_model.");
    return renamed("vision_tower.vision_model.");
  }
  if (take("model.multi_modal_projector.")) return renamed("multi_modal_projector.");
  return name;
}

/// What a LLaVA is made of.
struct LlavaWeights {
  ClipWeights vision;
  Projector projector;
  DecoderWeights decoder;
};

/// Reads the modules of this configuration: the decoder in `dtype`, tower and projector in
/// vision_dtype(dtype).
/// \throws Error as CheckpointTensors does
[[nodiscard]] inline LlavaWeights read_llava_weights(const LlavaConfig& config,
                                                     CheckpointTensors& tensors,
                                                     at::ScalarType dtype) {
  const TensorReader vision(tensors, vision_dtype(dtype));
  LlavaWeights weights{
      read_clip(vision, config.vision, llava_tower, config.vision_blocks()),
      {vision.linear("multi_modal_projector.linear_1"), nonlinearity(config.projector_hidden_act),
       vision.linear("multi_modal_projector.linear_2")},
      read_decoder(TensorReader(tensors, dtype), config.text, "language_model.model.",
                   "language_model.lm_head")};
  tensors.require_finite();
  return weights;
}

}  // namespace infoflow::adapters
