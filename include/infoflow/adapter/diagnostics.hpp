// SPDX-License-Identifier: MIT
/// \file What an adapter still lacks, in words: a ladder of static_asserts.
#pragma once

#include <type_traits>

#include <infoflow/adapter/model_adapter.hpp>

namespace infoflow {

namespace detail {

// Whether a class has a member of a name, of whatever signature: with a second base that has one,
// too, the name alone is ambiguous. This tells what an author has begun from what is not meant to be.
struct NamesBackward {
  int backward;
};
struct NamesRunLayer {
  int run_layer;
};
template <class A, class Name>
struct Both : A, Name {};

template <class A>
concept BeginsBackward =
    std::is_class_v<A> && !std::is_final_v<A> && !requires { &Both<A, NamesBackward>::backward; };
template <class A>
concept BeginsRunLayer =
    std::is_class_v<A> && !std::is_final_v<A> && !requires { &Both<A, NamesRunLayer>::run_layer; };
template <class A>
concept NamesAttentionBlock = requires { typename A::AttentionBlock; };

template <class A>
consteval void explain_prompting() {
  static_assert(HasTensor<A>,
                "infoflow: an adapter needs `using Tensor = …;`, a matrix type with TensorOps "
                "(RowMatrix<float>, at::Tensor, or your own: core/tensor_ops.hpp)");
  static_assert(HasLayerCount<A>, "infoflow: an adapter needs `int layer_count() const`");
  static_assert(HasPrepare<A>,
                "infoflow: an adapter needs `Prompt prepare(std::span<const RgbImage> images, "
                "std::string_view text) const`");
  static_assert(
      HasEncode<A>,
      "infoflow: an adapter needs `ImageTokens encode(std::span<const PixelImage> pixels) "
      "const`, where ImageTokens is any copyable type of yours");
  static_assert(
      HasDecode<A>,
      "infoflow: an adapter needs `std::string decode(std::span<const TokenId> ids) const`");
  static_assert(HasStopIds<A>,
                "infoflow: an adapter needs `std::vector<TokenId> stop_ids() const`");
}

template <class A>
consteval void explain_layers() {
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
}

template <class A>
consteval void explain_forward() {
  static_assert(
      HasForward<A>,
      "infoflow: an adapter needs `template <class Observer> Tensor forward(const Prompt&, "
      "const ImageTokens&, std::span<const TokenId> answer, std::span<const Index> rows, "
      "const Observer&) const`, or `run_layer` and what else a model has that runs layer by layer");
  if constexpr (NamesAttentionBlock<A>) {
    static_assert(
        HasAttentionBlock<A>,
        "infoflow: an adapter's AttentionBlock needs `rows(std::span<const Index> queries) "
        "const` and `key_positions() const` (attention/attention_block.hpp)");
  }
}

template <class A>
consteval void explain_backward() {
  static_assert(
      HasBackward<A>,
      "infoflow: a gradient adapter needs `template <class Target, class Observer> void "
      "backward(const Prompt&, const ImageTokens&, std::span<const TokenId> answer, const "
      "Target&, const Observer&) const`");
}

}  // namespace detail

/// Put `static_assert(infoflow::explain<MyAdapter>());` below any adapter: the compiler then names
/// every member that is missing or has another signature.
///
/// An adapter with a member `run_layer` and no `forward` is held to all that a layerwise one has, any
/// other to `forward`; who has begun a `backward` or an AttentionBlock is held to its signature. What
/// is asked for beyond is a concept: `static_assert(GradientAdapter<MyAdapter>)`.
template <class A>
consteval bool explain() {
  detail::explain_prompting<A>();
  if constexpr (detail::BeginsRunLayer<A> && !HasForward<A>) {
    detail::explain_layers<A>();
  } else {
    detail::explain_forward<A>();
  }
  if constexpr (detail::BeginsBackward<A>) detail::explain_backward<A>();
  return ModelAdapter<A>;
}

}  // namespace infoflow
