// SPDX-License-Identifier: MIT
/// \file A LLaVA-1.6 of the original code: its config.json in Hugging Face's words.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <adapters/checkpoint/config_values.hpp>
#include <adapters/checkpoint/json_file.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/core/token_partition.hpp>

namespace infoflow::adapters {

/// What stands in a prompt's ids for a picture's tokens in the original code: no vocabulary has it.
inline constexpr TokenId original_image_slot = -200;

namespace detail {

/// The type of the decoder behind a model type of the original code; empty for other types.
[[nodiscard]] inline std::string_view original_decoder(std::string_view type) {
  if (type == "llava" || type == "llava_llama") return "llama";
  if (type == "llava_mistral") return "mistral";
  if (type == "llava_qwen") return "qwen2";
  return "";
}

}  // namespace detail

/// Whether a config.json of the original code is one of LLaVA-1.6: its pictures come in tiles. Later
/// kinds of tiles ("anyres_max_9") are later models.
[[nodiscard]] inline bool is_original_llava_next(const Json& config) {
  const auto word = [&](const char* key) {
    const auto value = config.find(key);
    return value != config.end() && value->is_string() ? value->get<std::string>() : std::string();
  };
  return !detail::original_decoder(word("model_type")).empty() &&
         (word("image_aspect_ratio").starts_with("anyres") ||
          word("mm_patch_merge_type").starts_with("spatial"));
}

/// The same configuration as transformers would have it, but for the place of a picture in the ids.
///
/// The original names a tower but not its sizes: all released ones are CLIP ViT-L/14 at 336 pixels.
/// "vision_config", the tower's own configuration, may be added for another.
/// \throws Error if it asks for what no LLaVA-1.6 has
[[nodiscard]] inline Json in_hub_words(const Json& original, const std::string& file) {
  const std::string family = "LLaVA-1.6";
  require_word(original, "image_aspect_ratio", "", "anyres", family, file);
  require_word(original, "mm_patch_merge_type", "flat", "spatial_unpad", family, file);
  require_word(original, "mm_projector_type", "linear", "mlp2x_gelu", family, file);
  require_word(original, "mm_vision_select_feature", "patch", "patch", family, file);
  if (get_or(original, "mm_use_im_start_end", false, file)) {
    throw Error("\"mm_use_im_start_end\" is true", file,
                "pictures between tokens of their own are not supported");
  }
  const bool given = find(original, "vision_config", file) != nullptr;
  const auto tower = get_or<std::string>(original, "mm_vision_tower", "", file);
  if (!given && tower.find("clip-vit-large-patch14-336") == std::string::npos) {
    throw Error("the tower is \"" + tower + "\"", file,
                "LLaVA-1.6 has openai/clip-vit-large-patch14-336; for another CLIP put its own "
                "config.json into this one as \"vision_config\"");
  }
  if (find(original, "image_grid_pinpoints", file) == nullptr) {
    throw Error("\"image_grid_pinpoints\" is missing", file, "fetch config.json anew");
  }
  const auto type = get<std::string>(original, "model_type", file);
  Json hub = original;
  hub["text_config"] = original;
  hub["text_config"]["model_type"] = std::string(detail::original_decoder(type));
  hub["model_type"] = "llava_next";
  hub["image_token_index"] = original_image_slot;
  hub["vision_feature_layer"] = get<int>(original, "mm_vision_select_layer", file);
  // (width, height) here, (height, width) there.
  for (Json& canvas : hub["image_grid_pinpoints"]) {
    if (canvas.is_array() && canvas.size() == 2) std::swap(canvas[0], canvas[1]);
  }
  return hub;
}

}  // namespace infoflow::adapters
