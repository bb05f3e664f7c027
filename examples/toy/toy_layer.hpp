// SPDX-License-Identifier: MIT
/// \file One decoder layer over a lane: its attention block, its forward and its backward pass.
#pragma once

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include <infoflow/adapter/lane.hpp>
#include <infoflow/adapter/observer.hpp>

#include "toy_math.hpp"

namespace infoflow::toy {

template <class Scalar>
using ToyLane = Lane<RowMatrix<Scalar>>;

/// x · matrix + bias.
template <class Scalar, class Row>
[[nodiscard]] RowMatrix<Scalar> linear(const RowMatrix<Scalar>& x, const RowMatrix<Scalar>& matrix,
                                       const Row& bias) {
  return (x * matrix).rowwise() + bias;
}

/// Rows of `positions` among the rows in flight. \throws Error if one is not in flight
template <class Scalar>
[[nodiscard]] std::vector<Index> rows_in_flight(const ToyLane<Scalar>& lane,
                                                std::span<const Index> positions) {
  std::vector<Index> rows;
  for (const Index p : positions) {
    const auto at = std::lower_bound(lane.positions.begin(), lane.positions.end(), p);
    if (at == lane.positions.end() || *at != p) {
      throw Error("position " + std::to_string(p) + " is not in flight", "toy decoder",
                  "ask for rows that were begun or appended and not dropped");
    }
    rows.push_back(at - lane.positions.begin());
  }
  return rows;
}

/// `matrices` one below the other.
template <class Scalar>
[[nodiscard]] RowMatrix<Scalar> stacked(const std::vector<const RowMatrix<Scalar>*>& matrices) {
  Index rows = 0;
  for (const auto* m : matrices) rows += m->rows();
  RowMatrix<Scalar> all(rows, matrices.empty() ? 0 : matrices.back()->cols());
  rows = 0;
  for (const auto* m : matrices) {
    all.middleRows(rows, m->rows()) = *m;
    rows += m->rows();
  }
  return all;
}

/// Keys, values and positions of a layer: its shared segments, its tail, and rows still in flight.
template <class Scalar>
[[nodiscard]] CacheSegment<RowMatrix<Scalar>> gathered(
    const LayerCache<RowMatrix<Scalar>>& cache, const CacheSegment<RowMatrix<Scalar>>& in_flight) {
  std::vector<const RowMatrix<Scalar>*> keys;
  std::vector<const RowMatrix<Scalar>*> values;
  std::vector<Index> positions;
  const auto add = [&](const CacheSegment<RowMatrix<Scalar>>& segment) {
    if (segment.positions.empty()) return;
    keys.push_back(&segment.keys);
    values.push_back(&segment.values);
    positions.insert(positions.end(), segment.positions.begin(), segment.positions.end());
  };
  for (const auto& segment : cache.shared) add(*segment);
  add(cache.tail);
  add(in_flight);
  return {stacked(keys), stacked(values), std::move(positions)};
}

/// What a layer computes of its rows in flight before they attend.
template <class Scalar>
struct Projected {
  RowMatrix<Scalar> normed;  ///< Site input_norm.
  RowMatrix<Scalar> values;  ///< Site v_proj.
  RowMatrix<Scalar> keys;    ///< Rotated.
};

/// A decoder layer with its weights; everything is a view on the decoder.
template <class Scalar>
class Layer {
 public:
  using Matrix = RowMatrix<Scalar>;

  Layer(const Config& config, const LayerWeights<Scalar>& weights)
      : config_(config), weights_(weights) {}

  [[nodiscard]] Projected<Scalar> project(const ToyLane<Scalar>& lane) const {
    Projected<Scalar> rows;
    rows.normed = rms_norm(lane.hidden, weights_.input_norm, config_.norm_epsilon);
    rows.values = linear(rows.normed, weights_.v, weights_.v_bias);
    rows.keys =
        rotate(linear(rows.normed, weights_.k, weights_.k_bias), lane.position_ids, config_);
    return rows;
  }

  /// Rotated queries of some of the rows in flight.
  [[nodiscard]] Matrix queries(const Matrix& normed,
                               std::span<const PositionId> position_ids) const {
    return rotate(linear(normed, weights_.q, weights_.q_bias), position_ids, config_);
  }

  /// The rows in flight through the layer; their keys and values join the cache's tail.
  template <class Observer>
  void run(int layer, ToyLane<Scalar>& lane, const Observer& observer) const {
    show({layer, SiteKind::block_input}, lane, lane.hidden, observer);
    Projected<Scalar> rows = project(lane);
    show({layer, SiteKind::input_norm}, lane, rows.normed, observer);
    show({layer, SiteKind::v_proj}, lane, rows.values, observer);

    LayerCache<Matrix>& cache = lane.cache[static_cast<std::size_t>(layer)];
    cache.tail = gathered<Scalar>({{}, std::move(cache.tail)},
                                  {std::move(rows.keys), std::move(rows.values), lane.positions});
    const CacheSegment<Matrix> all = gathered<Scalar>(cache, {});
    const HeadMatrices<Scalar> p = probabilities(rows.normed, lane, all);
    const Matrix middle = lane.hidden + attend(p, all.values, config_) * weights_.o;
    const Matrix normed = rms_norm(middle, weights_.post_attention_norm, config_.norm_epsilon);
    show({layer, SiteKind::post_attention_norm}, lane, normed, observer);
    lane.hidden = middle + gated_mlp(normed, weights_);
    show({layer, SiteKind::block_output}, lane, lane.hidden, observer);
  }

  /// dL/d(block input) from dL/d(block output), showing the gradient at each site on the way.
  /// `lane` holds the layer's input and its cache after `run`, with nothing else in that cache.
  template <class Observer>
  [[nodiscard]] Matrix backward(int layer, const ToyLane<Scalar>& lane, const Matrix& d_output,
                                const Observer& observer) const {
    const CacheSegment<Matrix>& cache = lane.cache[static_cast<std::size_t>(layer)].tail;
    const double epsilon = config_.norm_epsilon;
    const Matrix normed = rms_norm(lane.hidden, weights_.input_norm, epsilon);
    const Matrix q = queries(normed, lane.position_ids);
    const HeadMatrices<Scalar> p = probabilities(normed, lane, cache);
    const Matrix middle = lane.hidden + attend(p, cache.values, config_) * weights_.o;
    const Matrix normed_again = rms_norm(middle, weights_.post_attention_norm, epsilon);
    const Matrix output = middle + gated_mlp(normed_again, weights_);
    show({layer, SiteKind::block_output}, lane, output, d_output, observer);

    const Matrix d_normed_again = gated_mlp_backward(normed_again, weights_, d_output);
    show({layer, SiteKind::post_attention_norm}, lane, normed_again, d_normed_again, observer);
    const Matrix d_middle =
        d_output + rms_norm_backward(middle, weights_.post_attention_norm, epsilon, d_normed_again);

    const Matrix d_mixed = d_middle * weights_.o.transpose();
    const auto [dq, dk, dv] = attention_backward(q, cache, p, d_mixed, lane.position_ids);
    show({layer, SiteKind::v_proj}, lane, cache.values, dv, observer);
    const Matrix d_normed =
        dq * weights_.q.transpose() + dk * weights_.k.transpose() + dv * weights_.v.transpose();
    show({layer, SiteKind::input_norm}, lane, normed, d_normed, observer);
    Matrix d_input =
        d_middle + rms_norm_backward(lane.hidden, weights_.input_norm, epsilon, d_normed);
    show({layer, SiteKind::block_input}, lane, lane.hidden, d_input, observer);
    return d_input;
  }

  /// Attention of the rows in flight over the whole cache, which holds them already.
  [[nodiscard]] HeadMatrices<Scalar> probabilities(const Matrix& normed,
                                                   const ToyLane<Scalar>& lane,
                                                   const CacheSegment<Matrix>& cache) const {
    return attention_probabilities(queries(normed, lane.position_ids), cache.keys, config_,
                                   [&](Index i, Index j) {
                                     return lane.sees(lane.positions[static_cast<std::size_t>(i)],
                                                      cache.positions[static_cast<std::size_t>(j)]);
                                   });
  }

 private:
  struct AttentionGradient {
    Matrix q, k, v;  ///< Before rotation.
  };

  /// Softmax: dS = P ∘ (dP − Σ_keys dP ∘ P); S = q kᵀ / √head_size; the rotation turns back.
  [[nodiscard]] AttentionGradient attention_backward(
      const Matrix& q, const CacheSegment<Matrix>& cache, const HeadMatrices<Scalar>& probabilities,
      const Matrix& d_mixed, std::span<const PositionId> position_ids) const {
    const Scalar scale = 1 / std::sqrt(static_cast<Scalar>(config_.head_size));
    AttentionGradient d{Matrix(q.rows(), q.cols()), Matrix(q.rows(), q.cols()),
                        Matrix(q.rows(), q.cols())};
    for (Index h = 0; h < config_.heads; ++h) {
      const Matrix& p = probabilities[static_cast<std::size_t>(h)];
      const Matrix d_head = head_of(d_mixed, h, config_);
      const Matrix dp = d_head * head_of(cache.values, h, config_).transpose();
      const auto mean = dp.cwiseProduct(p).rowwise().sum().eval();
      const Matrix ds = scale * p.cwiseProduct(dp.colwise() - mean);
      head_of(d.v, h, config_) = p.transpose() * d_head;
      head_of(d.q, h, config_) = ds * head_of(cache.keys, h, config_);
      head_of(d.k, h, config_) = ds.transpose() * head_of(q, h, config_);
    }
    d.q = rotate(std::move(d.q), position_ids, config_, -1);
    d.k = rotate(std::move(d.k), position_ids, config_, -1);
    return d;
  }

  template <class Observer>
  static void show(Site site, const ToyLane<Scalar>& lane, const Matrix& features,
                   const Observer& observer) {
    if (observer.wants_activation(site)) {
      observer.activation(Activation<Matrix>{site, lane.positions, features});
    }
  }
  template <class Observer>
  static void show(Site site, const ToyLane<Scalar>& lane, const Matrix& features,
                   const Matrix& gradient, const Observer& observer) {
    if (observer.wants_gradient(site)) {
      observer.gradient(Gradient<Matrix>{site, lane.positions, features, gradient});
    }
  }

  const Config& config_;
  const LayerWeights<Scalar>& weights_;
};

/// A layer's attention, before the layer is run. Nothing is computed until rows are asked for, and
/// queries only for those. A view: lives no longer than its decoder and its lane.
template <class Scalar>
class ToyAttention {
 public:
  ToyAttention(Layer<Scalar> layer, const ToyLane<Scalar>& lane,
               const LayerCache<RowMatrix<Scalar>>& cache)
      : layer_(layer), lane_(lane), cache_(cache) {
    for (const auto& segment : cache.shared) append(segment->positions);
    append(cache.tail.positions);
    append(lane.positions);
  }

  /// \throws Error if a query is not in flight
  [[nodiscard]] HeadMatrices<Scalar> rows(std::span<const Index> queries) const {
    ToyLane<Scalar> asked;
    asked.masked = lane_.masked;
    asked.positions.assign(queries.begin(), queries.end());
    const std::vector<Index> rows = rows_in_flight(lane_, queries);
    for (const Index row : rows) {
      asked.position_ids.push_back(lane_.position_ids[static_cast<std::size_t>(row)]);
    }
    const Projected<Scalar> all = layer_.project(lane_);
    const auto normed = TensorOps<RowMatrix<Scalar>>::take_rows(all.normed, rows);
    return layer_.probabilities(normed, asked,
                                gathered<Scalar>(cache_, {all.keys, all.values, lane_.positions}));
  }
  [[nodiscard]] std::span<const Index> key_positions() const { return key_positions_; }

 private:
  void append(const std::vector<Index>& positions) {
    key_positions_.insert(key_positions_.end(), positions.begin(), positions.end());
  }

  Layer<Scalar> layer_;
  const ToyLane<Scalar>& lane_;
  const LayerCache<RowMatrix<Scalar>>& cache_;
  std::vector<Index> key_positions_;
};

}  // namespace infoflow::toy
