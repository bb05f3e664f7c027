// SPDX-License-Identifier: MIT
/// \file What config.json and generation_config.json say of a Qwen-VL (2023).
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <adapters/chat/own_template.hpp>
#include <adapters/checkpoint/config_values.hpp>
#include <adapters/checkpoint/generation_config.hpp>
#include <adapters/checkpoint/json_file.hpp>
#include <adapters/decoder/long_context.hpp>
#include <adapters/decoder/text_config.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/core/token_partition.hpp>

namespace infoflow::adapters {

/// The vision tower and its resampler: "visual" in config.json. The values are Qwen-VL's own.
struct QwenVlVision {
  int image_size = 448;
  int patch_size = 14;
  int width = 1664;
  int layers = 48;
  int heads = 16;
  int mlp_width = 8192;             ///< The whole part of width · mlp_ratio.
  int output_dim = 4096;            ///< Channels of the resampler: the decoder's.
  int queries = 256;                ///< Image tokens per picture: "n_queries", a square.
  int learned_positions = 256;      ///< Rows of the tower's table, whatever the picture's size.
  double norm_eps = 1e-6;           ///< Of every layer norm; not in the file.
  TokenId image_start_id = 151857;  ///< `<img>`; `</img>` and `<imgpad>` come after it.

  [[nodiscard]] int side() const { return image_size / patch_size; }  ///< Patches along an edge.
  [[nodiscard]] int resampler_heads() const { return output_dim / resampler_head_channels; }

  static constexpr int resampler_head_channels = 128;
};

struct QwenVlConfig {
  TextConfig text;  ///< Qwen's names put into LLaMA's; the MLP is half as wide as the file says.
  LongContext long_context;
  QwenVlVision vision;
  bool chats = false;             ///< chat_format "chatml", else "raw": the text is only continued.
  std::vector<TokenId> stop_ids;  ///< From generation_config.json, else the configuration.
  std::optional<OwnTemplate> own_template{};  ///< The folder's chat template, if it has one.

  /// Reads config.json and generation_config.json.
  /// \throws Error if a file is missing, is of another family, or asks for something unsupported
  [[nodiscard]] static QwenVlConfig from_directory(const std::filesystem::path& directory);
};

namespace detail {

inline void require_qwen_vl(const Json& json, const std::string& file) {
  require_family(json, file, {"qwen"}, "Qwen-VL has model_type qwen");
  if (object_at(json, "visual", file).empty()) {
    throw Error("this is a Qwen without a vision tower", file,
                "give a Qwen-VL or Qwen-VL-Chat; its configuration has \"visual\"");
  }
  if (!get_or(json, "scale_attn_weights", true, file)) {
    throw Error("\"scale_attn_weights\" is false", file, "attention is divided by √d here");
  }
  if (get_or(json, "rotary_pct", 1.0, file) != 1.0) {
    throw Error("\"rotary_pct\" rotates a part of each head only", file,
                "only rotary embeddings of whole heads are supported");
  }
}

/// \throws Error if heads do not make up the hidden size: c_attn is split by it
[[nodiscard]] inline TextConfig read_qwen_text(const Json& json, const std::string& file) {
  TextConfig text;
  text.hidden_size = size_or(json, "hidden_size", 4096, file);
  text.num_hidden_layers = size_or(json, "num_hidden_layers", 32, file, most_layers);
  text.num_attention_heads = size_or(json, "num_attention_heads", 32, file, most_heads);
  text.num_key_value_heads = text.num_attention_heads;
  text.head_dim = size_or(json, "kv_channels", 128, file, most_head_channels);
  if (text.head_dim % 2 != 0 || text.head_dim * text.num_attention_heads != text.hidden_size) {
    throw Error(std::to_string(text.num_attention_heads) + " heads of " +
                    std::to_string(text.head_dim) + " channels do not make up a hidden_size of " +
                    std::to_string(text.hidden_size),
                file, "correct num_attention_heads, kv_channels or hidden_size");
  }
  text.intermediate_size = size_or(json, "intermediate_size", 22016, file) / 2;
  if (text.intermediate_size == 0) {
    throw Error("\"intermediate_size\" is 1", file, "it is twice the width of the MLP");
  }
  text.vocab_size = size_or(json, "vocab_size", 151936, file);
  text.max_position_embeddings = size_or(json, "max_position_embeddings", 8192, file);
  text.rms_norm_eps = epsilon_or(json, "layer_norm_epsilon", 1e-6, file);
  text.rope_theta = factor_or(json, "rotary_emb_base", 10000, file);
  text.qkv_bias = true;
  text.o_bias = text.mlp_bias = !get_or(json, "no_bias", true, file);
  text.tie_word_embeddings = get_or(json, "tie_word_embeddings", false, file);
  return text;
}

[[nodiscard]] inline LongContext read_long_context(const Json& json, const std::string& file) {
  const int trained = size_or(json, "seq_length", 2048, file);
  if (trained == 1) {
    throw Error("\"seq_length\" is 1", file, "it is the length that the model was trained at");
  }
  return {trained, get_or(json, "use_logn_attn", true, file),
          get_or(json, "use_dynamic_ntk", true, file)};
}

inline void require_shapes_of_a_tower(const QwenVlVision& vision, int hidden_size,
                                      const std::string& where) {
  require_whole_heads(vision.width, vision.heads, where);
  if (vision.image_size < vision.patch_size) {
    throw Error("patch_size is larger than image_size", where, "correct the two");
  }
  require_patches(vision.image_size, vision.patch_size, where);
  int grid = 1;
  while (grid * grid < vision.queries) ++grid;
  if (grid * grid != vision.queries) {
    throw Error("\"n_queries\" is " + std::to_string(vision.queries), where,
                "queries are placed on a square grid: give a square number");
  }
  if (vision.output_dim != hidden_size ||
      vision.output_dim % QwenVlVision::resampler_head_channels != 0) {
    throw Error("\"output_dim\" is " + std::to_string(vision.output_dim) +
                    " in front of a decoder of " + std::to_string(hidden_size) + " channels",
                where, "it must be the decoder's hidden_size, in whole heads of 128");
  }
}

[[nodiscard]] inline QwenVlVision read_qwen_visual(const Json& json, int hidden_size,
                                                   const std::string& file) {
  const Json& visual = object_at(json, "visual", file);
  const std::string where = file + ", visual";
  QwenVlVision vision;
  vision.image_size = size_or(visual, "image_size", vision.image_size, where, 1 << 14);
  vision.patch_size = size_or(visual, "patch_size", vision.patch_size, where, 1 << 14);
  vision.width = size_or(visual, "width", vision.width, where);
  vision.layers = size_or(visual, "layers", vision.layers, where, most_layers);
  vision.heads = size_or(visual, "heads", vision.heads, where, most_heads);
  const double ratio = factor_or(visual, "mlp_ratio", 4.9231, where);
  if (!(vision.width * ratio >= 1 && vision.width * ratio <= most_channels)) {
    throw Error("\"mlp_ratio\" is " + std::to_string(ratio), where, "correct the value");
  }
  vision.mlp_width = static_cast<int>(vision.width * ratio);
  vision.output_dim = size_or(visual, "output_dim", vision.output_dim, where);
  vision.queries = size_or(visual, "n_queries", vision.queries, where, 1 << 14);
  vision.image_start_id = get_or(visual, "image_start_id", vision.image_start_id, where);
  require_shapes_of_a_tower(vision, hidden_size, where);
  return vision;
}

/// \throws Error if generation_config.json is missing (a chat's template would be lost without a
///         word), or names a format that is neither of the two
[[nodiscard]] inline bool reads_chats(const std::filesystem::path& directory) {
  const auto path = directory / "generation_config.json";
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    throw Error("no generation_config.json", directory.string(),
                "copy it from the checkpoint's page: its chat_format says how to ask");
  }
  const auto format = get_or<std::string>(read_json(path), "chat_format", "raw", path.string());
  if (format == "chatml" || format == "raw") return format == "chatml";
  throw Error("\"chat_format\" is \"" + format + "\"", path.string(),
              "chatml and raw are supported");
}

}  // namespace detail

inline QwenVlConfig QwenVlConfig::from_directory(const std::filesystem::path& directory) {
  const auto path = directory / "config.json";
  const std::string file = path.string();
  const Json json = read_json(path);
  detail::require_qwen_vl(json, file);
  QwenVlConfig config;
  config.text = detail::read_qwen_text(json, file);
  config.long_context = detail::read_long_context(json, file);
  config.vision = detail::read_qwen_visual(json, config.text.hidden_size, file);
  config.chats = detail::reads_chats(directory);
  config.stop_ids = read_stop_ids(directory, json, file);
  config.own_template = adapters::own_template(directory);
  return config;
}

}  // namespace infoflow::adapters
