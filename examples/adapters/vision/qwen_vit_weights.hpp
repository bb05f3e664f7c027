// SPDX-License-Identifier: MIT
/// \file The tensors of Qwen2-VL's and Qwen2.5-VL's vision tower.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include <adapters/checkpoint/tensor_list.hpp>
#include <adapters/checkpoint/tensor_reader.hpp>
#include <adapters/vision/qwen_vit.hpp>
#include <adapters/vision/qwen_vit_config.hpp>

namespace infoflow::adapters {

/// Of all norms of the tower and of the merger; in no file.
inline constexpr double qwen_vit_epsilon = 1e-6;

/// What of the configuration the tower itself asks for.
[[nodiscard]] inline QwenVitShape qwen_vit_shape(const QwenVitConfig& config) {
  return {.heads = config.num_heads,
          .merge = config.spatial_merge_size,
          .window_cells = config.window_cells(),
          .activation = config.hidden_act,
          .rope_theta = config.rope_theta};
}

/// \param tower  what all names begin with: "visual."
inline void add_qwen_vit(TensorList& list, const QwenVitConfig& config, const std::string& tower) {
  const std::int64_t channels = config.hidden_size;
  const std::int64_t inner = config.intermediate_size;
  const bool second = config.second_generation;
  list.add(tower + "patch_embed.proj.weight",
           {channels, 3, config.temporal_patch_size, config.patch_size, config.patch_size});
  for (int i = 0; i < config.depth; ++i) {
    const std::string block = tower + "blocks." + std::to_string(i) + ".";
    list.add_norm(block + "norm1", channels, !second);
    list.add_linear(block + "attn.qkv", 3 * channels, channels, true);
    list.add_linear(block + "attn.proj", channels, channels, true);
    list.add_norm(block + "norm2", channels, !second);
    if (second) {
      list.add_linear(block + "mlp.gate_proj", inner, channels, true);
      list.add_linear(block + "mlp.up_proj", inner, channels, true);
      list.add_linear(block + "mlp.down_proj", channels, inner, true);
    } else {
      list.add_linear(block + "mlp.fc1", inner, channels, true);
      list.add_linear(block + "mlp.fc2", channels, inner, true);
    }
  }
}

/// A norm of the tower's generation.
[[nodiscard]] inline TowerNorm read_qwen_vit_norm(const TensorReader& read,
                                                  const QwenVitConfig& config,
                                                  const std::string& name) {
  if (config.second_generation) return read.rms_norm(name, qwen_vit_epsilon);
  return read.layer_norm(name, qwen_vit_epsilon);
}

/// The tower whose tensors `add_qwen_vit` lists.
[[nodiscard]] inline QwenVitWeights read_qwen_vit(const TensorReader& read,
                                                  const QwenVitConfig& config,
                                                  const std::string& tower) {
  QwenVitWeights weights{{read.tensor(tower + "patch_embed.proj.weight").flatten(1), {}}, {}};
  for (int i = 0; i < config.depth; ++i) {
    const std::string block = tower + "blocks." + std::to_string(i) + ".";
    const auto linear = [&](const char* name) { return read.linear(block + name); };
    QwenVitBlock read_block{.norm1 = read_qwen_vit_norm(read, config, block + "norm1"),
                            .qkv = linear("attn.qkv"),
                            .proj = linear("attn.proj"),
                            .norm2 = read_qwen_vit_norm(read, config, block + "norm2"),
                            .mlp = PlainMlp{},
                            .windowed = config.windowed(i)};
    if (config.second_generation) {
      read_block.mlp =
          GatedMlp{linear("mlp.gate_proj"), linear("mlp.up_proj"), linear("mlp.down_proj")};
    } else {
      read_block.mlp = PlainMlp{linear("mlp.fc1"), linear("mlp.fc2")};
    }
    weights.blocks.push_back(std::move(read_block));
  }
  return weights;
}

}  // namespace infoflow::adapters
