// SPDX-License-Identifier: MIT
/// \file The vision tower of Qwen2-VL and Qwen2.5-VL: patches of a picture of any size → features.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <ATen/ATen.h>

#include <adapters/layers.hpp>
#include <adapters/vision/patch_windows.hpp>
#include <adapters/vision/tower_norm.hpp>
#include <infoflow/torch/tensor_ops.hpp>

namespace infoflow::adapters {

/// Qwen2.5-VL's MLP has a gate, Qwen2-VL's has none.
struct PlainMlp {
  Linear fc1, fc2;
};
struct GatedMlp {
  Linear gate_proj, up_proj, down_proj;
};

struct QwenVitBlock {
  TowerNorm norm1;
  Linear qkv;  ///< Queries, keys and values below each other.
  Linear proj;
  TowerNorm norm2;
  std::variant<PlainMlp, GatedMlp> mlp;
  bool windowed = false;  ///< Attention within windows, else over the whole picture.
};

struct QwenVitWeights {
  Linear patch_embedding;  ///< [channels, values of a patch]; without a bias
  std::vector<QwenVitBlock> blocks;
};

/// What the weights' shapes do not say.
struct QwenVitShape {
  Index heads = 16;
  Index merge = 2;         ///< merge × merge patches are one cell, and later one image token.
  Index window_cells = 4;  ///< Cells along a window's edge.
  std::string activation = "silu";
  double rope_theta = 10000;
};

/// A ViT without a class token and without a table of positions: queries and keys are turned by each
/// patch's row and column, half of a head's channels by each.
///
/// Patches come and go cell by cell, cells row by row. Where blocks are windowed, cells are put in the
/// order of their windows between.
class QwenVit {
 public:
  QwenVit(QwenVitShape shape, QwenVitWeights weights)
      : shape_(std::move(shape)),
        weights_(std::move(weights)),
        activation_(nonlinearity(shape_.activation)) {}

  [[nodiscard]] const QwenVitWeights& weights() const { return weights_; }

  /// One picture's normalised patches [rows · columns, values] → [rows · columns, channels].
  [[nodiscard]] at::Tensor operator()(const at::Tensor& patches, GridSize grid) const {
    const bool windowed = std::any_of(weights_.blocks.begin(), weights_.blocks.end(),
                                      [](const auto& block) { return block.windowed; });
    const GridSize cells{grid.rows / shape_.merge, grid.columns / shape_.merge};
    const Index whole = std::max(cells.rows, cells.columns);
    const PatchWindows windows = patch_windows(cells, windowed ? shape_.window_cells : whole);
    const at::Tensor order = indices_on_device_of(patches, std::span<const Index>(windows.cells));

    at::Tensor hidden = by_cell(weights_.patch_embedding(patches), order);
    const at::Tensor angles = by_cell(angles_of(grid, hidden), order);
    std::vector<Index> lengths;
    for (const Index size : windows.sizes) lengths.push_back(size * shape_.merge * shape_.merge);
    const std::vector<Index> all{hidden.size(0)};
    for (const QwenVitBlock& block : weights_.blocks) {
      hidden = hidden + attention(block, normed(block.norm1, hidden), angles,
                                  block.windowed ? lengths : all);
      hidden = hidden + mlp(block, normed(block.norm2, hidden));
    }
    return by_cell(hidden, order.argsort());
  }

 private:
  /// Rows [patches, …] with their cells in another order.
  [[nodiscard]] at::Tensor by_cell(const at::Tensor& rows, const at::Tensor& order) const {
    return rows.view({-1, shape_.merge * shape_.merge, rows.size(1)})
        .index_select(0, order)
        .flatten(0, 1);
  }

  /// [patches, channels of a head]: row · θ^(−2i/h) and column · θ^(−2i/h), h half a head, and both
  /// again for the head's other half. Patches cell by cell.
  [[nodiscard]] at::Tensor angles_of(GridSize grid, const at::Tensor& like) const {
    const Index half = like.size(1) / shape_.heads / 2;
    const auto options = like.options().dtype(at::kFloat);
    const at::Tensor frequencies =
        at::pow(shape_.rope_theta, at::arange(0, half, 2, options) / static_cast<double>(half))
            .reciprocal();
    const auto cell_by_cell = [&](const at::Tensor& numbers) {
      const Index merge = shape_.merge;
      return numbers.expand({grid.rows, grid.columns})
          .reshape({grid.rows / merge, merge, grid.columns / merge, merge})
          .transpose(1, 2)
          .reshape({-1});
    };
    const at::Tensor rows = cell_by_cell(at::arange(grid.rows, options).unsqueeze(1));
    const at::Tensor columns = cell_by_cell(at::arange(grid.columns, options).unsqueeze(0));
    const at::Tensor both =
        at::cat({at::outer(rows, frequencies), at::outer(columns, frequencies)}, -1);
    return at::cat({both, both}, -1);
  }

  /// \param angles  [patches, channels of a head]
  [[nodiscard]] static at::Tensor turned(const at::Tensor& heads, const at::Tensor& angles) {
    const auto halves = heads.chunk(2, -1);
    const at::Tensor other = at::cat({-halves[1], halves[0]}, -1);
    return heads * angles.cos().unsqueeze(1) + other * angles.sin().unsqueeze(1);
  }

  /// \param lengths  patches that see each other, one group after the other
  [[nodiscard]] at::Tensor attention(const QwenVitBlock& block, const at::Tensor& rows,
                                     const at::Tensor& angles,
                                     const std::vector<Index>& lengths) const {
    // [patches, 3 · heads · channels] → 3 of [patches, heads, channels].
    const auto parts = block.qkv(rows).unflatten(-1, {3, shape_.heads, -1}).unbind(1);
    const at::Tensor queries = turned(parts[0], angles);
    const at::Tensor keys = turned(parts[1], angles);
    std::vector<at::Tensor> mixed;
    Index first = 0;
    for (const Index length : lengths) {
      const auto group = [&](const at::Tensor& x) {
        return x.narrow(0, first, length).transpose(0, 1).unsqueeze(0);
      };
      mixed.push_back(at::scaled_dot_product_attention(group(queries), group(keys), group(parts[2]))
                          .squeeze(0)
                          .transpose(0, 1));
      first += length;
    }
    return block.proj(joined(mixed, 0).flatten(1));
  }

  [[nodiscard]] at::Tensor mlp(const QwenVitBlock& block, const at::Tensor& rows) const {
    if (const auto* plain = std::get_if<PlainMlp>(&block.mlp)) {
      return plain->fc2(activation_(plain->fc1(rows)));
    }
    const GatedMlp& gated = std::get<GatedMlp>(block.mlp);
    return gated.down_proj(activation_(gated.gate_proj(rows)) * gated.up_proj(rows));
  }

  QwenVitShape shape_;
  QwenVitWeights weights_;
  Nonlinearity activation_;
};

}  // namespace infoflow::adapters
