// SPDX-License-Identifier: MIT
/// \file The toy decoder's weights as plain values, so that a test can plant what it wants to find.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <infoflow/core/random.hpp>
#include <infoflow/core/tensor_ops.hpp>

#include "toy_tokenizer.hpp"

namespace infoflow::toy {

/// The toy's shape. Channels = heads × head_size; head_size is even, for the rotary embedding.
struct Config {
  int layers = 4;
  Index heads = 2;
  Index head_size = 4;
  Index inner = 12;         ///< Width of the MLP.
  Index patch_rows = 2;     ///< Image tokens per column of the picture.
  Index patch_columns = 3;  ///< Image tokens per row of the picture.
  int patch_pixels = 4;     ///< A patch is patch_pixels × patch_pixels canvas pixels.
  double rope_base = 100;
  double norm_epsilon = 1e-5;
  std::vector<std::string> words = {};  ///< Words that are one token.

  [[nodiscard]] Index channels() const { return heads * head_size; }
  [[nodiscard]] Index image_tokens() const { return patch_rows * patch_columns; }
};

/// One decoder layer. Matrices are [in, out] and act from the right on rows; norms and biases are
/// single rows.
template <class Scalar>
struct LayerWeights {
  using Matrix = RowMatrix<Scalar>;
  using Row = Eigen::Matrix<Scalar, 1, Eigen::Dynamic>;

  Row input_norm;
  Matrix q, k, v;  ///< [channels, channels]
  Row q_bias, k_bias, v_bias;
  Matrix o;  ///< [channels, channels]
  Row post_attention_norm;
  Matrix gate, up;  ///< [channels, inner]
  Matrix down;      ///< [inner, channels]
};

/// Everything the toy has learned, which is nothing: fill it as you like.
template <class Scalar>
struct Weights {
  using Matrix = RowMatrix<Scalar>;
  using Row = Eigen::Matrix<Scalar, 1, Eigen::Dynamic>;

  Config config;
  Matrix embeddings;  ///< [vocabulary, channels]
  Matrix projector;   ///< [3 colours, channels]
  Row projector_bias;
  std::vector<LayerWeights<Scalar>> layers;
  Row final_norm;
  Matrix lm_head;  ///< [channels, vocabulary]
};

/// All weights zero and all norms one: a model in which nothing moves until something is planted.
template <class Scalar = double>
[[nodiscard]] Weights<Scalar> silent_weights(const Config& config) {
  using Matrix = RowMatrix<Scalar>;
  using Row = Eigen::Matrix<Scalar, 1, Eigen::Dynamic>;
  const Index c = config.channels();
  const Index vocabulary = Tokenizer(config.words).size();
  const Matrix square = Matrix::Zero(c, c);
  const Matrix wide = Matrix::Zero(c, config.inner);
  const Row zeros = Row::Zero(c);
  const Row ones = Row::Ones(c);
  const LayerWeights<Scalar> layer{ones,  square, square, square, zeros, zeros,
                                   zeros, square, ones,   wide,   wide,  wide.transpose()};
  return {config,
          Matrix::Zero(vocabulary, c),
          Matrix::Zero(3, c),
          zeros,
          std::vector<LayerWeights<Scalar>>(static_cast<std::size_t>(config.layers), layer),
          ones,
          Matrix::Zero(c, vocabulary)};
}

/// All weights drawn from normal distributions: norms are not 1, biases are not 0, and every layer
/// changes its rows noticeably, so that a forgotten term shows.
template <class Scalar = double>
[[nodiscard]] Weights<Scalar> random_weights(const Config& config, std::uint64_t seed) {
  Weights<Scalar> weights = silent_weights<Scalar>(config);
  std::uint64_t tensors = 0;
  const auto add_noise = [&](auto& tensor, double scale) {
    const RandomStream stream(seed, key_of("toy weights"), static_cast<std::uint32_t>(tensors++));
    for (Index i = 0; i < tensor.size(); ++i) {
      tensor.data()[i] += static_cast<Scalar>(scale * stream.normal(static_cast<std::uint64_t>(i)));
    }
  };
  const double to_channels = 1.0 / std::sqrt(static_cast<double>(config.channels()));
  add_noise(weights.embeddings, 1.0);
  add_noise(weights.projector, 2.0);
  add_noise(weights.projector_bias, 0.5);
  for (LayerWeights<Scalar>& layer : weights.layers) {
    for (auto* norm : {&layer.input_norm, &layer.post_attention_norm}) add_noise(*norm, 0.3);
    for (auto* m : {&layer.q, &layer.k, &layer.v, &layer.o}) add_noise(*m, 1.5 * to_channels);
    for (auto* bias : {&layer.q_bias, &layer.k_bias, &layer.v_bias}) add_noise(*bias, 0.3);
    for (auto* m : {&layer.gate, &layer.up}) add_noise(*m, to_channels);
    add_noise(layer.down, 1.0 / std::sqrt(static_cast<double>(config.inner)));
  }
  add_noise(weights.final_norm, 0.3);
  add_noise(weights.lm_head, to_channels);
  return weights;
}

}  // namespace infoflow::toy
