// SPDX-License-Identifier: MIT
/// \file The smallest types that fit each concept, compiled: copy one to begin an adapter. Those of the
/// CAM are in cam/archetypes.hpp.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <infoflow/adapter/model_adapter.hpp>
#include <infoflow/attention/head_reduction.hpp>

namespace infoflow::archetypes {

using Matrix = RowMatrix<float>;
struct ImageTokens {};

/// AttentionBlock.
struct Block {
  HeadMatrices<float> rows(std::span<const Index> queries) const;
  std::span<const Index> key_positions() const;
};

/// What every adapter has.
struct Prompting {
  using Tensor = Matrix;
  int layer_count() const;
  Prompt prepare(std::span<const RgbImage> images, std::string_view text) const;
  ImageTokens encode(std::span<const PixelImage> pixels) const;
  std::string decode(std::span<const TokenId> ids) const;
  std::vector<TokenId> stop_ids() const;
};

/// ModelAdapter: an opaque model.
struct Opaque : Prompting {
  template <class Observer>
  Matrix forward(const Prompt&, const ImageTokens&, std::span<const TokenId> answer,
                 std::span<const Index> rows, const Observer&) const;
};

/// AttentionAdapter: `forward` also calls `observer.attention(layer, block)`.
struct Attentive : Opaque {
  using AttentionBlock = Block;
};

/// GradientAdapter.
struct Differentiable : Opaque {
  template <class Target, class Observer>
  void backward(const Prompt&, const ImageTokens&, std::span<const TokenId> answer, const Target&,
                const Observer&) const;
};

/// TruncatableAdapter that is not layerwise.
struct Truncatable : Opaque {
  using Opaque::forward;
  template <class Observer>
  Matrix forward(const Prompt&, const ImageTokens&, std::span<const TokenId> answer,
                 std::span<const Index> rows, const Observer&, const Truncation&) const;
};

/// LayerwiseAdapter, and with it ModelAdapter, AttentionAdapter and TruncatableAdapter.
struct Layerwise : Prompting {
  using AttentionBlock = Block;
  Lane<Matrix> begin(const Prompt&, const ImageTokens&, std::span<const TokenId> answer) const;
  Matrix embed(std::span<const TokenId> ids) const;
  template <class Observer>
  void run_layer(int layer, std::span<Lane<Matrix>> lanes, const Observer&) const;
  Block attention(int layer, const Lane<Matrix>&) const;
  Matrix logits(const Lane<Matrix>&, std::span<const Index> positions) const;
};

/// TruncationPolicy.
struct Policy {
  static constexpr bool needs_scores = false;
  std::vector<Index> keep(const CutContext& context) const;
};

/// HeadReduction.
struct Reduction {
  template <AttentionTensor Rows>
  HostMatrix operator()(const Rows& rows) const;
};

/// Target.
struct Objective {
  Cotangent operator()(const HostMatrix& logits, std::span<const TokenId> answer) const;
};

static_assert(infoflow::AttentionBlock<Block>);
static_assert(ModelAdapter<Opaque>);
static_assert(!AttentionAdapter<Opaque> && !GradientAdapter<Opaque> && !TruncatableAdapter<Opaque>);
static_assert(AttentionAdapter<Attentive>);
static_assert(GradientAdapter<Differentiable>);
static_assert(TruncatableAdapter<Truncatable> && !LayerwiseAdapter<Truncatable>);
static_assert(LayerwiseAdapter<Layerwise> && ModelAdapter<Layerwise>);
static_assert(AttentionAdapter<Layerwise> && TruncatableAdapter<Layerwise>);
static_assert(TruncationPolicy<Policy>);
static_assert(HeadReduction<Reduction, HeadMatrices<float>>);
static_assert(infoflow::Target<Objective>);

}  // namespace infoflow::archetypes
