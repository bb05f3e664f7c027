// SPDX-License-Identifier: MIT
/// \file The configuration of an InternVL-Chat-1.0, in the dialect of the original LLaVA code.
#pragma once

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <adapters/chat/own_template.hpp>
#include <adapters/checkpoint/config_values.hpp>
#include <adapters/checkpoint/generation_config.hpp>
#include <adapters/checkpoint/json_file.hpp>
#include <adapters/decoder/text_config.hpp>
#include <adapters/vision/intern_vit_config.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/core/token_partition.hpp>

namespace infoflow::adapters {

struct InternvlChatV1Config {
  TextConfig text;
  InternVitConfig vision;
  /// Whether config.json holds the tower's own configuration. The releases leave it out: their tower
  /// is InternViT-6B, and only its table of positions differs between them.
  bool vision_given = false;
  int image_size = 336;             ///< Pixels a side that the tower is given.
  int blocks_run = 45;              ///< Of the tower, up to the feature layer.
  bool pad_to_square = true;        ///< Else the middle of the picture is cut out.
  std::vector<TokenId> stop_ids{};  ///< From generation_config.json, else the configuration.
  std::optional<OwnTemplate> own_template{};  ///< The folder's chat template, if it has one.

  [[nodiscard]] int patches_per_side() const { return image_size / vision.patch_size; }

  /// Reads config.json and generation_config.json.
  /// \throws Error if a file is missing, is of another family, or asks for something that is not
  ///         supported
  [[nodiscard]] static InternvlChatV1Config from_directory(const std::filesystem::path& directory);
};

namespace detail {

/// Whether the tower's name, which may be a path, has one of `parts` in it, in letters of any case.
[[nodiscard]] inline bool tower_has(const Json& config,
                                    std::initializer_list<std::string_view> parts) {
  const auto tower = config.find("mm_vision_tower");
  if (tower == config.end() || !tower->is_string()) return false;
  auto name = tower->get<std::string>();
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::any_of(parts.begin(), parts.end(),
                     [&](std::string_view part) { return name.find(part) != std::string::npos; });
}

}  // namespace detail

/// Whether a config.json of the original LLaVA code names an InternViT-6B as that code knows it:
/// "OpenGVLab/InternViT-6B-224px", "intern_vit_6b_448".
[[nodiscard]] inline bool names_intern_tower(const Json& config) {
  return detail::tower_has(config,
                           {"intern_vit_6b", "internvit_6b", "internvit-6b", "internvit6b"});
}

namespace detail {

inline void require_internvl_chat_v1(const Json& json, const std::string& file) {
  const auto type = get_or<std::string>(json, "model_type", "", file);
  const std::string what = "InternVL-Chat-1.0 has model_type llava and an InternViT for its tower";
  if (type == "internvl_chat" || type == "internvl") {
    throw Error("this is InternVL-Chat V1.5 or a later one, of the family " + type, file, what);
  }
  require_family(json, file, {"llava"}, what);
  const auto tower = get_or<std::string>(json, "mm_vision_tower", "", file);
  if (tower.empty()) throw Error("this is a LLaVA-1.5 in Hugging Face's form", file, what);
  if (names_intern_tower(json)) return;
  if (tower_has(json, {"internvl_14b", "intern_vl_14b", "internvl-14b", "internvl14b"})) {
    throw Error("the tower " + tower + " is an InternVL-14B, which is another model", file, what);
  }
  throw Error("this is a LLaVA-1.5 of the original code, with the tower " + tower, file,
              "convert it with examples/adapters/convert.py and its option --vision");
}

/// The tower's sizes: what "vision_config" says, else InternViT-6B's.
/// \throws Error if neither can be this checkpoint's
inline void read_tower(InternvlChatV1Config& config, const Json& json, const std::string& file) {
  config.vision_given = find(json, "vision_config", file) != nullptr;
  if (config.vision_given) {
    const Json& vision = object_at(json, "vision_config", file);
    config.vision = read_intern_vit_config(vision, file + ", vision_config");
  }
  const int channels = size_or(json, "mm_hidden_size", config.vision.hidden_size, file);
  if (channels == config.vision.hidden_size) return;
  throw Error("\"mm_hidden_size\" is " + std::to_string(channels) + ", the tower has " +
                  std::to_string(config.vision.hidden_size) + " channels",
              file,
              config.vision_given ? "correct one of the two"
                                  : "put the tower's own config.json into it as \"vision_config\"");
}

/// The original code gives the tower 448 pixels if its name says so, else 336 whatever it says.
/// "force_image_size", a key of later InternVLs, says another size.
inline void read_image_size(InternvlChatV1Config& config, const Json& json,
                            const std::string& file) {
  const auto tower = get<std::string>(json, "mm_vision_tower", file);
  const int usual = tower.find("448") == std::string::npos ? 336 : 448;
  config.image_size = size_or(json, "force_image_size", usual, file, 1 << 14);
  require_patches(config.image_size, config.vision.patch_size, file);
  if (config.image_size % config.vision.patch_size != 0) {
    throw Error("pictures of " + std::to_string(config.image_size) +
                    " pixels are no whole number "
                    "of patches of " +
                    std::to_string(config.vision.patch_size),
                file, "correct \"force_image_size\"");
  }
  const auto aspect = get_or<std::string>(json, "image_aspect_ratio", "square", file);
  if (aspect != "pad" && aspect != "square") {
    throw Error("\"image_aspect_ratio\" is \"" + aspect + "\"", file,
                "it must be \"pad\" or \"square\"");
  }
  config.pad_to_square = aspect == "pad";
}

}  // namespace detail

inline InternvlChatV1Config InternvlChatV1Config::from_directory(
    const std::filesystem::path& directory) {
  const auto path = directory / "config.json";
  const std::string file = path.string();
  const Json json = read_json(path);
  detail::require_internvl_chat_v1(json, file);
  const std::string family = "InternVL-Chat-1.0";
  require_word(json, "mm_projector_type", "linear", "mlp2x_gelu", family, file);
  require_word(json, "mm_vision_select_feature", "patch", "patch", family, file);
  if (get_or(json, "mm_use_im_start_end", false, file)) {
    throw Error("\"mm_use_im_start_end\" is true", file,
                "pictures between tokens of their own are not supported");
  }
  InternvlChatV1Config config;
  Json text = json;
  text["model_type"] = "llama";
  config.text = read_text_config(text, file);
  detail::read_tower(config, json, file);
  detail::read_image_size(config, json, file);
  const int layer = get<int>(json, "mm_vision_select_layer", file);
  config.blocks_run = infoflow::adapters::blocks_run(config.vision, layer, file);
  config.stop_ids = read_stop_ids(directory, json, file);
  if (config.stop_ids.empty()) config.stop_ids = {2};  // LlamaConfig's default: </s>
  config.own_template = adapters::own_template(directory);
  return config;
}

}  // namespace infoflow::adapters
