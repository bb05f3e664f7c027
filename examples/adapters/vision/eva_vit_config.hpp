// SPDX-License-Identifier: MIT
/// \file The configuration of EVA's ViT-g, the vision tower of BLIP-2 and InstructBLIP.
#pragma once

#include <string>

#include <adapters/checkpoint/config_values.hpp>
#include <adapters/checkpoint/json_file.hpp>

namespace infoflow::adapters {

/// What config.json says of the tower. The values here are those of its class, which releases leave out.
struct EvaVitConfig {
  int hidden_size = 1408;
  int intermediate_size = 6144;
  int num_hidden_layers = 39;
  int num_attention_heads = 16;
  int image_size = 224;
  int patch_size = 14;
  double layer_norm_eps = 1e-6;
  std::string hidden_act = "gelu";
  bool qkv_bias = true;

  [[nodiscard]] int patches_per_side() const { return image_size / patch_size; }
};

/// \param vision  the tower's own part of config.json, `where` it stands
/// \throws Error if it cannot be
[[nodiscard]] inline EvaVitConfig read_eva_vit_config(const Json& vision,
                                                      const std::string& where) {
  const EvaVitConfig usual;
  EvaVitConfig config;
  config.hidden_size = size_or(vision, "hidden_size", usual.hidden_size, where);
  config.intermediate_size = size_or(vision, "intermediate_size", usual.intermediate_size, where);
  config.num_hidden_layers =
      size_or(vision, "num_hidden_layers", usual.num_hidden_layers, where, most_layers);
  config.num_attention_heads =
      size_or(vision, "num_attention_heads", usual.num_attention_heads, where, most_heads);
  require_whole_heads(config.hidden_size, config.num_attention_heads, where);
  config.image_size = size_or(vision, "image_size", usual.image_size, where, 1 << 14);
  config.patch_size = size_or(vision, "patch_size", usual.patch_size, where, config.image_size);
  require_patches(config.image_size, config.patch_size, where);
  config.layer_norm_eps = epsilon_or(vision, "layer_norm_eps", usual.layer_norm_eps, where);
  config.hidden_act = activation_or(vision, "hidden_act", usual.hidden_act, where);
  config.qkv_bias = get_or(vision, "qkv_bias", usual.qkv_bias, where);
  return config;
}

}  // namespace infoflow::adapters
