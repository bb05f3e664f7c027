// SPDX-License-Identifier: MIT
/// \file Toy decoders whose gradients are wrong in one way each.
#pragma once

#include <utility>
#include <vector>

#include "../../examples/toy/toy_decoder.hpp"

namespace infoflow::laws {

/// Passes every gradient on after `change(gradient)`.
template <class Observed, class Change>
struct ChangedGradients {
  const Observed& observed;
  Change change;

  [[nodiscard]] bool wants_attention(int) const { return false; }
  [[nodiscard]] bool wants_activation(Site) const { return false; }
  [[nodiscard]] bool wants_gradient(Site site) const { return observed.wants_gradient(site); }
  template <AttentionBlock Block>
  void attention(int, const Block&) const {}
  template <class Tensor>
  void activation(const Activation<Tensor>&) const {}
  template <class Tensor>
  void gradient(const Gradient<Tensor>& event) const {
    Tensor changed = event.gradient;
    change(event.site, changed);
    observed.gradient(Gradient<Tensor>{event.site, event.positions, event.features, changed});
  }
};

/// One row too far down: what an off-by-one in the target's row does.
struct ShiftedRows : toy::Decoder<double> {
  using Decoder::Decoder;
  template <Target T, class Observer>
  void backward(const Prompt& prompt, const toy::ImageTokens<double>& tokens,
                std::span<const TokenId> answer, const T& target, const Observer& observer) const {
    const auto change = [](Site, auto& g) {
      const auto moved = g.topRows(g.rows() - 1).eval();
      g.bottomRows(g.rows() - 1) = moved;
    };
    Decoder::backward(prompt, tokens, answer, target,
                      ChangedGradients<Observer, decltype(change)>{observer, change});
  }
};

/// A forgotten term: one entry of one site is off by a thousandth of the largest.
struct ForgetsATerm : toy::Decoder<double> {
  using Decoder::Decoder;
  template <Target T, class Observer>
  void backward(const Prompt& prompt, const toy::ImageTokens<double>& tokens,
                std::span<const TokenId> answer, const T& target, const Observer& observer) const {
    const auto change = [](Site site, auto& g) {
      if (site == Site{1, SiteKind::v_proj}) g(0, 0) += 1e-3 * g.cwiseAbs().maxCoeff();
    };
    Decoder::backward(prompt, tokens, answer, target,
                      ChangedGradients<Observer, decltype(change)>{observer, change});
  }
};

}  // namespace infoflow::laws
