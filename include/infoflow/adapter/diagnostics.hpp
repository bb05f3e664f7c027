// SPDX-License-Identifier: MIT
/// \file What an adapter still lacks, in words: a ladder of static_asserts.
#pragma once

#include <infoflow/adapter/model_adapter.hpp>

namespace infoflow {

namespace detail {

template <class A>
consteval bool explain_prompting() {
  static_assert(HasTensor<A>,
                "infoflow: an adapter needs `using Tensor = …;`, a matrix type with TensorOps "
                "(RowMatrix<float>, at::Tensor, or your own: core/tensor_ops.hpp)");
  static_assert(HasLayerCount<A>, "infoflow: an adapter needs `int layer_count() const`");
  static_assert(HasPrepare<A>,
                "infoflow: an adapter needs `Prompt prepare(std::span<const RgbImage> images, "
                "std::string_view text) const`");
  static_assert(HasEncode<A>,
                "infoflow: an adapter needs `ImageTokens encode(std::span<const PixelImage> pixels) "
                "const`, where ImageTokens is any copyable type of yours");
  static_assert(HasDecode<A>,
                "infoflow: an adapter needs `std::string decode(std::span<const TokenId> ids) const`");
  static_assert(HasStopIds<A>,
                "infoflow: an adapter needs `std::vector<TokenId> stop_ids() const`");
  return PromptAdapter<A>;
}

}  // namespace detail

/// Put `static_assert(infoflow::explain_layerwise<MyAdapter>());` below a layerwise adapter: the
/// compiler then names every member that is missing or has another signature.
template <class A>
consteval bool explain_layerwise() {
  detail::explain_prompting<A>();
  static_assert(HasBegin<A>,
                "infoflow: a layerwise adapter needs `Lane<Tensor> begin(const Prompt&, const "
                "ImageTokens&, std::span<const TokenId> answer) const`");
  static_assert(HasEmbed<A>,
                "infoflow: a layerwise adapter needs `Tensor embed(std::span<const TokenId> ids) "
                "const`");
  static_assert(HasRunLayer<A>,
                "infoflow: a layerwise adapter needs `template <class Observer> void run_layer(int "
                "layer, std::span<Lane<Tensor>> lanes, const Observer&) const`");
  static_assert(HasAttentionBlock<A>,
                "infoflow: a layerwise adapter needs `using AttentionBlock = …;`, a type with "
                "`rows(std::span<const Index> queries) const` and `key_positions() const` "
                "(attention/attention_block.hpp)");
  static_assert(HasLaneAttention<A>,
                "infoflow: a layerwise adapter needs `AttentionBlock attention(int layer, const "
                "Lane<Tensor>&) const`");
  static_assert(HasLogits<A>,
                "infoflow: a layerwise adapter needs `Tensor logits(const Lane<Tensor>&, "
                "std::span<const Index> positions) const`");
  return LayerwiseAdapter<A>;
}

/// The same for an opaque adapter, which has `forward` alone.
template <class A>
consteval bool explain_adapter() {
  detail::explain_prompting<A>();
  static_assert(HasForward<A>,
                "infoflow: an adapter needs `template <class Observer> Tensor forward(const Prompt&, "
                "const ImageTokens&, std::span<const TokenId> answer, std::span<const Index> rows, "
                "const Observer&) const`; a layerwise adapter is checked by explain_layerwise");
  return ModelAdapter<A>;
}

/// What gradients need beyond that.
template <class A>
consteval bool explain_gradient() {
  detail::explain_prompting<A>();
  static_assert(HasBackward<A>,
                "infoflow: a gradient adapter needs `template <class Target, class Observer> void "
                "backward(const Prompt&, const ImageTokens&, std::span<const TokenId> answer, const "
                "Target&, const Observer&) const`");
  return GradientAdapter<A>;
}

}  // namespace infoflow
