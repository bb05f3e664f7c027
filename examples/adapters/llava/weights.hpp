// SPDX-License-Identifier: MIT
/// \file The tensors of a LLaVA-1.5 checkpoint: which there must be, what shape they have, and how
/// they become modules.
#pragma once

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
#include <adapters/vision/clip_tower.hpp>

namespace infoflow::adapters {

/// Blocks of the vision tower that are run: feature layer −1 is the output of all, −2 of all but the
/// last; a layer ≥ 0 counts hidden states, of which 0 enters the first block.
[[nodiscard]] inline int vision_blocks_run(const LlavaConfig& config) {
  const int layer = config.vision_feature_layer;
  return layer >= 0 ? layer : config.vision.num_hidden_layers + 1 + layer;
}

namespace detail {

inline void add_vision(TensorList& list, const VisionConfig& vision, int blocks_run) {
  const std::string tower = "vision_tower.vision_model.";
  const std::int64_t channels = vision.hidden_size;
  const std::int64_t side = vision.image_size / vision.patch_size;
  list.add(tower + "embeddings.class_embedding", {channels});
  list.add(tower + "embeddings.patch_embedding.weight",
           {channels, 3, vision.patch_size, vision.patch_size});
  list.add(tower + "embeddings.position_embedding.weight", {side * side + 1, channels});
  list.add_norm(tower + "pre_layrnorm", channels, true);  // Spelt so in every checkpoint.
  for (int i = 0; i < vision.num_hidden_layers; ++i) {
    list.needed = i < blocks_run;
    const std::string layer = tower + "encoder.layers." + std::to_string(i);
    for (const char* name : {"q_proj", "k_proj", "v_proj", "out_proj"}) {
      list.add_linear(layer + ".self_attn." + name, channels, channels, true);
    }
    list.add_norm(layer + ".layer_norm1", channels, true);
    list.add_linear(layer + ".mlp.fc1", vision.intermediate_size, channels, true);
    list.add_linear(layer + ".mlp.fc2", channels, vision.intermediate_size, true);
    list.add_norm(layer + ".layer_norm2", channels, true);
  }
  list.needed = false;
  list.add_norm(tower + "post_layernorm", channels, true);
  list.needed = true;
}

}  // namespace detail

/// Every tensor of a checkpoint of this configuration, under its name on the hub.
[[nodiscard]] inline std::vector<ExpectedTensor> llava_tensors(const LlavaConfig& config) {
  TensorList list;
  add_decoder(list, config.text, "language_model.model.", "language_model.lm_head");
  detail::add_vision(list, config.vision, vision_blocks_run(config));
  const std::string projector = "multi_modal_projector.linear_";
  list.add_linear(projector + "1", config.text.hidden_size, config.vision.hidden_size,
                  config.projector_bias);
  list.add_linear(projector + "2", config.text.hidden_size, config.text.hidden_size,
                  config.projector_bias);
  return std::move(list.tensors);
}

/// The name on the hub of a tensor that the hub or transformers 5 named; nothing for buffers that old
/// checkpoints carry and nobody reads.
[[nodiscard]] inline std::optional<std::string> llava_tensor_name(const std::string& name) {
  for (const std::string_view ignored : {".rotary_emb.inv_freq", ".position_ids", ".masked_bias"}) {
    if (name.ends_with(ignored)) return std::nullopt;
  }
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
  if (take("language_model.lm_head.") || take("lm_head.")) return renamed("language_model.lm_head.");
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

namespace detail {

[[nodiscard]] inline ClipWeights read_clip(const TensorReader& read, const LlavaConfig& config) {
  const std::string tower = "vision_tower.vision_model.";
  const auto norm = [&](const std::string& name) {
    return read.layer_norm(name, config.vision.layer_norm_eps);
  };
  ClipWeights weights{read.tensor(tower + "embeddings.class_embedding"),
                      read.tensor(tower + "embeddings.patch_embedding.weight"),
                      read.tensor(tower + "embeddings.position_embedding.weight"),
                      norm(tower + "pre_layrnorm"),
                      {}};
  for (int i = 0; i < vision_blocks_run(config); ++i) {
    const std::string layer = tower + "encoder.layers." + std::to_string(i);
    weights.blocks.push_back(
        {norm(layer + ".layer_norm1"), read.linear(layer + ".self_attn.q_proj"),
         read.linear(layer + ".self_attn.k_proj"), read.linear(layer + ".self_attn.v_proj"),
         read.linear(layer + ".self_attn.out_proj"), norm(layer + ".layer_norm2"),
         read.linear(layer + ".mlp.fc1"), read.linear(layer + ".mlp.fc2")});
  }
  return weights;
}

}  // namespace detail

/// Reads the modules of this configuration: the decoder in `dtype`, tower and projector in
/// vision_dtype(dtype).
/// \throws Error as CheckpointTensors does
[[nodiscard]] inline LlavaWeights read_llava_weights(const LlavaConfig& config,
                                                     CheckpointTensors& tensors,
                                                     at::ScalarType dtype) {
  const TensorReader vision(tensors, vision_dtype(dtype));
  LlavaWeights weights{
      detail::read_clip(vision, config),
      {vision.linear("multi_modal_projector.linear_1"), nonlinearity(config.projector_hidden_act),
       vision.linear("multi_modal_projector.linear_2")},
      read_decoder(TensorReader(tensors, dtype), config.text, "language_model.model.",
                   "language_model.lm_head")};
  tensors.require_finite();
  return weights;
}

}  // namespace infoflow::adapters
