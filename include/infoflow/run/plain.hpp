// SPDX-License-Identifier: MIT
/// \file plain(adapter): the same model with nothing but prepare, encode, decode and forward.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <infoflow/run/forward.hpp>

namespace infoflow {

/// Hides what an adapter can do beyond `forward`, so that an algorithm takes its plain way. Both ways
/// can then be held against each other on one model.
template <ModelAdapter A>
class PlainAdapter {
 public:
  using Tensor = typename A::Tensor;

  /// `adapter` must outlive this view of it.
  explicit PlainAdapter(const A& adapter) : adapter_(&adapter) {}

  [[nodiscard]] int layer_count() const { return adapter_->layer_count(); }
  [[nodiscard]] Prompt prepare(std::span<const RgbImage> images, std::string_view text) const {
    return adapter_->prepare(images, text);
  }
  [[nodiscard]] auto encode(std::span<const PixelImage> pixels) const {
    return adapter_->encode(pixels);
  }
  [[nodiscard]] std::string decode(std::span<const TokenId> ids) const {
    return adapter_->decode(ids);
  }
  [[nodiscard]] std::vector<TokenId> stop_ids() const { return adapter_->stop_ids(); }

  template <class Observer>
  [[nodiscard]] Tensor forward(const Prompt& prompt, const ImageTokensOf<A>& tokens,
                               std::span<const TokenId> answer, std::span<const Index> rows,
                               const Observer& observer) const {
    return infoflow::forward(*adapter_, prompt, tokens, answer, rows, observer);
  }
  template <class Observer>
    requires TruncatableAdapter<A>
  [[nodiscard]] Tensor forward(const Prompt& prompt, const ImageTokensOf<A>& tokens,
                               std::span<const TokenId> answer, std::span<const Index> rows,
                               const Observer& observer, const Truncation& truncation) const {
    return infoflow::forward(*adapter_, prompt, tokens, answer, rows, observer, truncation);
  }

 private:
  const A* adapter_;
};

template <ModelAdapter A>
[[nodiscard]] PlainAdapter<A> plain(const A& adapter) {
  return PlainAdapter<A>(adapter);
}

}  // namespace infoflow
