// SPDX-License-Identifier: MIT
/// \file The configuration of a CLIP vision tower.
#pragma once

#include <string>

#include <adapters/checkpoint/config_values.hpp>
#include <adapters/checkpoint/json_file.hpp>
#include <infoflow/core/error.hpp>

namespace infoflow::adapters {

/// What config.json says of the tower. The values here are those of transformers' class
/// CLIPVisionConfig, which configurations leave out; names are those of config.json.
struct ClipVisionConfig {
  int hidden_size = 768;
  int intermediate_size = 3072;
  int num_hidden_layers = 12;
  int num_attention_heads = 12;
  int image_size = 224;
  int patch_size = 32;
  double layer_norm_eps = 1e-5;
  std::string hidden_act = "quick_gelu";
};

/// Blocks that are run for a feature layer: −1 is the output of all, −2 of all but the last; a layer
/// ≥ 0 counts hidden states, of which 0 enters the first block.
/// \throws Error if the tower has no such hidden state
[[nodiscard]] inline int vision_blocks_run(int feature_layer, int layers, const std::string& file,
                                           const std::string& key = "vision_feature_layer") {
  if (feature_layer < -layers - 1 || feature_layer > layers) {
    throw Error("\"" + key + "\" is " + std::to_string(feature_layer) + " in a tower of " +
                    std::to_string(layers) + " layers",
                file, "correct the value");
  }
  return feature_layer >= 0 ? feature_layer : layers + 1 + feature_layer;
}

/// \param vision  the tower's own part of config.json, `where` it stands
/// \throws Error if it is of another type, or cannot be
[[nodiscard]] inline ClipVisionConfig read_clip_config(const Json& vision,
                                                       const std::string& where) {
  const auto type = get_or<std::string>(vision, "model_type", "clip_vision_model", where);
  if (type != "clip_vision_model") {
    throw Error("the vision tower is of type " + type, where,
                "only clip_vision_model is supported");
  }
  const ClipVisionConfig usual;
  ClipVisionConfig config;
  config.hidden_size = size_or(vision, "hidden_size", usual.hidden_size, where);
  config.intermediate_size = size_or(vision, "intermediate_size", usual.intermediate_size, where);
  config.num_hidden_layers =
      size_or(vision, "num_hidden_layers", usual.num_hidden_layers, where, most_layers);
  config.num_attention_heads =
      size_or(vision, "num_attention_heads", usual.num_attention_heads, where, most_heads);
  config.image_size = size_or(vision, "image_size", usual.image_size, where);
  config.patch_size = size_or(vision, "patch_size", usual.patch_size, where);
  config.layer_norm_eps = epsilon_or(vision, "layer_norm_eps", usual.layer_norm_eps, where);
  config.hidden_act = activation_or(vision, "hidden_act", usual.hidden_act, where);
  require_whole_heads(config.hidden_size, config.num_attention_heads, where);
  if (config.image_size < config.patch_size) {
    throw Error("patch_size is larger than image_size", where, "correct the two");
  }
  require_patches(config.image_size, config.patch_size, where);
  if (size_or(vision, "num_channels", 3, where) != 3) {
    throw Error("num_channels must be 3", where, "pictures are read as RGB");
  }
  return config;
}

}  // namespace infoflow::adapters
