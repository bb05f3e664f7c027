// SPDX-License-Identifier: MIT
/// \file The configuration of an InternViT, as its authors and as transformers write it.
#pragma once

#include <string>
#include <vector>

#include <adapters/checkpoint/config_values.hpp>
#include <adapters/checkpoint/json_file.hpp>
#include <infoflow/core/error.hpp>

namespace infoflow::adapters {

/// The values here are those of InternViT-6B-224px, which old configurations leave out.
struct InternVitConfig {
  int hidden_size = 3200;
  int intermediate_size = 12800;
  int num_hidden_layers = 48;
  int num_attention_heads = 25;
  int image_size = 224;  ///< What the table of positions is for; views may be larger.
  int patch_size = 14;
  double layer_norm_eps = 1e-6;
  double qk_norm_eps = 1e-6;  ///< The authors' is layer_norm_eps, transformers' always this.
  std::string hidden_act = "gelu";
  bool rms_norm = true;  ///< Else LayerNorm with a bias.
  bool qk_norm = true;   ///< Queries and keys are normed over all heads together.
  bool qkv_bias = false;

  /// Positions of the table, with the class token's.
  [[nodiscard]] int positions() const {
    const int side = image_size / patch_size;
    return side * side + 1;
  }
};

namespace detail {

/// A side of a square: a number, or twice the same number.
[[nodiscard]] inline int side_or(const Json& json, const std::string& key, int fallback,
                                 const std::string& file) {
  const Json* value = find(json, key, file);
  if (value == nullptr || !value->is_array()) {
    return size_or(json, key, fallback, file, 1 << 14);
  }
  const auto sides = get<std::vector<int>>(json, key, file);
  if (sides.size() != 2 || sides[0] != sides[1]) {
    throw Error("\"" + key + "\" is no square", file, "only square pictures are supported");
  }
  return size_or(Json::object({{key, sides[0]}}), key, fallback, file, 1 << 14);
}

[[nodiscard]] inline bool is_rms_norm(const Json& json, bool usual, const std::string& file) {
  const auto type = get_or<std::string>(json, "norm_type", usual ? "rms_norm" : "layer_norm", file);
  if (type != "rms_norm" && type != "layer_norm") {
    throw Error("\"norm_type\" is \"" + type + "\"", file,
                "it must be \"rms_norm\" or \"layer_norm\"");
  }
  return type == "rms_norm";
}

/// What transformers' class InternVLVisionConfig has where nothing is said.
[[nodiscard]] inline InternVitConfig usual_transformers_tower() {
  return {.hidden_size = 1024,
          .intermediate_size = 4096,
          .num_hidden_layers = 24,
          .num_attention_heads = 16,
          .image_size = 448,
          .rms_norm = false,
          .qk_norm = false};
}

}  // namespace detail

/// \param json  an InternViT's own configuration or a model's "vision_config"; its "model_type" is
///              intern_vit_6b (the authors' form, whatever the size) or internvl_vision
/// \throws Error if it is of another type, or asks for something that the tower has not
[[nodiscard]] inline InternVitConfig read_intern_vit_config(const Json& json,
                                                            const std::string& file) {
  const auto type = get_or<std::string>(json, "model_type", "intern_vit_6b", file);
  const bool authors = type == "intern_vit_6b";
  if (!authors && type != "internvl_vision") {
    throw Error("the vision tower is of type " + type, file,
                "intern_vit_6b and internvl_vision are supported");
  }
  const InternVitConfig usual = authors ? InternVitConfig{} : detail::usual_transformers_tower();
  InternVitConfig config;
  config.hidden_size = size_or(json, "hidden_size", usual.hidden_size, file);
  config.intermediate_size = size_or(json, "intermediate_size", usual.intermediate_size, file);
  config.num_hidden_layers =
      size_or(json, "num_hidden_layers", usual.num_hidden_layers, file, most_layers);
  config.num_attention_heads =
      size_or(json, "num_attention_heads", usual.num_attention_heads, file, most_heads);
  config.image_size = detail::side_or(json, "image_size", usual.image_size, file);
  config.patch_size = detail::side_or(json, "patch_size", usual.patch_size, file);
  config.layer_norm_eps = epsilon_or(json, "layer_norm_eps", usual.layer_norm_eps, file);
  if (authors) config.qk_norm_eps = config.layer_norm_eps;
  config.hidden_act = activation_or(json, "hidden_act", usual.hidden_act, file);
  config.rms_norm = detail::is_rms_norm(json, usual.rms_norm, file);
  config.qk_norm = get_or(json, authors ? "qk_normalization" : "use_qk_norm", usual.qk_norm, file);
  config.qkv_bias = get_or(json, authors ? "qkv_bias" : "attention_bias", usual.qkv_bias, file);
  require_whole_heads(config.hidden_size, config.num_attention_heads, file);
  if (config.image_size < config.patch_size) {
    throw Error("patch_size is larger than image_size", file, "correct the two");
  }
  require_patches(config.image_size, config.patch_size, file);
  if (size_or(json, "num_channels", 3, file) != 3) {
    throw Error("num_channels must be 3", file, "pictures are read as RGB");
  }
  if (!authors && !get_or(json, "use_mean_pooling", true, file)) {
    throw Error("the vision tower has a norm behind its last layer", file,
                "only towers with use_mean_pooling, which have none, are supported");
  }
  if (!authors && !get_or(json, "use_absolute_position_embeddings", true, file)) {
    throw Error("the vision tower has no positions", file,
                "only towers with use_absolute_position_embeddings are supported");
  }
  return config;
}

/// Blocks that are run for a feature layer: −1 is the output of all, −2 of all but the last; a layer
/// ≥ 0 counts hidden states, of which 0 enters the first block.
/// \throws Error if there is no such layer
[[nodiscard]] inline int blocks_run(const InternVitConfig& config, int feature_layer,
                                    const std::string& file) {
  const int blocks =
      feature_layer >= 0 ? feature_layer : config.num_hidden_layers + 1 + feature_layer;
  if (blocks < 0 || blocks > config.num_hidden_layers) {
    throw Error("feature layer " + std::to_string(feature_layer) + " of a tower of " +
                    std::to_string(config.num_hidden_layers) + " layers",
                file, "correct select_layer or vision_feature_layer");
  }
  return blocks;
}

}  // namespace infoflow::adapters
