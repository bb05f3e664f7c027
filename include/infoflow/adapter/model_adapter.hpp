// SPDX-License-Identifier: MIT
/// \file What a model must offer: the adapter concepts, built from named atoms.
#pragma once

#include <concepts>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <infoflow/adapter/lane.hpp>
#include <infoflow/adapter/observer.hpp>
#include <infoflow/adapter/prompt.hpp>
#include <infoflow/adapter/target.hpp>
#include <infoflow/cut/cut_schedule.hpp>

namespace infoflow {

// The atoms have names so that a compiler's "constraint not satisfied" reads like a to-do list.
// explain<A>() in diagnostics.hpp says all that is missing, in words.

/// `typename A::Tensor`, a matrix type with TensorOps.
template <class A>
concept HasTensor = MatrixTensor<typename A::Tensor>;

/// `int layer_count() const`: decoder layers.
template <class A>
concept HasLayerCount = requires(const A& a) {
  { a.layer_count() } -> std::same_as<int>;
};

/// `Prompt prepare(std::span<const RgbImage> images, std::string_view text) const`
template <class A>
concept HasPrepare = requires(const A& a, std::span<const RgbImage> images, std::string_view text) {
  { a.prepare(images, text) } -> std::same_as<Prompt>;
};

/// `auto encode(std::span<const PixelImage> pixels) const`: image tokens, in a type of the adapter's.
template <class A>
concept HasEncode = requires(const A& a, std::span<const PixelImage> pixels) {
  { a.encode(pixels) } -> std::copyable;
};

/// `std::string decode(std::span<const TokenId> ids) const`
template <class A>
concept HasDecode = requires(const A& a, std::span<const TokenId> ids) {
  { a.decode(ids) } -> std::same_as<std::string>;
};

/// `std::vector<TokenId> stop_ids() const`: any of them ends an answer.
template <class A>
concept HasStopIds = requires(const A& a) {
  { a.stop_ids() } -> std::same_as<std::vector<TokenId>>;
};

/// What `encode` returns; the library hands it back and never looks inside.
template <HasEncode A>
using ImageTokensOf = decltype(std::declval<const A&>().encode(std::span<const PixelImage>{}));

/// `Tensor forward(const Prompt&, const ImageTokens&, std::span<const TokenId> answer,
///                 std::span<const Index> rows, const Observer&) const`: logits [rows, V] of a pass
/// over prompt + answer, for the positions in `rows` only.
template <class A>
concept HasForward =
    HasTensor<A> && HasEncode<A> &&
    requires(const A& a, const Prompt& prompt, const ImageTokensOf<A>& tokens,
             std::span<const TokenId> answer, std::span<const Index> rows, const AnyObserver& o) {
      { a.forward(prompt, tokens, answer, rows, o) } -> std::same_as<typename A::Tensor>;
    };

/// The same with `const Truncation&` at the end: drops or masks as it says.
template <class A>
concept HasTruncatedForward =
    HasTensor<A> && HasEncode<A> &&
    requires(const A& a, const Prompt& prompt, const ImageTokensOf<A>& tokens,
             std::span<const TokenId> answer, std::span<const Index> rows, const AnyObserver& o,
             const Truncation& truncation) {
      {
        a.forward(prompt, tokens, answer, rows, o, truncation)
      } -> std::same_as<typename A::Tensor>;
    };

/// `typename A::AttentionBlock`: what `forward` hands to `observer.attention(layer, block)`, layers
/// ascending, for each layer that the observer wants.
template <class A>
concept HasAttentionBlock = AttentionBlock<typename A::AttentionBlock>;

/// `void backward(const Prompt&, const ImageTokens&, std::span<const TokenId> answer, const Target&,
///                const Observer&) const`: one forward and one backward over prompt + answer; shows a
/// Gradient for each site that the observer wants, layers descending.
template <class A>
concept HasBackward =
    HasEncode<A> && requires(const A& a, const Prompt& prompt, const ImageTokensOf<A>& tokens,
                             std::span<const TokenId> answer, const AnyObserver& o) {
      { a.backward(prompt, tokens, answer, AnswerSum{}, o) } -> std::same_as<void>;
    };

/// `Lane<Tensor> begin(const Prompt&, const ImageTokens&, std::span<const TokenId> answer) const`:
/// embeds prompt + answer; positions count from 0, and so do position ids, unless pictures have ids of
/// their own (M-RoPE); an empty cache per layer.
template <class A>
concept HasBegin = HasTensor<A> && HasEncode<A> &&
                   requires(const A& a, const Prompt& prompt, const ImageTokensOf<A>& tokens,
                            std::span<const TokenId> answer) {
                     { a.begin(prompt, tokens, answer) } -> std::same_as<Lane<typename A::Tensor>>;
                   };

/// `Tensor embed(std::span<const TokenId> ids) const`: [ids, channels], for decoding.
template <class A>
concept HasEmbed = HasTensor<A> && requires(const A& a, std::span<const TokenId> ids) {
  { a.embed(ids) } -> std::same_as<typename A::Tensor>;
};

/// `void run_layer(int layer, std::span<Lane<Tensor>> lanes, const Observer&) const`: the rows in
/// flight of every lane through one layer. Each row attends to what `Lane::sees` allows among the
/// layer's cache and the lane's own rows, whose keys and values join the cache's tail.
template <class A>
concept HasRunLayer =
    HasTensor<A> &&
    requires(const A& a, std::span<Lane<typename A::Tensor>> lanes, const AnyObserver& o) {
      { a.run_layer(0, lanes, o) } -> std::same_as<void>;
    };

/// `AttentionBlock attention(int layer, const Lane<Tensor>&) const`: the attention that the rows in
/// flight would pay in `layer`, before it is run. Nothing is computed until rows are asked for.
template <class A>
concept HasLaneAttention = HasTensor<A> && HasAttentionBlock<A> &&
                           requires(const A& a, const Lane<typename A::Tensor>& l) {
                             { a.attention(0, l) } -> std::same_as<typename A::AttentionBlock>;
                           };

/// `Tensor logits(const Lane<Tensor>&, std::span<const Index> positions) const`: [positions, V], for
/// rows in flight that have left the last layer.
template <class A>
concept HasLogits = HasTensor<A> && requires(const A& a, const Lane<typename A::Tensor>& lane,
                                             std::span<const Index> positions) {
  { a.logits(lane, positions) } -> std::same_as<typename A::Tensor>;
};

/// What every adapter does, whatever runs the decoder.
template <class A>
concept PromptAdapter = HasTensor<A> && HasLayerCount<A> && HasPrepare<A> && HasEncode<A> &&
                        HasDecode<A> && HasStopIds<A>;

/// A model that can be run layer by layer. forward, generate and truncation follow from it.
template <class A>
concept LayerwiseAdapter = PromptAdapter<A> && HasBegin<A> && HasEmbed<A> && HasRunLayer<A> &&
                           HasLaneAttention<A> && HasLogits<A>;

/// The least that infoflow can work with: an opaque model with `forward`, or a layerwise one.
template <class A>
concept ModelAdapter = PromptAdapter<A> && (HasForward<A> || LayerwiseAdapter<A>);

/// A model that shows its attention.
template <class A>
concept AttentionAdapter = ModelAdapter<A> && HasAttentionBlock<A>;

/// A model that shows gradients.
template <class A>
concept GradientAdapter = ModelAdapter<A> && HasBackward<A>;

/// A model that can drop or mask tokens inside the pass.
template <class A>
concept TruncatableAdapter = ModelAdapter<A> && (HasTruncatedForward<A> || LayerwiseAdapter<A>);

}  // namespace infoflow
