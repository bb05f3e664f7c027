// SPDX-License-Identifier: MIT
/// \file A decoder of the LLaMA family that works on lanes: the half of an adapter that all share.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include <adapters/decoder/long_context.hpp>
#include <adapters/decoder/rotary_embedding.hpp>
#include <adapters/layers.hpp>
#include <infoflow/adapter/lane.hpp>
#include <infoflow/adapter/observer.hpp>
#include <infoflow/run/cost.hpp>
#include <infoflow/torch/lane_attention.hpp>
#include <infoflow/torch/untaped.hpp>

namespace infoflow::adapters {

/// What the weights' shapes do not say.
struct DecoderConfig {
  Index head_channels = 128;
  double rope_theta = 10000;
  RopeScaling rope_scaling{};
  std::array<int, 3> mrope_section{};  ///< Of M-RoPE: frequencies of time, row and column.
  std::string activation = "silu";
  std::optional<LongContext>
      long_context{};  ///< Qwen-VL's ways beyond the length it was trained at.
};

/// Norms of every query head and of every key head by itself, before these are turned.
struct HeadNorms {
  RmsNorm query, key;  ///< Weights [head channels].
};

struct DecoderLayer {
  RmsNorm input_norm;
  Linear q_proj, k_proj, v_proj, o_proj;
  RmsNorm post_attention_norm;
  Linear gate_proj, up_proj, down_proj;
  std::optional<HeadNorms> head_norms{};  ///< Qwen3's.
};

struct DecoderWeights {
  at::Tensor embedding;  ///< [vocabulary, channels]
  std::vector<DecoderLayer> layers;
  RmsNorm norm;
  Linear head;  ///< [vocabulary, channels]; may be the embedding itself.
};

/// LLaMA, Vicuna, Mistral, Qwen, Qwen2, Qwen3, InternLM2: RMS norms before attention and MLP, rotary embedding in halves,
/// grouped key heads, gated MLP. Runs on any device in float32, bfloat16, float16 or float64.
///
/// Rows of all lanes go through each matrix together; attention is per group of lanes. Key parts are
/// [rows, key heads, head channels]. Hidden rows, to which every layer adds, are in float32 (float64
/// for float64): in half precision the rounding of these sums is what gradients suffer from most.
class Decoder {
 public:
  using Tensor = at::Tensor;
  using AttentionBlock = AttentionRows;

  Decoder(DecoderConfig config, DecoderWeights weights)
      : config_(std::move(config)),
        weights_(std::move(weights)),
        activation_(nonlinearity(config_.activation)),
        rotary_(config_.head_channels, config_.rope_theta, config_.rope_scaling,
                weights_.embedding.device(), config_.mrope_section) {}

  [[nodiscard]] const DecoderConfig& config() const { return config_; }
  [[nodiscard]] const DecoderWeights& weights() const { return weights_; }
  [[nodiscard]] int layer_count() const { return static_cast<int>(weights_.layers.size()); }

  /// The sizes that costs depend on.
  [[nodiscard]] DecoderShape shape() const {
    const DecoderLayer& layer = weights_.layers.front();
    return {.channels = weights_.embedding.size(1),
            .query_channels = layer.q_proj.weight.size(0),
            .key_channels = layer.k_proj.weight.size(0),
            .inner_channels = layer.gate_proj.weight.size(0),
            .vocabulary = weights_.head.weight.size(0),
            .bytes_per_value = static_cast<Index>(weights_.embedding.element_size())};
  }

  /// [ids, channels], as wide as hidden rows are. \throws Error if an id is not in the vocabulary
  [[nodiscard]] Tensor embed(std::span<const TokenId> ids) const {
    for (const TokenId id : ids) {
      if (id < 0 || id >= weights_.embedding.size(0)) {
        throw Error("token " + std::to_string(id) + " is not among the " +
                        std::to_string(weights_.embedding.size(0)) + " of the embedding",
                    "Decoder::embed", "use the tokenizer that belongs to the checkpoint");
      }
    }
    const Tensor& table = weights_.embedding;
    return table.index_select(0, indices_on_device_of(table, ids)).to(accumulation_type(table));
  }

  /// A lane with `hidden` [positions, channels] in flight, counted from 0, and empty caches.
  /// \param prompt_length  how many of the positions are the prompt's
  [[nodiscard]] Lane<Tensor> begin(Tensor hidden, Index prompt_length) const {
    Lane<Tensor> lane;
    lane.position_scale = config_.rope_scaling.base_scale(prompt_length, config_.head_channels);
    if (config_.long_context) {
      lane.position_scale = config_.long_context->base_scale(prompt_length, config_.head_channels);
    }
    for (Index position = 0; position < hidden.size(0); ++position) {
      lane.positions.push_back(position);
    }
    lane.position_ids.assign(lane.positions.begin(), lane.positions.end());
    lane.hidden = std::move(hidden);
    lane.cache.resize(weights_.layers.size());
    return lane;
  }

  /// The rows in flight of every lane through one layer; see HasRunLayer. Features that the observer
  /// is shown are those of the pass itself and stand on its tape if it has one; an observer cannot begin one.
  template <class Observer>
  void run_layer(int layer, std::span<Lane<Tensor>> lanes, const Observer& observer) const {
    if (lanes.empty()) return;
    const DecoderLayer& w = weights_.layers[static_cast<std::size_t>(layer)];
    Untaped untaped(!on_a_tape(layer, lanes));
    const auto show = [&](SiteKind kind, const Tensor& features) {
      const Site site{layer, kind};
      if (!observer.wants_activation(site)) return;
      each_lane(lanes, features, [&](Lane<Tensor>& lane, const Tensor& rows) {
        untaped.aside(
            [&] { observer.activation(infoflow::Activation<Tensor>{site, lane.positions, rows}); });
      });
    };

    Tensor hidden = all_rows(lanes);
    show(SiteKind::block_input, hidden);
    const Tensor normed = w.input_norm(hidden);
    show(SiteKind::input_norm, normed);
    const Tensor values = w.v_proj(normed);
    show(SiteKind::v_proj, values);
    hidden = hidden + w.o_proj(attention_of_all(layer, lanes, normed, values, observer, untaped));
    const Tensor middle = w.post_attention_norm(hidden);
    show(SiteKind::post_attention_norm, middle);
    hidden = hidden + w.down_proj(activation_(w.gate_proj(middle)) * w.up_proj(middle));
    show(SiteKind::block_output, hidden);
    each_lane(lanes, hidden, [](Lane<Tensor>& lane, const Tensor& rows) { lane.hidden = rows; });
  }

  /// What the rows in flight would attend to in `layer`. Projects only keys, and the queries of the
  /// rows asked for. `lane` must outlive the block.
  [[nodiscard]] AttentionBlock attention(int layer, const Lane<Tensor>& lane) const {
    const LayerCache<Tensor>& cache = lane.cache[static_cast<std::size_t>(layer)];
    std::vector<Index> key_positions = keys_and_values(cache).positions;
    key_positions.insert(key_positions.end(), lane.positions.begin(), lane.positions.end());
    const auto project = [this, layer, &lane, &cache](std::span<const Index> rows) {
      const DecoderLayer& w = weights_.layers[static_cast<std::size_t>(layer)];
      const Tensor normed = w.input_norm(lane.hidden);
      std::vector<Tensor> keys = keys_and_values(cache).keys;
      const std::vector<double> scales = base_scales(lane, lane.positions);
      keys.push_back(rotary_.rotation(lane.position_ids, scales)(key_heads(w, normed)));
      std::vector<PositionId> ids;
      std::vector<Index> positions;
      for (const Index row : rows) {
        ids.push_back(lane.position_ids[static_cast<std::size_t>(row)]);
        positions.push_back(lane.positions[static_cast<std::size_t>(row)]);
      }
      const Tensor asked = normed.index_select(0, indices_on_device_of(normed, rows));
      const Rotation rotation = rotary_.rotation(ids, base_scales(lane, positions));
      const Tensor queries = rotation(query_heads(w, asked));
      return AttentionRows::QueriesAndKeys{scaled(queries, positions), keys};
    };
    return {project, lane.positions, std::move(key_positions), lane.masked};
  }

  /// [positions, vocabulary] of rows in flight after the last layer.
  [[nodiscard]] Tensor logits(const Lane<Tensor>& lane, std::span<const Index> positions) const {
    const std::vector<Index> rows = rows_in_flight(lane.positions, positions);
    const Tensor chosen = lane.hidden.index_select(
        0, indices_on_device_of(lane.hidden, std::span<const Index>(rows)));
    return weights_.head(weights_.norm(chosen));
  }

 private:
  template <class Observer>
  [[nodiscard]] Tensor attention_of_all(int layer, std::span<Lane<Tensor>> lanes,
                                        const Tensor& normed, const Tensor& values,
                                        const Observer& observer, Untaped& untaped) const {
    const DecoderLayer& w = weights_.layers[static_cast<std::size_t>(layer)];
    const std::vector<Index> positions = positions_of(lanes);
    const Rotation rotation = rotation_of(lanes);
    const Tensor queries = scaled(rotation(query_heads(w, normed)), positions);
    const Tensor keys = rotation(key_heads(w, normed));
    const Tensor values_by_head = heads_of(values);

    append(lanes, layer, keys, values_by_head);
    if (observer.wants_attention(layer)) {
      each_lane(lanes, queries, [&](Lane<Tensor>& lane, const Tensor& own) {
        untaped.aside([&] { observer.attention(layer, shown(own, keys_of(lane, layer), lane)); });
      });
    }
    return attend(queries, lanes, layer);
  }

  /// Whether what a layer computes can be differentiated.
  [[nodiscard]] static bool on_a_tape(int layer, std::span<const Lane<Tensor>> lanes) {
    const auto taped = [](const CacheSegment<Tensor>& cached) {
      return !cached.positions.empty() &&
             (cached.keys.requires_grad() || cached.values.requires_grad());
    };
    return at::GradMode::is_enabled() && std::ranges::any_of(lanes, [&](const Lane<Tensor>& lane) {
             const LayerCache<Tensor>& cache = lane.cache[static_cast<std::size_t>(layer)];
             return lane.hidden.requires_grad() || taped(cache.tail) ||
                    std::ranges::any_of(cache.shared, [&](const auto& s) { return taped(*s); });
           });
  }

  [[nodiscard]] static KeysAndValues keys_of(const Lane<Tensor>& lane, int layer) {
    return keys_and_values(lane.cache[static_cast<std::size_t>(layer)]);
  }

  /// The attention of this pass: queries and keys are there already.
  [[nodiscard]] static AttentionBlock shown(const Tensor& queries, const KeysAndValues& all,
                                            const Lane<Tensor>& lane) {
    const auto project = [queries, keys = all.keys](std::span<const Index> rows) {
      return AttentionRows::QueriesAndKeys{
          queries.index_select(0, indices_on_device_of(queries, rows)), keys};
    };
    return {project, lane.positions, all.positions, lane.masked};
  }

  /// Rows [n, heads · channels] → [n, heads, channels].
  [[nodiscard]] Tensor heads_of(const Tensor& rows) const {
    return rows.view({rows.size(0), -1, config_.head_channels});
  }

  /// Queries and keys [rows, heads, channels] before they are turned.
  [[nodiscard]] Tensor query_heads(const DecoderLayer& w, const Tensor& normed) const {
    const Tensor heads = heads_of(w.q_proj(normed));
    return w.head_norms ? w.head_norms->query(heads) : heads;
  }
  [[nodiscard]] Tensor key_heads(const DecoderLayer& w, const Tensor& normed) const {
    const Tensor heads = heads_of(w.k_proj(normed));
    return w.head_norms ? w.head_norms->key(heads) : heads;
  }

  /// How the rows of all lanes are turned.
  [[nodiscard]] Rotation rotation_of(std::span<const Lane<Tensor>> lanes) const {
    std::vector<PositionId> ids;
    std::vector<double> scales;
    for (const Lane<Tensor>& lane : lanes) {
      ids.insert(ids.end(), lane.position_ids.begin(), lane.position_ids.end());
      const auto own = base_scales(lane, lane.positions);
      scales.insert(scales.end(), own.begin(), own.end());
    }
    return rotary_.rotation(ids, scales);
  }

  [[nodiscard]] static std::vector<Index> positions_of(std::span<const Lane<Tensor>> lanes) {
    std::vector<Index> positions;
    for (const auto& lane : lanes) {
      positions.insert(positions.end(), lane.positions.begin(), lane.positions.end());
    }
    return positions;
  }

  /// What θ is multiplied by for rows at `positions`: the prompt's scale, or that of the sequence up to
  /// the row itself where an answer has grown beyond it. So a row is turned as it was when it was
  /// generated, however many rows go through a layer together.
  [[nodiscard]] std::vector<double> base_scales(const Lane<Tensor>& lane,
                                                std::span<const Index> positions) const {
    std::vector<double> scales;
    for (const Index position : positions) {
      scales.push_back(std::max(lane.position_scale, config_.rope_scaling.base_scale(
                                                         position + 1, config_.head_channels)));
    }
    return scales;
  }

  /// Queries [rows, heads, channels] of the rows at `positions`, lengthened where these lie beyond the
  /// trained length.
  [[nodiscard]] Tensor scaled(const Tensor& queries, std::span<const Index> positions) const {
    const auto& context = config_.long_context;
    const auto beyond = [&](Index position) { return position >= context->trained_length; };
    if (!context || std::none_of(positions.begin(), positions.end(), beyond)) return queries;
    std::vector<float> factors;
    for (const Index position : positions) factors.push_back(context->query_scale(position));
    const Tensor scale = at::tensor(factors, float_on_device()).view({-1, 1, 1});
    return (queries * scale).to(queries.scalar_type());
  }

  [[nodiscard]] static Tensor all_rows(std::span<const Lane<Tensor>> lanes) {
    std::vector<Tensor> rows;
    for (const auto& lane : lanes) rows.push_back(lane.hidden);
    return joined(rows, 0);
  }

  /// A lane's rows of `rows`; with a single lane `rows` itself, which then stays on the tape.
  [[nodiscard]] static Tensor part_of(const Tensor& rows, std::span<const Lane<Tensor>> lanes,
                                      const Lane<Tensor>& lane, std::int64_t first) {
    if (lanes.size() == 1) return rows;
    return rows.narrow(0, first, static_cast<std::int64_t>(lane.positions.size()));
  }

  template <class F>
  static void each_lane(std::span<Lane<Tensor>> lanes, const Tensor& rows, F f) {
    std::int64_t first = 0;
    for (Lane<Tensor>& lane : lanes) {
      f(lane, part_of(rows, lanes, lane, first));
      first += static_cast<std::int64_t>(lane.positions.size());
    }
  }

  [[nodiscard]] at::TensorOptions float_on_device() const {
    return at::TensorOptions().dtype(at::kFloat).device(weights_.embedding.device());
  }

  DecoderConfig config_;
  DecoderWeights weights_;
  Nonlinearity activation_;
  RotaryEmbedding rotary_;
};

}  // namespace infoflow::adapters
