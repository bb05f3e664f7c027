// SPDX-License-Identifier: MIT
/// \file The functions that a decoder layer is made of, each with its derivative beside it.
#pragma once

#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include <infoflow/adapter/position_id.hpp>
#include <infoflow/core/eigen_tensor_ops.hpp>

#include "toy_weights.hpp"

namespace infoflow::toy {

/// x / rms(x) · weight, row by row.
template <class Scalar, class Row>
[[nodiscard]] RowMatrix<Scalar> rms_norm(const RowMatrix<Scalar>& x, const Row& weight,
                                         double epsilon) {
  const auto inverse =
      (x.array().square().rowwise().mean() + static_cast<Scalar>(epsilon)).rsqrt().eval();
  return ((x.array().colwise() * inverse).rowwise() * weight.array()).matrix();
}

/// dL/dx from dL/dy of y = rms_norm(x): with u = dy·weight and r = 1/rms, r·u − x·r³·mean(u·x).
template <class Scalar, class Row>
[[nodiscard]] RowMatrix<Scalar> rms_norm_backward(const RowMatrix<Scalar>& x, const Row& weight,
                                                  double epsilon, const RowMatrix<Scalar>& dy) {
  RowMatrix<Scalar> dx(x.rows(), x.cols());
  for (Index i = 0; i < x.rows(); ++i) {
    const auto mean_square = x.row(i).squaredNorm() / static_cast<Scalar>(x.cols());
    const Scalar r = 1 / std::sqrt(mean_square + static_cast<Scalar>(epsilon));
    const auto u = dy.row(i).cwiseProduct(weight).eval();
    dx.row(i) = r * u - r * r * r * u.dot(x.row(i)) / static_cast<Scalar>(x.cols()) * x.row(i);
  }
  return dx;
}

/// Rotary embedding, rotate-half: in each head, channels (j, j + head_size/2) turn by
/// direction · id · base^(−2j/head_size). Turning back (direction −1) is also the derivative.
template <class Scalar>
[[nodiscard]] RowMatrix<Scalar> rotate(RowMatrix<Scalar> x,
                                       std::span<const PositionId> position_ids,
                                       const Config& config, int direction = 1) {
  const Index half = config.head_size / 2;
  for (Index i = 0; i < x.rows(); ++i) {
    const auto id = static_cast<double>(direction * position_ids[static_cast<std::size_t>(i)].time);
    for (Index j = 0; j < half; ++j) {
      const double turn = static_cast<double>(j) / static_cast<double>(half);
      const double angle = id * std::pow(config.rope_base, -turn);
      const auto cosine = static_cast<Scalar>(std::cos(angle));
      const auto sine = static_cast<Scalar>(std::sin(angle));
      for (Index h = 0; h < config.heads; ++h) {
        Scalar& a = x(i, h * config.head_size + j);
        Scalar& b = x(i, h * config.head_size + j + half);
        const Scalar turned = a * cosine - b * sine;
        b = b * cosine + a * sine;
        a = turned;
      }
    }
  }
  return x;
}

/// Columns [rows, head_size] of one head.
template <class Matrix>
[[nodiscard]] auto head_of(Matrix& m, Index head, const Config& config) {
  return m.middleCols(head * config.head_size, config.head_size);
}

/// softmax(q kᵀ / √head_size) per head over the keys that `sees(query row, key row)` allows.
template <class Scalar, class Sees>
[[nodiscard]] HeadMatrices<Scalar> attention_probabilities(const RowMatrix<Scalar>& q,
                                                           const RowMatrix<Scalar>& k,
                                                           const Config& config, Sees sees) {
  const Scalar scale = 1 / std::sqrt(static_cast<Scalar>(config.head_size));
  HeadMatrices<Scalar> heads;
  for (Index h = 0; h < config.heads; ++h) {
    RowMatrix<Scalar> p = scale * head_of(q, h, config) * head_of(k, h, config).transpose();
    for (Index i = 0; i < p.rows(); ++i) {
      for (Index j = 0; j < p.cols(); ++j) {
        if (!sees(i, j)) p(i, j) = -std::numeric_limits<Scalar>::infinity();
      }
      p.row(i) = (p.row(i).array() - p.row(i).maxCoeff()).exp();
      p.row(i) /= p.row(i).sum();
    }
    heads.push_back(std::move(p));
  }
  return heads;
}

/// Probabilities and values → [queries, channels], heads side by side.
template <class Scalar>
[[nodiscard]] RowMatrix<Scalar> attend(const HeadMatrices<Scalar>& probabilities,
                                       const RowMatrix<Scalar>& values, const Config& config) {
  RowMatrix<Scalar> mixed(probabilities.front().rows(), values.cols());
  for (Index h = 0; h < config.heads; ++h) {
    const RowMatrix<Scalar>& p = probabilities[static_cast<std::size_t>(h)];
    head_of(mixed, h, config) = p * head_of(values, h, config);
  }
  return mixed;
}

/// (SiLU(x·gate) ∘ x·up) · down.
template <class Scalar>
[[nodiscard]] RowMatrix<Scalar> gated_mlp(const RowMatrix<Scalar>& x,
                                          const LayerWeights<Scalar>& layer) {
  const auto gate = (x * layer.gate).array().eval();
  const auto up = (x * layer.up).array().eval();
  return (gate / (1 + (-gate).exp()) * up).matrix() * layer.down;
}

/// dL/dx of gated_mlp; SiLU'(g) = s + g·s·(1−s) with s the logistic function of g.
template <class Scalar>
[[nodiscard]] RowMatrix<Scalar> gated_mlp_backward(const RowMatrix<Scalar>& x,
                                                   const LayerWeights<Scalar>& layer,
                                                   const RowMatrix<Scalar>& dy) {
  const auto gate = (x * layer.gate).array().eval();
  const auto up = (x * layer.up).array().eval();
  const auto s = (1 / (1 + (-gate).exp())).eval();
  const auto d_inner = (dy * layer.down.transpose()).array().eval();
  const RowMatrix<Scalar> d_up = (d_inner * gate * s).matrix();
  const RowMatrix<Scalar> d_gate = (d_inner * up * (s + gate * s * (1 - s))).matrix();
  return d_gate * layer.gate.transpose() + d_up * layer.up.transpose();
}

}  // namespace infoflow::toy
