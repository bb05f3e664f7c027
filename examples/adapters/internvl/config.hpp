// SPDX-License-Identifier: MIT
/// \file The configuration of an InternVL, as its authors release it and as transformers writes it.
#pragma once

#include <cmath>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <adapters/chat/own_template.hpp>
#include <adapters/checkpoint/config_values.hpp>
#include <adapters/checkpoint/generation_config.hpp>
#include <adapters/checkpoint/json_file.hpp>
#include <adapters/decoder/text_config.hpp>
#include <adapters/internvl/prompts.hpp>
#include <adapters/preprocessing/dynamic_tiles.hpp>
#include <adapters/preprocessing/image_processor.hpp>
#include <adapters/vision/intern_vit_config.hpp>
#include <adapters/vision/shuffle_order.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/core/token_partition.hpp>

namespace infoflow::adapters {

struct InternvlConfig {
  /// Whether config.json, files and names are the authors' ("internvl_chat") or transformers'.
  bool released = false;
  TextConfig text;
  bool internlm2 = false;  ///< Whether the decoder's tensors have InternLM2's names.
  InternVitConfig vision;
  int vision_blocks = 24;  ///< Blocks of the tower that are run.
  int merge = 2;           ///< merge × merge patches become one image token.
  ShuffleOrder order = ShuffleOrder::by_row;
  std::string projector_hidden_act = "gelu";
  TileSettings tiles;
  InternvlTemplate chat;
  std::optional<OwnTemplate> own_template;  ///< The folder's chat template, if it has one.
  std::optional<TokenId> image_token;       ///< Of <IMG_CONTEXT>, where it is said.
  std::vector<TokenId> stop_ids;  ///< From generation_config.json, else the configuration.

  /// Patches and tokens of a tile lie in squares of these sides.
  [[nodiscard]] int patches_per_side() const { return tiles.side / vision.patch_size; }
  [[nodiscard]] int tokens_per_side() const { return patches_per_side() / merge; }

  /// Reads config.json, generation_config.json and the image processor's file.
  /// \throws Error if a file is missing, is of another family, or asks for something that is not
  ///         supported
  [[nodiscard]] static InternvlConfig from_directory(const std::filesystem::path& directory);
};

namespace detail {

/// The k of a downsample_ratio 1 / k.
[[nodiscard]] inline int merge_of(const Json& json, const std::string& file) {
  const double ratio = factor_or(json, "downsample_ratio", 0.5, file);
  const double merge = std::round(1 / ratio);
  if (merge < 1 || merge > 64 || std::abs(merge * ratio - 1) > 1e-6) {
    throw Error("\"downsample_ratio\" is " + std::to_string(ratio), file,
                "it must be 1, 1/2, 1/3, … 1/64");
  }
  return static_cast<int>(merge);
}

inline constexpr int most_tiles = 256;  ///< Beyond what any model has.

/// What the authors' config.json says beside the two parts.
inline void read_released(InternvlConfig& config, const Json& json, const std::string& file) {
  if (get_or(json, "pad2square", false, file)) {
    throw Error("pictures are padded to squares", file,
                "InternVL-Chat V1.5, V2 and V2.5, which cut them into tiles, are supported");
  }
  const auto version = get_or<std::string>(json, "ps_version", "v1", file);
  if (version != "v1" && version != "v2") {
    throw Error("\"ps_version\" is \"" + version + "\"", file, "it must be \"v1\" or \"v2\"");
  }
  config.order = version == "v1" ? ShuffleOrder::by_column : ShuffleOrder::by_row;
  TileSettings& tiles = config.tiles;
  tiles.side = size_or(json, "force_image_size", config.vision.image_size, file, 1 << 14);
  tiles.thumbnail = get_or(json, "use_thumbnail", false, file);
  if (get_or(json, "dynamic_image_size", false, file)) {
    tiles.fewest = size_or(json, "min_dynamic_patch", 1, file, most_tiles);
    tiles.most = size_or(json, "max_dynamic_patch", 6, file, most_tiles);
  } else {
    tiles.most = 1;
  }
  if (find(json, "template", file) == nullptr) {
    throw Error("\"template\" is missing", file,
                "it names the chat template: internlm2-chat, Hermes-2 or internvl2_5");
  }
  config.chat = internvl_template(get<std::string>(json, "template", file), file);
  config.chat.system = get_or(json, "system_message", config.chat.system, file);
  const int feature_layer = get_or(json, "select_layer", -1, file);
  config.vision_blocks = blocks_run(config.vision, feature_layer, file);
}

/// GotOcr2ImageProcessor's settings as InternVLProcessor uses it: it asks for tiles whatever
/// "crop_to_patches" says.
[[nodiscard]] inline TileSettings read_tile_settings(const std::filesystem::path& directory) {
  const auto [json, file] = image_processor_json(directory);
  const auto type =
      get_or<std::string>(json, "image_processor_type", "GotOcr2ImageProcessor", file);
  if (!type.starts_with("GotOcr2ImageProcessor")) {
    throw Error("image processor " + type + " is not supported", file,
                "InternVL has GotOcr2ImageProcessor");
  }
  TileSettings tiles;
  const Json* given = find(json, "size", file);
  const auto size = given == nullptr ? ImageSize{384, 384} : exact_size_of(*given, "size", file);
  if (!size || size->width != size->height) {
    throw Error("\"size\" has no equal height and width", file, "tiles must be squares");
  }
  tiles.side = size->width;
  tiles.fewest = size_or(json, "min_patches", 1, file, most_tiles);
  tiles.most = size_or(json, "max_patches", 12, file, most_tiles);
  // Colours, filter and switches are CLIP's, and so are the classes' defaults for them.
  Json colours = json;
  for (const char* key : {"size", "crop_size", "do_center_crop"}) colours.erase(key);
  colours["image_processor_type"] = "CLIPImageProcessor";
  tiles.colours = ImageProcessor::from_json(colours, file).settings();
  return tiles;
}

/// What transformers' files say beside the two parts.
inline void read_transformers(InternvlConfig& config, const Json& json, const std::string& file,
                              const std::filesystem::path& directory) {
  // The class's own default; what "text_config" says is nobody's.
  config.text.tie_word_embeddings = get_or(json, "tie_word_embeddings", true, file);
  config.tiles = read_tile_settings(directory);
  config.image_token = get_or<TokenId>(json, "image_token_id", 151667, file);
  config.projector_hidden_act =
      activation_or(json, "projector_hidden_act", config.projector_hidden_act, file);
  const auto kept = get_or<std::string>(json, "vision_feature_select_strategy", "default", file);
  if (kept != "default") {
    throw Error("\"vision_feature_select_strategy\" is \"" + kept + "\"", file,
                "only \"default\" is supported: with the class token patches are no square");
  }
  const int feature_layer = get_or(json, "vision_feature_layer", -1, file);
  config.vision_blocks = blocks_run(config.vision, feature_layer, file);
}

/// The decoder's part with its "model_type": the authors' code goes by "architectures", transformers'
/// class has a Qwen2 where nothing is said.
[[nodiscard]] inline Json internvl_text(const Json& json, bool released, const std::string& file) {
  Json text = object_at(json, released ? "llm_config" : "text_config", file);
  if (find(text, "model_type", file) != nullptr) return text;
  if (!released) {
    text["model_type"] = "qwen2";
    return text;
  }
  const auto classes =
      get_or<std::vector<std::string>>(text, "architectures", {}, file + ", llm_config");
  if (classes.empty()) return text;
  text["model_type"] = classes.front();  // Refused by that name if it is none of these.
  for (const auto& [type, known] :
       {std::pair("llama", "LlamaForCausalLM"), std::pair("qwen2", "Qwen2ForCausalLM"),
        std::pair("qwen3", "Qwen3ForCausalLM"), std::pair("internlm2", "InternLM2ForCausalLM")}) {
    if (classes.front() == known) text["model_type"] = type;
  }
  return text;
}

/// Tiles that can be merged and that a prompt can hold.
inline void require_sound_tiles(const InternvlConfig& config, const std::string& file) {
  if (config.tiles.fewest > config.tiles.most) {
    throw Error("at least " + std::to_string(config.tiles.fewest) + " and at most " +
                    std::to_string(config.tiles.most) + " tiles",
                file, "correct the two");
  }
  const std::string tiles = "tiles of " + std::to_string(config.tiles.side) + " pixels have ";
  require_patches(config.tiles.side, config.vision.patch_size, file);
  if (config.tokens_per_side() < 1 || config.patches_per_side() % config.merge != 0) {
    throw Error(tiles + std::to_string(config.patches_per_side()) +
                    " patches a side, which cannot be merged by " + std::to_string(config.merge),
                file, "correct the size of tiles, patch_size or downsample_ratio");
  }
  const int tokens = config.tokens_per_side() * config.tokens_per_side();
  if (tokens > config.text.context_length()) {
    throw Error(tiles + std::to_string(tokens) + " image tokens, more than the context of " +
                    std::to_string(config.text.context_length()),
                file, "correct the size of tiles, patch_size or downsample_ratio");
  }
}

}  // namespace detail

inline InternvlConfig InternvlConfig::from_directory(const std::filesystem::path& directory) {
  const auto path = directory / "config.json";
  const std::string file = path.string();
  const Json json = read_json(path);
  const auto type = get_or<std::string>(json, "model_type", "", file);
  require_family(json, file, {"internvl", "internvl_chat"},
                 "InternVL has model_type internvl_chat or internvl");
  InternvlConfig config;
  config.released = type == "internvl_chat";
  const std::string text_key = config.released ? "llm_config" : "text_config";
  const Json text = detail::internvl_text(json, config.released, file);
  const Json& vision = object_at(json, "vision_config", file);
  config.text = read_text_config(text, file + ", " + text_key);
  config.internlm2 = get_or<std::string>(text, "model_type", "", file) == "internlm2";
  config.vision = read_intern_vit_config(vision, file + ", vision_config");
  config.merge = detail::merge_of(json, file);
  if (config.released) {
    detail::read_released(config, json, file);
  } else {
    detail::read_transformers(config, json, file, directory);
  }
  detail::require_sound_tiles(config, file);
  config.stop_ids = read_stop_ids(directory, json, file);
  config.own_template = adapters::own_template(directory);
  return config;
}

}  // namespace infoflow::adapters
