// SPDX-License-Identifier: MIT
/// \file The tensors of an InternViT, under the names of its authors and of transformers.
#pragma once

#include <array>
#include <string>
#include <utility>

#include <adapters/checkpoint/tensor_list.hpp>
#include <adapters/checkpoint/tensor_reader.hpp>
#include <adapters/vision/intern_vit.hpp>
#include <adapters/vision/intern_vit_config.hpp>

namespace infoflow::adapters {

/// How a checkpoint calls the tensors of the tower.
struct InternVitNames {
  std::string class_token, positions, patches, blocks;  ///< Behind the tower's own prefix.
  std::string norm1, q_norm, k_norm, out_proj, scale1, norm2, scale2;  ///< Within a block.
  /// Queries, keys and values: three matrices, or one with the three below each other.
  std::array<std::string, 3> qkv;
  [[nodiscard]] bool fused() const { return qkv[1].empty(); }

  /// As the authors release it.
  [[nodiscard]] static InternVitNames released() {
    return {"embeddings.class_embedding",
            "embeddings.position_embedding",
            "embeddings.patch_embedding",
            "encoder.layers.",
            "norm1",
            "attn.q_norm",
            "attn.k_norm",
            "attn.proj",
            "ls1",
            "norm2",
            "ls2",
            {"attn.qkv", "", ""}};
  }
  /// As transformers names it.
  [[nodiscard]] static InternVitNames transformers() {
    return {"embeddings.cls_token",
            "embeddings.position_embeddings",
            "embeddings.patch_embeddings.projection",
            "encoder.layer.",
            "layernorm_before",
            "attention.q_norm",
            "attention.k_norm",
            "attention.projection_layer",
            "lambda_1",
            "layernorm_after",
            "lambda_2",
            {"attention.q_proj", "attention.k_proj", "attention.v_proj"}};
  }
};

/// \param tower       what all names begin with: "vision_model."
/// \param blocks_run  blocks beyond these may be missing: nothing reads them
inline void add_intern_vit(TensorList& list, const InternVitConfig& config,
                           const std::string& tower, const InternVitNames& names, int blocks_run) {
  const std::int64_t channels = config.hidden_size;
  list.add(tower + names.class_token, {1, 1, channels});
  list.add(tower + names.positions, {1, config.positions(), channels});
  list.add(tower + names.patches + ".weight", {channels, 3, config.patch_size, config.patch_size});
  list.add(tower + names.patches + ".bias", {channels});
  for (int i = 0; i < config.num_hidden_layers; ++i) {
    list.needed = i < blocks_run;
    const std::string block = tower + names.blocks + std::to_string(i) + ".";
    list.add_norm(block + names.norm1, channels, !config.rms_norm);
    for (const std::string& name : names.qkv) {
      if (name.empty()) continue;
      list.add_linear(block + name, names.fused() ? 3 * channels : channels, channels,
                      config.qkv_bias);
    }
    if (config.qk_norm) {
      list.add_norm(block + names.q_norm, channels, false);
      list.add_norm(block + names.k_norm, channels, false);
    }
    list.add_linear(block + names.out_proj, channels, channels, true);
    list.add(block + names.scale1, {channels});
    list.add_norm(block + names.norm2, channels, !config.rms_norm);
    list.add_linear(block + "mlp.fc1", config.intermediate_size, channels, true);
    list.add_linear(block + "mlp.fc2", channels, config.intermediate_size, true);
    list.add(block + names.scale2, {channels});
  }
  list.needed = true;
}

namespace detail {

/// The three matrices of a block, taken apart where the checkpoint has them in one.
[[nodiscard]] inline std::array<Linear, 3> read_qkv(const TensorReader& read,
                                                    const std::string& block,
                                                    const InternVitNames& names) {
  std::array<Linear, 3> parts;
  const Linear whole = names.fused() ? read.linear(block + names.qkv[0]) : Linear{};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!names.fused()) {
      parts[i] = read.linear(block + names.qkv[i]);
      continue;
    }
    const std::int64_t rows = whole.weight.size(0) / 3;
    const auto part = [&](const at::Tensor& t) {
      return t.defined() ? t.narrow(0, static_cast<std::int64_t>(i) * rows, rows) : t;
    };
    parts[i] = {part(whole.weight), part(whole.bias)};
  }
  return parts;
}

}  // namespace detail

/// The tower whose tensors `add_intern_vit` lists, with `blocks_run` blocks.
[[nodiscard]] inline InternVitWeights read_intern_vit(const TensorReader& read,
                                                      const InternVitConfig& config,
                                                      const std::string& tower,
                                                      const InternVitNames& names, int blocks_run) {
  const auto norm = [&](const std::string& name) {
    if (config.rms_norm) return TowerNorm(read.rms_norm(name, config.layer_norm_eps));
    return TowerNorm(read.layer_norm(name, config.layer_norm_eps));
  };
  const auto qk_norm = [&](const std::string& name) {
    return config.qk_norm ? std::optional(read.rms_norm(name, config.qk_norm_eps)) : std::nullopt;
  };
  InternVitWeights weights{read.tensor(tower + names.class_token).flatten(),
                           read.linear(tower + names.patches),
                           read.tensor(tower + names.positions).squeeze(0),
                           {}};
  for (int i = 0; i < blocks_run; ++i) {
    const std::string block = tower + names.blocks + std::to_string(i) + ".";
    auto [q, k, v] = detail::read_qkv(read, block, names);
    weights.blocks.push_back({norm(block + names.norm1), std::move(q), std::move(k), std::move(v),
                              qk_norm(block + names.q_norm), qk_norm(block + names.k_norm),
                              read.linear(block + names.out_proj),
                              read.tensor(block + names.scale1), norm(block + names.norm2),
                              read.linear(block + "mlp.fc1"), read.linear(block + "mlp.fc2"),
                              read.tensor(block + names.scale2)});
  }
  return weights;
}

}  // namespace infoflow::adapters
