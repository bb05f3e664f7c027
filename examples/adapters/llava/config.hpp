// SPDX-License-Identifier: MIT
/// \file The configuration of a LLaVA-1.5 checkpoint, in both dialects, with the classes' defaults.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <adapters/checkpoint/config_values.hpp>
#include <adapters/checkpoint/generation_config.hpp>
#include <adapters/checkpoint/json_file.hpp>
#include <adapters/decoder/text_config.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/core/token_partition.hpp>

namespace infoflow::adapters {

/// The CLIP vision tower. The values here are those of LLaVA-1.5's ViT-L/14 at 336 pixels.
struct VisionConfig {
  int hidden_size = 1024;
  int intermediate_size = 4096;
  int num_hidden_layers = 24;
  int num_attention_heads = 16;
  int image_size = 336;
  int patch_size = 14;
  double layer_norm_eps = 1e-5;
  std::string hidden_act = "quick_gelu";
};

struct LlavaConfig {
  TextConfig text;
  VisionConfig vision;
  TokenId image_token_index = 32000;
  /// Which hidden state of the tower: 0 is what enters its first block, −1 what leaves the last.
  int vision_feature_layer = -2;
  std::string vision_feature_select_strategy = "default";  ///< Or "full".
  std::string projector_hidden_act = "gelu";
  bool projector_bias = true;
  std::vector<TokenId> stop_ids;  ///< From generation_config.json, else the configuration.
  std::string dtype;              ///< What the weights were saved in; empty if it is not said.

  /// Whether the class token is an image token, the first of them.
  [[nodiscard]] bool keeps_class_token() const { return vision_feature_select_strategy == "full"; }

  /// Reads config.json and generation_config.json.
  /// \throws Error if a file is missing, is of another family or of the original LLaVA code, or
  ///         asks for something that is not supported
  [[nodiscard]] static LlavaConfig from_directory(const std::filesystem::path& directory);
};

namespace detail {

inline void require_llava(const Json& json, const std::string& file) {
  const auto type = get_or<std::string>(json, "model_type", "", file);
  if (get_or<std::string>(json, "mm_patch_merge_type", "", file).starts_with("spatial") ||
      get_or<std::string>(json, "image_aspect_ratio", "", file) == "anyres") {
    throw Error("this is a LLaVA-1.6", file, "LLaVA-1.5 is supported");
  }
  if (json.contains("mm_vision_tower")) {
    throw Error("this is a checkpoint of the original LLaVA code", file,
                "give its Hugging Face form: llava-hf/llava-1.5-7b-hf or -13b-hf for the published "
                "ones, else convert it with examples/adapters/convert.py");
  }
  if (type != "llava") {
    throw Error(type.empty() ? "the configuration names no model_type"
                             : "this is a checkpoint of the family " + type,
                file, "LLaVA-1.5 has model_type llava");
  }
  if (find(json, "quantization_config", file) != nullptr) {
    throw Error("the checkpoint is quantised", file, "give one in float16, bfloat16 or float32");
  }
}

[[nodiscard]] inline VisionConfig read_vision_config(const Json& json, const std::string& file) {
  const Json* given = find(json, "vision_config", file);
  // LLaVA's own values hold only where nothing is said; else those of the class CLIPVisionConfig.
  if (given == nullptr) return {};
  const Json& vision = object_at(json, "vision_config", file);
  const std::string where = file + ", vision_config";
  const auto type = get_or<std::string>(vision, "model_type", "clip_vision_model", where);
  if (type != "clip_vision_model") {
    throw Error("the vision tower is of type " + type, where,
                "only clip_vision_model is supported");
  }
  VisionConfig config;
  config.hidden_size = size_or(vision, "hidden_size", 768, where);
  config.intermediate_size = size_or(vision, "intermediate_size", 3072, where);
  config.num_hidden_layers = size_or(vision, "num_hidden_layers", 12, where, most_layers);
  config.num_attention_heads = size_or(vision, "num_attention_heads", 12, where, most_heads);
  config.image_size = size_or(vision, "image_size", 224, where);
  config.patch_size = size_or(vision, "patch_size", 32, where);
  config.layer_norm_eps = factor_or(vision, "layer_norm_eps", 1e-5, where);
  config.hidden_act = activation_or(vision, "hidden_act", "quick_gelu", where);
  require_whole_heads(config.hidden_size, config.num_attention_heads, where);
  if (config.image_size < config.patch_size) {
    throw Error("patch_size is larger than image_size", where, "correct the two");
  }
  if (size_or(vision, "num_channels", 3, where) != 3) {
    throw Error("num_channels must be 3", where, "pictures are read as RGB");
  }
  return config;
}

inline void read_features(LlavaConfig& config, const Json& json, const std::string& file) {
  const Json* layer = find(json, "vision_feature_layer", file);
  if (layer != nullptr && layer->is_array()) {
    throw Error("\"vision_feature_layer\" is a list", file, "one layer is supported");
  }
  config.vision_feature_layer =
      get_or(json, "vision_feature_layer", config.vision_feature_layer, file);
  const int states = config.vision.num_hidden_layers + 1;
  if (config.vision_feature_layer < -states || config.vision_feature_layer >= states) {
    throw Error("\"vision_feature_layer\" is " + std::to_string(config.vision_feature_layer) +
                    " in a tower of " + std::to_string(states - 1) + " layers",
                file, "correct the value");
  }
  auto& strategy = config.vision_feature_select_strategy;
  strategy = get_or(json, "vision_feature_select_strategy", strategy, file);
  if (strategy != "default" && strategy != "full") {
    throw Error("\"vision_feature_select_strategy\" is \"" + strategy + "\"", file,
                "it must be \"default\" or \"full\"");
  }
}

}  // namespace detail

inline LlavaConfig LlavaConfig::from_directory(const std::filesystem::path& directory) {
  const auto path = directory / "config.json";
  const std::string file = path.string();
  const Json json = read_json(path);
  detail::require_llava(json, file);
  LlavaConfig config;
  const Json& text = object_at(json, "text_config", file);
  const auto decoder = get_or<std::string>(text, "model_type", "llama", file);
  if (decoder != "llama") {
    throw Error("the language model is of type " + decoder, file + ", text_config",
                "LLaVA-1.5 has one of type llama");
  }
  config.text = read_text_config(text, file + ", text_config");
  config.text.tie_word_embeddings =
      config.text.tie_word_embeddings || get_or(json, "tie_word_embeddings", false, file);
  config.vision = detail::read_vision_config(json, file);
  config.image_token_index = get_or(json, "image_token_id", config.image_token_index, file);
  config.image_token_index = get_or(json, "image_token_index", config.image_token_index, file);
  detail::read_features(config, json, file);
  config.projector_hidden_act =
      detail::activation_or(json, "projector_hidden_act", config.projector_hidden_act, file);
  config.projector_bias = get_or(json, "multimodal_projector_bias", config.projector_bias, file);
  config.dtype = get_or<std::string>(json, "torch_dtype", "", file);
  config.dtype = get_or(json, "dtype", config.dtype, file);
  config.stop_ids = read_generation_config(directory, json, file).stop_ids;
  if (config.stop_ids.empty()) config.stop_ids = {2};  // LlamaConfig's default: </s>
  return config;
}

}  // namespace infoflow::adapters
