// SPDX-License-Identifier: MIT
/// \file The tensors of a CLIP vision tower under Hugging Face's names.
#pragma once

#include <string>

#include <adapters/checkpoint/tensor_list.hpp>
#include <adapters/checkpoint/tensor_reader.hpp>
#include <adapters/vision/clip_config.hpp>
#include <adapters/vision/clip_tower.hpp>

namespace infoflow::adapters {

/// \param tower       what the names begin with: "vision_tower.vision_model."
/// \param blocks_run  blocks behind these may be missing from a file, as the norm behind the last may
inline void add_clip(TensorList& list, const ClipVisionConfig& vision, const std::string& tower,
                     int blocks_run) {
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

/// The first `blocks_run` blocks of the tower whose tensors `add_clip` lists.
[[nodiscard]] inline ClipWeights read_clip(const TensorReader& read, const ClipVisionConfig& vision,
                                           const std::string& tower, int blocks_run) {
  const auto norm = [&](const std::string& name) {
    return read.layer_norm(name, vision.layer_norm_eps);
  };
  ClipWeights weights{read.tensor(tower + "embeddings.class_embedding"),
                      read.tensor(tower + "embeddings.patch_embedding.weight"),
                      read.tensor(tower + "embeddings.position_embedding.weight"),
                      norm(tower + "pre_layrnorm"),
                      {}};
  for (int i = 0; i < blocks_run; ++i) {
    const std::string layer = tower + "encoder.layers." + std::to_string(i);
    weights.blocks.push_back(
        {norm(layer + ".layer_norm1"), read.linear(layer + ".self_attn.q_proj"),
         read.linear(layer + ".self_attn.k_proj"), read.linear(layer + ".self_attn.v_proj"),
         read.linear(layer + ".self_attn.out_proj"), norm(layer + ".layer_norm2"),
         read.linear(layer + ".mlp.fc1"), read.linear(layer + ".mlp.fc2")});
  }
  return weights;
}

}  // namespace infoflow::adapters
