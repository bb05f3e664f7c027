// SPDX-License-Identifier: MIT
/// \file The configuration of a LLaVA-1.6 checkpoint, as Hugging Face has it and as it was released.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <adapters/checkpoint/config_values.hpp>
#include <adapters/checkpoint/json_file.hpp>
#include <adapters/llava/config.hpp>
#include <adapters/llava_next/original_config.hpp>
#include <adapters/preprocessing/anyres_tiles.hpp>
#include <adapters/preprocessing/image_processor.hpp>
#include <infoflow/core/error.hpp>

namespace infoflow::adapters {

struct LlavaNextConfig {
  LlavaConfig llava;    ///< Tower, projector and decoder, as every LLaVA has them.
  std::string decoder;  ///< The language model's type: llama, mistral or qwen2.
  AnyresSettings tiles;
  bool original = false;  ///< Whether files and prompts are those of the original code.

  [[nodiscard]] int patches_per_side() const {
    return llava.vision.image_size / llava.vision.patch_size;
  }

  /// Reads config.json, generation_config.json and the image processor's file.
  /// \throws Error if a file is missing, is of another family or version, or asks for something that
  ///         is not supported
  [[nodiscard]] static LlavaNextConfig from_directory(const std::filesystem::path& directory);
};

namespace detail {

inline void require_llava_next(const Json& json, const std::string& file) {
  const auto type = get_or<std::string>(json, "model_type", "", file);
  if (type == "llava") {
    throw Error("this is a LLaVA-1.5", file, "adapters/llava.hpp reads it");
  }
  require_family(json, file, {"llava_next"}, "LLaVA-1.6 has model_type llava_next");
  if (!get_or(json, "use_image_newline_parameter", true, file)) {
    throw Error("\"use_image_newline_parameter\" is false", file,
                "LLaVA-1.6 has a newline behind each row of patches");
  }
}

/// The canvases of "image_grid_pinpoints", which are (height, width); the classes' own if there are
/// none.
[[nodiscard]] inline std::vector<ImageSize> read_canvases(const Json& json, int side,
                                                          const std::string& file) {
  const std::string key = "image_grid_pinpoints";
  constexpr std::size_t most_canvases = 256;
  constexpr int most_pixels = 1 << 13;
  if (find(json, key, file) == nullptr) return AnyresSettings{}.canvases;
  const auto fits = [&](int pixels) {
    return pixels >= side && pixels <= most_pixels && pixels % side == 0;
  };
  std::vector<ImageSize> canvases;
  for (const Json& entry : list_at(json, key, file)) {
    const auto pair = json_as<std::vector<int>>(entry);
    if (!pair || pair->size() != 2 || !fits(pair->front()) || !fits(pair->back())) {
      throw Error("\"" + key + "\" holds " + shown_json(entry), file,
                  "give pairs of height and width, multiples of the tower's " +
                      std::to_string(side) + " pixels");
    }
    canvases.push_back({pair->back(), pair->front()});
  }
  if (canvases.empty() || canvases.size() > most_canvases) {
    throw Error("\"" + key + "\" names " + std::to_string(canvases.size()) + " sizes", file,
                "give 1 to " + std::to_string(most_canvases));
  }
  return canvases;
}

/// LlavaNextImageProcessor's filter, mean and std. Its sizes have to be the tower's, for it cuts
/// tiles by them; where they are, "do_resize" and "do_center_crop" change nothing.
inline void read_processor(AnyresSettings& tiles, const std::filesystem::path& directory) {
  const auto [json, file] = image_processor_json(directory);
  const auto type =
      get_or<std::string>(json, "image_processor_type", "LlavaNextImageProcessor", file);
  if (!type.starts_with("LlavaNextImageProcessor")) {
    throw Error("image processor " + type + " is not supported", file,
                "LLaVA-1.6 has LlavaNextImageProcessor");
  }
  Json clip = json;
  clip["image_processor_type"] = "CLIPImageProcessor";
  clip["do_resize"] = clip["do_center_crop"] = true;
  tiles.colours = ImageProcessor::from_json(clip, file).settings();
  const ImageSize square{tiles.side, tiles.side};
  const bool size = tiles.colours.exact_size ? tiles.colours.exact_size == square
                                             : tiles.colours.shortest_edge == tiles.side;
  if (!size || tiles.colours.crop != square) {
    throw Error("\"size\" or \"crop_size\" is not that of the vision tower", file,
                "its pictures have " + std::to_string(tiles.side) + " pixels a side");
  }
  if (find(json, "image_grid_pinpoints", file) != nullptr &&
      read_canvases(json, tiles.side, file) != tiles.canvases) {
    throw Error("\"image_grid_pinpoints\" is another than in config.json", file,
                "both must be the same: one cuts the tiles, the other puts them together");
  }
}

}  // namespace detail

inline LlavaNextConfig LlavaNextConfig::from_directory(const std::filesystem::path& directory) {
  const auto path = directory / "config.json";
  const std::string file = path.string();
  Json json = read_json(path);
  LlavaNextConfig config;
  config.original = is_original_llava_next(json);
  if (config.original) json = in_hub_words(json, file);
  detail::require_llava_next(json, file);
  const Json& text = object_at(json, "text_config", file);
  config.decoder = get_or<std::string>(text, "model_type", "llama", file);
  config.llava = read_llava_config(json, file, directory);
  if (config.llava.keeps_class_token()) {
    throw Error("\"vision_feature_select_strategy\" is \"full\"", file,
                "only \"default\" is supported: with the class token patches are no square");
  }
  const ClipVisionConfig& tower = config.llava.vision;
  config.tiles.side = tower.image_size;
  config.tiles.canvases = detail::read_canvases(json, tower.image_size, file);
  if (config.original) {
    config.llava.own_template.reset();  // The language model's own, which knows no pictures.
  } else {
    detail::read_processor(config.tiles, directory);
  }
  return config;
}

}  // namespace infoflow::adapters
