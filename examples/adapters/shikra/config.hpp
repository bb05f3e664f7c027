// SPDX-License-Identifier: MIT
/// \file The configuration of a Shikra, as its release has it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <adapters/chat/own_template.hpp>
#include <adapters/checkpoint/config_values.hpp>
#include <adapters/checkpoint/json_file.hpp>
#include <adapters/decoder/text_config.hpp>
#include <adapters/vision/clip_config.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/core/token_partition.hpp>

namespace infoflow::adapters {

struct ShikraConfig {
  TextConfig text;
  ClipVisionConfig vision;
  int blocks_run = 23;  ///< Of the tower, up to the feature layer.
  /// The release's config.json has wrong ids of BOS and EOS. The tokenizer has the right ones.
  std::vector<TokenId> stop_ids{2};
  std::optional<OwnTemplate> own_template{};  ///< The folder's chat template, if it has one.

  [[nodiscard]] int patches_per_side() const { return vision.image_size / vision.patch_size; }

  /// Reads config.json.
  /// \throws Error if the file is missing, is of another family, or asks for something that is not
  ///         supported
  [[nodiscard]] static ShikraConfig from_directory(const std::filesystem::path& directory);
};

namespace detail {

/// The tower's sizes: what "vision_config" says, else those of CLIP ViT-L/14 at 224 pixels if
/// "mm_vision_tower" names it.
[[nodiscard]] inline ClipVisionConfig read_shikra_tower(const Json& json, const std::string& file) {
  const std::string key = "vision_config";
  if (find(json, key, file) != nullptr) {
    return read_clip_config(object_at(json, key, file), file + ", " + key);
  }
  const auto tower = get_or<std::string>(json, "mm_vision_tower", "", file);
  if (!tower.ends_with("clip-vit-large-patch14")) {
    throw Error(
        "the tower is \"" + tower + "\"", file,
        "Shikra has openai/clip-vit-large-patch14; for another CLIP put its own config.json "
        "into this one as \"vision_config\"");
  }
  return {.hidden_size = 1024,
          .intermediate_size = 4096,
          .num_hidden_layers = 24,
          .num_attention_heads = 16,
          .image_size = 224,
          .patch_size = 14};
}

}  // namespace detail

inline ShikraConfig ShikraConfig::from_directory(const std::filesystem::path& directory) {
  const auto path = directory / "config.json";
  const std::string file = path.string();
  const Json json = read_json(path);
  require_family(json, file, {"shikra"}, "Shikra has model_type shikra");
  if (!get_or(json, "mm_use_im_start_end", false, file)) {
    throw Error("\"mm_use_im_start_end\" is not true", file,
                "Shikra has its pictures between <im_start> and <im_end>");
  }
  ShikraConfig config;
  Json text = json;
  text["model_type"] = "llama";
  config.text = read_text_config(text, file);
  config.vision = detail::read_shikra_tower(json, file);
  const int channels = size_or(json, "mm_hidden_size", config.vision.hidden_size, file);
  if (channels != config.vision.hidden_size) {
    throw Error("\"mm_hidden_size\" is " + std::to_string(channels) + ", the tower has " +
                    std::to_string(config.vision.hidden_size) + " channels",
                file, "correct one of the two");
  }
  const std::string layer = "mm_vision_select_layer";
  config.blocks_run =
      vision_blocks_run(get<int>(json, layer, file), config.vision.num_hidden_layers, file, layer);
  config.own_template = adapters::own_template(directory);
  return config;
}

}  // namespace infoflow::adapters
