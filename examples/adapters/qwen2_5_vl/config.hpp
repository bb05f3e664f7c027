// SPDX-License-Identifier: MIT
/// \file The configuration of a Qwen2-VL or Qwen2.5-VL, flat as on the hub or in parts as transformers 5
/// writes it.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <adapters/chat/own_template.hpp>
#include <adapters/checkpoint/config_values.hpp>
#include <adapters/checkpoint/generation_config.hpp>
#include <adapters/checkpoint/json_file.hpp>
#include <adapters/decoder/text_config.hpp>
#include <adapters/preprocessing/smart_resize.hpp>
#include <adapters/vision/qwen_vit_config.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/core/token_partition.hpp>

namespace infoflow::adapters {

struct Qwen2_5VlConfig {
  TextConfig text;
  QwenVitConfig vision;
  SmartResizeSettings pictures;
  TokenId image_token = 151655;   ///< Of <|image_pad|>.
  std::vector<TokenId> stop_ids;  ///< From generation_config.json, else the configuration.
  std::optional<OwnTemplate> own_template{};  ///< The folder's chat template, if it has one.

  /// Reads config.json, generation_config.json and the image processor's file.
  /// \throws Error if a file is missing, is of another family, or asks for something that is not
  ///         supported
  [[nodiscard]] static Qwen2_5VlConfig from_directory(const std::filesystem::path& directory);
};

namespace detail {

/// The decoder is a Qwen2 with other defaults; its heads always make up the hidden size.
[[nodiscard]] inline Json qwen2_of(Json text) {
  const Json usual{{"hidden_size", 8192},
                   {"intermediate_size", 29568},
                   {"num_hidden_layers", 80},
                   {"num_attention_heads", 64},
                   {"num_key_value_heads", 8},
                   {"vocab_size", 152064},
                   {"max_position_embeddings", 32768},
                   {"rms_norm_eps", 1e-5},
                   {"rope_theta", 1e6}};
  text["model_type"] = "qwen2";
  text.erase("head_dim");
  for (const auto& [key, value] : usual.items()) {
    if (!text.contains(key) || text[key].is_null()) text[key] = value;
  }
  return text;
}

/// How many frequencies time, row and column have. \throws Error if these are not half the channels
[[nodiscard]] inline std::array<int, 3> read_mrope_section(const Json& rope, int head_channels,
                                                           const std::string& file) {
  const auto section = get_or<std::vector<int>>(rope, "mrope_section", {16, 24, 24}, file);
  bool sound = section.size() == 3;
  int sum = 0;
  for (const int part : section) {
    sound = sound && part >= 0 && part <= most_head_channels;
    sum += sound ? part : 0;
  }
  if (!sound || 2 * sum != head_channels) {
    throw Error("\"mrope_section\" does not part the " + std::to_string(head_channels / 2) +
                    " frequencies of a head in three",
                file, "give three numbers with that sum");
  }
  return {section[0], section[1], section[2]};
}

/// The rope type "mrope" of older files is the default one with sections.
[[nodiscard]] inline TextConfig read_qwen2_5_vl_text(const Json& part, const std::string& file) {
  Json text = qwen2_of(part);
  for (const char* key : {"rope_scaling", "rope_parameters"}) {
    if (!text.contains(key) || !text[key].is_object()) continue;
    for (const char* type : {"type", "rope_type"}) {
      if (text[key].contains(type) && text[key][type] == "mrope") text[key][type] = "default";
    }
  }
  TextConfig config = read_text_config(text, file);
  config.mrope_section = read_mrope_section(rope_object(text, file), config.head_dim, file);
  return config;
}

}  // namespace detail

inline Qwen2_5VlConfig Qwen2_5VlConfig::from_directory(const std::filesystem::path& directory) {
  const auto path = directory / "config.json";
  const std::string file = path.string();
  const Json json = read_json(path);
  require_family(json, file, {"qwen2_5_vl", "qwen2_vl"},
                 "Qwen2.5-VL has model_type qwen2_5_vl, Qwen2-VL qwen2_vl");
  const bool second_generation = get<std::string>(json, "model_type", file) == "qwen2_5_vl";
  const Json& nested = object_at(json, "text_config", file);
  Qwen2_5VlConfig config;
  config.text = detail::read_qwen2_5_vl_text(nested.empty() ? json : nested,
                                             nested.empty() ? file : file + ", text_config");
  // At either place, as transformers has it.
  const std::string tied = "tie_word_embeddings";
  config.text.tie_word_embeddings =
      get_or(json, tied, false, file) || config.text.tie_word_embeddings;
  config.vision = read_qwen_vit_config(object_at(json, "vision_config", file), second_generation,
                                       file + ", vision_config");
  if (config.vision.out_hidden_size != config.text.hidden_size) {
    throw Error("image tokens of " + std::to_string(config.vision.out_hidden_size) +
                    " channels for a decoder of " + std::to_string(config.text.hidden_size),
                file, "correct vision_config or the decoder's hidden_size");
  }
  config.pictures =
      read_smart_resize(directory, config.vision.patch_size, config.vision.spatial_merge_size,
                        config.vision.temporal_patch_size);
  config.image_token = get_or(json, "image_token_id", config.image_token, file);
  config.stop_ids = read_stop_ids(directory, json, file);
  config.own_template = adapters::own_template(directory);
  return config;
}

}  // namespace infoflow::adapters
