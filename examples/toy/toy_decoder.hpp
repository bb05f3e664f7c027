// SPDX-License-Identifier: MIT
/// \file A complete small vision-language model in Eigen: every capability that infoflow knows,
/// with gradients by hand, so that laws and examples need neither libtorch nor a checkpoint.
#pragma once

#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <infoflow/adapter/model_adapter.hpp>

#include "toy_layer.hpp"
#include "toy_prompt.hpp"

namespace infoflow::toy {

/// A LLaMA-like decoder behind a linear "vision tower" of mean colours: RMSNorm, rotary positions,
/// multi-head attention with biases on q, k and v, SiLU-gated MLP, residuals. Weights are a plain
/// value (toy_weights.hpp).
template <class Scalar = double>
class Decoder {
 public:
  using Tensor = RowMatrix<Scalar>;
  using AttentionBlock = ToyAttention<Scalar>;

  explicit Decoder(Weights<Scalar> weights)
      : weights_(std::move(weights)), tokenizer_(weights_.config.words) {}

  [[nodiscard]] const Weights<Scalar>& weights() const { return weights_; }
  [[nodiscard]] const Tokenizer& tokenizer() const { return tokenizer_; }

  [[nodiscard]] int layer_count() const { return static_cast<int>(weights_.layers.size()); }
  [[nodiscard]] Prompt prepare(std::span<const RgbImage> images, std::string_view text) const {
    return make_prompt(weights_.config, tokenizer_, images, text);
  }
  [[nodiscard]] ImageTokens<Scalar> encode(std::span<const PixelImage> pixels) const {
    return encode_pictures(weights_, pixels);
  }
  [[nodiscard]] std::string decode(std::span<const TokenId> ids) const {
    return tokenizer_.decode(ids);
  }
  [[nodiscard]] std::vector<TokenId> stop_ids() const { return {Tokenizer::end_id}; }

  /// \throws Error if an id is not in the vocabulary
  [[nodiscard]] Tensor embed(std::span<const TokenId> ids) const {
    for (const TokenId id : ids) {
      if (id < 0 || id >= tokenizer_.size()) {
        throw Error("token id " + std::to_string(id) + " of a vocabulary of " +
                        std::to_string(tokenizer_.size()),
                    "toy decoder", "take ids from the toy's own tokenizer");
      }
    }
    const std::vector<Index> rows(ids.begin(), ids.end());
    return TensorOps<Tensor>::take_rows(weights_.embeddings, rows);
  }

  /// \throws Error if there are not as many image tokens as the prompt has places for
  [[nodiscard]] Lane<Tensor> begin(const Prompt& prompt, const ImageTokens<Scalar>& tokens,
                                   std::span<const TokenId> answer) const {
    if (tokens.embeddings.rows() != prompt.partition.count(Role::image)) {
      throw Error(std::to_string(tokens.embeddings.rows()) + " image tokens for a prompt with " +
                      std::to_string(prompt.partition.count(Role::image)),
                  "toy decoder", "encode one picture per <image>");
    }
    std::vector<TokenId> ids = prompt.ids;
    ids.insert(ids.end(), answer.begin(), answer.end());
    Lane<Tensor> lane;
    lane.hidden = embed(ids);
    Index next = 0;
    for (const Span& image : prompt.partition.images()) {
      lane.hidden.middleRows(image.begin, image.size()) =
          tokens.embeddings.middleRows(next, image.size());
      next += image.size();
    }
    lane.positions.resize(ids.size());
    std::iota(lane.positions.begin(), lane.positions.end(), Index{0});
    lane.position_ids.assign(lane.positions.begin(), lane.positions.end());
    lane.cache.resize(weights_.layers.size());
    return lane;
  }

  template <class Observer>
  void run_layer(int layer, std::span<Lane<Tensor>> lanes, const Observer& observer) const {
    for (Lane<Tensor>& lane : lanes) {
      if (observer.wants_attention(layer)) observer.attention(layer, attention(layer, lane));
      layer_at(layer).run(layer, lane, observer);
    }
  }

  [[nodiscard]] AttentionBlock attention(int layer, const Lane<Tensor>& lane) const {
    return {layer_at(layer), lane, lane.cache[static_cast<std::size_t>(layer)]};
  }

  [[nodiscard]] Tensor logits(const Lane<Tensor>& lane, std::span<const Index> positions) const {
    const auto rows = TensorOps<Tensor>::take_rows(lane.hidden, rows_in_flight(lane, positions));
    return rms_norm(rows, weights_.final_norm, weights_.config.norm_epsilon) * weights_.lm_head;
  }

  /// Runs prompt + answer once and goes back by hand, no further down than the observer wants.
  template <Target T, class Observer>
  void backward(const Prompt& prompt, const ImageTokens<Scalar>& tokens,
                std::span<const TokenId> answer, const T& target, const Observer& observer) const {
    Lane<Tensor> lane = begin(prompt, tokens, answer);
    std::vector<Tensor> inputs;
    for (int layer = 0; layer < layer_count(); ++layer) {
      inputs.push_back(lane.hidden);
      run_layer(layer, std::span(&lane, 1), observe());
    }
    Tensor gradient = gradient_at_last_output(prompt, lane, answer, target);
    const int lowest = lowest_wanted(observer);
    for (int layer = layer_count() - 1; layer >= lowest; --layer) {
      lane.hidden = std::move(inputs[static_cast<std::size_t>(layer)]);
      gradient = layer_at(layer).backward(layer, lane, gradient, observer);
    }
    if (lowest == 0) show_vision(prompt, tokens, gradient, observer);
  }

 private:
  [[nodiscard]] Layer<Scalar> layer_at(int layer) const {
    return {weights_.config, weights_.layers[static_cast<std::size_t>(layer)]};
  }

  /// dz/d(last block output): the target's cotangent through lm_head and the final norm.
  template <Target T>
  [[nodiscard]] Tensor gradient_at_last_output(const Prompt& prompt, const Lane<Tensor>& lane,
                                               std::span<const TokenId> answer,
                                               const T& target) const {
    const auto predicting =
        prompt.partition.with_answer(static_cast<Index>(answer.size())).predicting_rows();
    const Tensor logit_rows = logits(lane, predicting);
    Tensor d_normed = Tensor::Zero(lane.hidden.rows(), lane.hidden.cols());
    for (const CotangentEntry& entry : target(TensorOps<Tensor>::to_host(logit_rows), answer)) {
      d_normed.row(predicting[static_cast<std::size_t>(entry.row)]) +=
          static_cast<Scalar>(entry.weight) * weights_.lm_head.col(entry.token).transpose();
    }
    return rms_norm_backward(lane.hidden, weights_.final_norm, weights_.config.norm_epsilon,
                             d_normed);
  }

  /// The lowest layer that holds a wanted site; layer_count() if none does. Vision sites need all.
  template <class Observer>
  [[nodiscard]] int lowest_wanted(const Observer& observer) const {
    for (int layer = 0; layer < layer_count(); ++layer) {
      for (std::size_t kind = 0; kind < site_kind_names.size(); ++kind) {
        if (observer.wants_gradient(Site{layer, static_cast<SiteKind>(kind)})) return layer;
      }
    }
    return layer_count();
  }

  template <class Observer>
  void show_vision(const Prompt& prompt, const ImageTokens<Scalar>& tokens, const Tensor& d_hidden,
                   const Observer& observer) const {
    const std::vector<Index> positions = prompt.partition.positions(Role::image);
    const Tensor d_embeddings = TensorOps<Tensor>::take_rows(d_hidden, positions);
    if (const Site site{0, SiteKind::projector}; observer.wants_gradient(site)) {
      observer.gradient(Gradient<Tensor>{site, positions, tokens.embeddings, d_embeddings});
    }
    if (const Site site{0, SiteKind::encoder_last}; observer.wants_gradient(site)) {
      std::vector<Index> patches(positions.size());
      std::iota(patches.begin(), patches.end(), Index{0});
      const Tensor d_features = d_embeddings * weights_.projector.transpose();
      observer.gradient(Gradient<Tensor>{site, patches, tokens.features, d_features});
    }
  }

  Weights<Scalar> weights_;
  Tokenizer tokenizer_;
};

static_assert(LayerwiseAdapter<Decoder<double>>);
static_assert(AttentionAdapter<Decoder<double>>);
static_assert(GradientAdapter<Decoder<double>>);
static_assert(TruncatableAdapter<Decoder<double>>);

}  // namespace infoflow::toy
