// SPDX-License-Identifier: MIT
/// \file The configuration of Qwen2-VL's and Qwen2.5-VL's vision tower, with the defaults of its class.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <adapters/checkpoint/config_values.hpp>
#include <adapters/checkpoint/json_file.hpp>
#include <infoflow/core/error.hpp>

namespace infoflow::adapters {

/// What "vision_config" says. Names are those of Qwen2.5-VL's.
struct QwenVitConfig {
  bool second_generation = true;  ///< Qwen2.5-VL's: windows, RMS norms and a gate in the MLP.
  int depth = 32;
  int hidden_size = 1280;
  int intermediate_size = 3420;
  int out_hidden_size = 3584;  ///< Of an image token: the decoder's.
  int num_heads = 16;
  int patch_size = 14;
  int temporal_patch_size = 2;  ///< How many times a still picture is seen by a patch's weights.
  int spatial_merge_size = 2;
  int window_size = 112;           ///< In pixels.
  std::vector<int> full_blocks{};  ///< "fullatt_block_indexes": blocks that see the whole picture.
  std::string hidden_act = "silu";
  double rope_theta = 10000;

  /// Cells along a window's edge.
  [[nodiscard]] int window_cells() const { return window_size / spatial_merge_size / patch_size; }
  /// Values of a patch: colours, times and pixels.
  [[nodiscard]] int patch_values() const {
    return 3 * temporal_patch_size * patch_size * patch_size;
  }
  [[nodiscard]] bool windowed(int block) const {
    return second_generation &&
           std::find(full_blocks.begin(), full_blocks.end(), block) == full_blocks.end();
  }
};

namespace detail {

/// Sizes of Qwen2-VL's: the tower's is "embed_dim", the decoder's "hidden_size".
inline void read_first_generation(QwenVitConfig& vision, const Json& json,
                                  const std::string& file) {
  vision.second_generation = false;
  vision.hidden_size = size_or(json, "embed_dim", 1280, file);
  vision.out_hidden_size = size_or(json, "hidden_size", 3584, file);
  const double inner = vision.hidden_size * factor_or(json, "mlp_ratio", 4, file);
  if (!(inner >= 1 && inner <= most_channels)) {
    throw Error("\"mlp_ratio\" is " + std::to_string(inner / vision.hidden_size), file,
                "correct the value");
  }
  vision.intermediate_size = static_cast<int>(inner);
  vision.hidden_act = activation_or(json, "hidden_act", "quick_gelu", file);
}

inline void read_second_generation(QwenVitConfig& vision, const Json& json,
                                   const std::string& file) {
  vision.hidden_size = size_or(json, "hidden_size", 3584, file);
  vision.out_hidden_size = size_or(json, "out_hidden_size", 3584, file);
  vision.intermediate_size = size_or(json, "intermediate_size", 3420, file);
  vision.hidden_act = activation_or(json, "hidden_act", "silu", file);
  vision.window_size = size_or(json, "window_size", 112, file, 1 << 14);
  vision.full_blocks =
      get_or<std::vector<int>>(json, "fullatt_block_indexes", {7, 15, 23, 31}, file);
  if (vision.window_cells() < 1) {
    throw Error("windows of " + std::to_string(vision.window_size) + " pixels hold no merged patch",
                file, "correct window_size, patch_size or spatial_merge_size");
  }
}

}  // namespace detail

/// \param json  a model's "vision_config"
/// \param second_generation  whether it is Qwen2.5-VL's
/// \throws Error if it asks for something that the tower has not
[[nodiscard]] inline QwenVitConfig read_qwen_vit_config(const Json& json, bool second_generation,
                                                        const std::string& file) {
  constexpr int most_pixels = 1 << 10;
  QwenVitConfig vision;
  vision.depth = size_or(json, "depth", 32, file, most_layers);
  vision.num_heads = size_or(json, "num_heads", 16, file, most_heads);
  vision.patch_size = size_or(json, "patch_size", 14, file, most_pixels);
  vision.temporal_patch_size = size_or(json, "temporal_patch_size", 2, file, 64);
  vision.spatial_merge_size = size_or(json, "spatial_merge_size", 2, file, 64);
  if (second_generation) {
    detail::read_second_generation(vision, json, file);
  } else {
    detail::read_first_generation(vision, json, file);
  }
  require_whole_heads(vision.hidden_size, vision.num_heads, file);
  if (vision.hidden_size / vision.num_heads % 4 != 0) {
    throw Error("heads of " + std::to_string(vision.hidden_size / vision.num_heads) + " channels",
                file, "rows and columns turn a quarter each, in pairs: give a multiple of 4");
  }
  if (size_or(json, "in_channels", 3, file) != 3) {
    throw Error("in_channels must be 3", file, "pictures are read as RGB");
  }
  const Json& rope = object_at(json, "rope_parameters", file);
  vision.rope_theta = factor_or(rope, "rope_theta", 10000, file);
  return vision;
}

}  // namespace infoflow::adapters
