// SPDX-License-Identifier: MIT
/// \file The configuration of an InstructBLIP with a LLaMA decoder, in transformers' form, both generations.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <adapters/checkpoint/config_values.hpp>
#include <adapters/checkpoint/json_file.hpp>
#include <adapters/decoder/text_config.hpp>
#include <adapters/preprocessing/image_processor.hpp>
#include <adapters/vision/eva_vit_config.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/core/token_partition.hpp>

namespace infoflow::adapters {

/// What config.json says of the Q-Former. The values here are those of its class.
struct QFormerConfig {
  int vocab_size = 30522;
  int hidden_size = 768;
  int num_hidden_layers = 12;
  int num_attention_heads = 12;
  int intermediate_size = 3072;
  int max_position_embeddings = 512;
  double layer_norm_eps = 1e-12;
  std::string hidden_act = "gelu";
  int cross_attention_frequency = 2;  ///< Every so many layers, from the first on, see the picture.
};

struct InstructBlipConfig {
  TextConfig text;
  EvaVitConfig vision;
  QFormerConfig qformer;
  int queries = 32;  ///< Image tokens of a picture.
  ImageSettings pictures{};
  /// The token that stands for them. Files of before 2024-11 have none.
  std::optional<TokenId> image_token{};
  /// config.json has wrong ids of BOS and EOS. The tokenizer has the right ones.
  std::vector<TokenId> stop_ids{2};

  /// Reads config.json and the image processor's file.
  /// \throws Error if a file is missing, is of another family, or asks for something that is not
  ///         supported
  [[nodiscard]] static InstructBlipConfig from_directory(const std::filesystem::path& directory);
};

namespace detail {

inline void require_instructblip(const Json& json, const std::string& file) {
  require_family(json, file, {"instructblip"}, "InstructBLIP has model_type instructblip");
  const auto type =
      get_or<std::string>(object_at(json, "text_config", file), "model_type", "opt", file);
  if (type == "t5") {
    throw Error("the language model is a Flan-T5", file + ", text_config",
                "InstructBLIP with a Vicuna is supported; an encoder-decoder is not");
  }
  if (type == "llama") return;
  throw Error("the language model is of type " + type, file + ", text_config",
              "InstructBLIP has a Vicuna, of type llama");
}

[[nodiscard]] inline QFormerConfig read_qformer_config(const Json& json, const std::string& where) {
  const QFormerConfig usual;
  QFormerConfig config;
  config.vocab_size = size_or(json, "vocab_size", usual.vocab_size, where);
  config.hidden_size = size_or(json, "hidden_size", usual.hidden_size, where);
  config.num_hidden_layers =
      size_or(json, "num_hidden_layers", usual.num_hidden_layers, where, most_layers);
  config.num_attention_heads =
      size_or(json, "num_attention_heads", usual.num_attention_heads, where, most_heads);
  require_whole_heads(config.hidden_size, config.num_attention_heads, where);
  config.intermediate_size = size_or(json, "intermediate_size", usual.intermediate_size, where);
  config.max_position_embeddings =
      size_or(json, "max_position_embeddings", usual.max_position_embeddings, where);
  config.layer_norm_eps = epsilon_or(json, "layer_norm_eps", usual.layer_norm_eps, where);
  config.hidden_act = activation_or(json, "hidden_act", usual.hidden_act, where);
  config.cross_attention_frequency = size_or(json, "cross_attention_frequency",
                                             usual.cross_attention_frequency, where, most_layers);
  return config;
}

/// BlipImageProcessor's filter, mean and std; pictures are squeezed into the tower's square.
[[nodiscard]] inline ImageSettings read_blip_pictures(int side,
                                                      const std::filesystem::path& directory) {
  const auto [json, file] = image_processor_json(directory);
  const auto type = get_or<std::string>(json, "image_processor_type", "BlipImageProcessor", file);
  if (!type.starts_with("BlipImageProcessor")) {
    throw Error("image processor " + type + " is not supported", file,
                "InstructBLIP has BlipImageProcessor");
  }
  Json clip = json;
  clip["image_processor_type"] = "CLIPImageProcessor";
  clip["do_resize"] = true;
  clip["do_center_crop"] = false;
  const ImageSettings settings = ImageProcessor::from_json(clip, file).settings();
  const ImageSize square{side, side};
  if (find(json, "size", file) != nullptr && settings.exact_size != square) {
    throw Error("\"size\" is not that of the vision tower", file,
                "its pictures have " + std::to_string(side) + " pixels a side");
  }
  return settings.squashed_to(square);
}

}  // namespace detail

inline InstructBlipConfig InstructBlipConfig::from_directory(
    const std::filesystem::path& directory) {
  const auto path = directory / "config.json";
  const std::string file = path.string();
  const Json json = read_json(path);
  detail::require_instructblip(json, file);
  InstructBlipConfig config;
  config.text = read_text_config(object_at(json, "text_config", file), file + ", text_config");
  config.vision =
      read_eva_vit_config(object_at(json, "vision_config", file), file + ", vision_config");
  config.qformer = detail::read_qformer_config(object_at(json, "qformer_config", file),
                                               file + ", qformer_config");
  config.queries = size_or(json, "num_query_tokens", config.queries, file, 1 << 12);
  config.image_token = get_optional<TokenId>(json, "image_token_index", file);
  if (!config.image_token) config.image_token = get_optional<TokenId>(json, "image_token_id", file);
  config.pictures = detail::read_blip_pictures(config.vision.image_size, directory);
  return config;
}

}  // namespace infoflow::adapters
