// SPDX-License-Identifier: MIT
/// \file The configuration of a LLaVA-1.5 checkpoint, in both dialects, with the classes' defaults.
#pragma once

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <adapters/chat/own_template.hpp>
#include <adapters/checkpoint/config_values.hpp>
#include <adapters/checkpoint/generation_config.hpp>
#include <adapters/checkpoint/json_file.hpp>
#include <adapters/decoder/text_config.hpp>
#include <adapters/vision/clip_config.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/core/token_partition.hpp>

namespace infoflow::adapters {

struct LlavaConfig {
  TextConfig text;
  ClipVisionConfig vision;
  TokenId image_token_index = 32000;
  /// Hidden states of the tower that are joined, channel behind channel: 0 is what enters its first
  /// block, n what leaves the n-th. Mostly one.
  std::vector<int> feature_layers{};
  std::string vision_feature_select_strategy = "default";  ///< Or "full".
  std::string projector_hidden_act = "gelu";
  bool projector_bias = true;
  std::vector<TokenId> stop_ids;  ///< From generation_config.json, else the configuration.
  std::optional<OwnTemplate> own_template{};  ///< The folder's chat template, if it has one.
  std::string dtype;  ///< What the weights were saved in; empty if it is not said.

  /// Blocks of the tower that are run.
  [[nodiscard]] int vision_blocks() const {
    return *std::max_element(feature_layers.begin(), feature_layers.end());
  }
  /// Whether the class token is an image token, the first of them.
  [[nodiscard]] bool keeps_class_token() const { return vision_feature_select_strategy == "full"; }

  /// Reads config.json and generation_config.json.
  /// \throws Error if a file is missing, is of another family or of the original LLaVA code, or
  ///         asks for something that is not supported
  [[nodiscard]] static LlavaConfig from_directory(const std::filesystem::path& directory);
};

namespace detail {

inline void require_llava(const Json& json, const std::string& file) {
  if (get_or<std::string>(json, "mm_patch_merge_type", "", file).starts_with("spatial") ||
      get_or<std::string>(json, "image_aspect_ratio", "", file) == "anyres") {
    throw Error("this is a LLaVA-1.6", file, "adapters/llava_next.hpp reads it");
  }
  if (json.contains("mm_vision_tower")) {
    throw Error("this is a checkpoint of the original LLaVA code", file,
                "give its Hugging Face form: llava-hf/llava-1.5-7b-hf or -13b-hf for the published "
                "ones, else convert it with examples/adapters/convert.py");
  }
  require_family(json, file, {"llava"}, "LLaVA-1.5 has model_type llava");
}

/// LLaVA's own tower, a ViT-L/14 at 336 pixels, where nothing is said.
[[nodiscard]] inline ClipVisionConfig read_llava_tower(const Json& json, const std::string& file) {
  if (find(json, "vision_config", file) == nullptr) {
    return {.hidden_size = 1024,
            .intermediate_size = 4096,
            .num_hidden_layers = 24,
            .num_attention_heads = 16,
            .image_size = 336,
            .patch_size = 14};
  }
  return read_clip_config(object_at(json, "vision_config", file), file + ", vision_config");
}

inline void read_features(LlavaConfig& config, const Json& json, const std::string& file) {
  const std::string key = "vision_feature_layer";
  const Json* given = find(json, key, file);
  const bool several = given != nullptr && given->is_array();
  const auto layers = several ? get<std::vector<int>>(json, key, file)
                              : std::vector<int>{get_or(json, key, -2, file)};
  if (layers.empty()) throw Error("\"" + key + "\" names no layer", file, "name one, −2 say");
  for (const int layer : layers) {
    config.feature_layers.push_back(
        vision_blocks_run(layer, config.vision.num_hidden_layers, file));
  }
  auto& strategy = config.vision_feature_select_strategy;
  strategy = get_or(json, "vision_feature_select_strategy", strategy, file);
  if (strategy != "default" && strategy != "full") {
    throw Error("\"vision_feature_select_strategy\" is \"" + strategy + "\"", file,
                "it must be \"default\" or \"full\"");
  }
}

}  // namespace detail

/// What config.json in Hugging Face's words says of tower, projector and decoder, which all versions
/// of LLaVA have, and what else a folder says of any model.
/// \throws Error as LlavaConfig::from_directory
[[nodiscard]] inline LlavaConfig read_llava_config(const Json& json, const std::string& file,
                                                   const std::filesystem::path& directory) {
  LlavaConfig config;
  config.text = read_text_config(object_at(json, "text_config", file), file + ", text_config");
  config.text.tie_word_embeddings =
      config.text.tie_word_embeddings || get_or(json, "tie_word_embeddings", false, file);
  config.vision = detail::read_llava_tower(json, file);
  config.image_token_index = get_or(json, "image_token_id", config.image_token_index, file);
  config.image_token_index = get_or(json, "image_token_index", config.image_token_index, file);
  detail::read_features(config, json, file);
  config.projector_hidden_act =
      activation_or(json, "projector_hidden_act", config.projector_hidden_act, file);
  config.projector_bias = get_or(json, "multimodal_projector_bias", config.projector_bias, file);
  config.dtype = get_or<std::string>(json, "torch_dtype", "", file);
  config.dtype = get_or(json, "dtype", config.dtype, file);
  config.stop_ids = read_stop_ids(directory, json, file);
  if (config.stop_ids.empty()) config.stop_ids = {2};  // LlamaConfig's default: </s>
  config.own_template = adapters::own_template(directory);
  return config;
}

inline LlavaConfig LlavaConfig::from_directory(const std::filesystem::path& directory) {
  const auto path = directory / "config.json";
  const std::string file = path.string();
  const Json json = read_json(path);
  detail::require_llava(json, file);
  const Json& text = object_at(json, "text_config", file);
  const auto decoder = get_or<std::string>(text, "model_type", "llama", file);
  if (decoder != "llama") {
    throw Error("the language model is of type " + decoder, file + ", text_config",
                "LLaVA-1.5 has one of type llama");
  }
  return read_llava_config(json, file, directory);
}

}  // namespace infoflow::adapters
