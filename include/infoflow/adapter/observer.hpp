// SPDX-License-Identifier: MIT
/// \file Observers: what a forward or backward pass is asked to show, and to whom.
#pragma once

#include <algorithm>
#include <concepts>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <infoflow/attention/attention_block.hpp>
#include <infoflow/core/site.hpp>
#include <infoflow/core/token_partition.hpp>

namespace infoflow {

/// Features at a site. Views live only inside the callback: copy what you keep.
template <class Tensor>
struct Activation {
  Site site;
  std::span<const Index> positions;  ///< The position of each row (patches at encoder_last).
  const Tensor& features;            ///< [positions, channels]
};

/// Features at a site and the gradient of the target's value with respect to them.
template <class Tensor>
struct Gradient {
  Site site;
  std::span<const Index> positions;
  const Tensor& features;  ///< [positions, channels]
  const Tensor& gradient;  ///< [positions, channels]
};

/// Which decoder layers an observer listens to.
struct Layers {
  bool all = false;
  std::vector<int> some;

  Layers(std::vector<int> layers) : some(std::move(layers)) {}  // NOLINT: {0, 4} reads as layers
  Layers(std::initializer_list<int> layers) : some(layers) {}

  [[nodiscard]] static Layers every() {
    Layers layers(std::vector<int>{});
    layers.all = true;
    return layers;
  }
  [[nodiscard]] bool contains(int layer) const {
    return all || std::find(some.begin(), some.end(), layer) != some.end();
  }
  /// How many layers a model must have for every layer named here to be there.
  [[nodiscard]] int named() const {
    return some.empty() ? 0 : 1 + *std::max_element(some.begin(), some.end());
  }
};

namespace detail {

template <class Callback>
struct AttentionListener {
  Layers layers;
  Callback callback;

  [[nodiscard]] bool wants_attention(int layer) const { return layers.contains(layer); }
  [[nodiscard]] int layers_named() const { return layers.named(); }
  template <class Block>
  void attention(int layer, const Block& block) const {
    static_assert(std::invocable<const Callback&, int, const Block&>,
                  "on_attention(layers, f): f must accept (int layer, const Block& block), where "
                  "Block is the adapter's attention block; write [](int layer, const auto& block)");
    if (layers.contains(layer)) callback(layer, block);
  }
};

template <class Callback>
struct ActivationListener {
  std::vector<Site> sites;
  Callback callback;

  [[nodiscard]] bool wants_activation(Site site) const {
    return std::find(sites.begin(), sites.end(), site) != sites.end();
  }
  [[nodiscard]] int layers_named() const {
    int named = 0;
    for (const Site site : sites) named = std::max(named, site.layer + 1);
    return named;
  }
  template <class Tensor>
  void activation(const Activation<Tensor>& event) const {
    static_assert(std::invocable<const Callback&, const Activation<Tensor>&>,
                  "on_activation(sites, f): f must accept (const Activation<Tensor>& event), where "
                  "Tensor is the adapter's tensor; write [](const auto& event)");
    if (wants_activation(event.site)) callback(event);
  }
};

template <class Callback>
struct GradientListener {
  std::vector<Site> sites;
  Callback callback;

  [[nodiscard]] bool wants_gradient(Site site) const {
    return std::find(sites.begin(), sites.end(), site) != sites.end();
  }
  template <class Tensor>
  void gradient(const Gradient<Tensor>& event) const {
    static_assert(std::invocable<const Callback&, const Gradient<Tensor>&>,
                  "on_gradient(sites, f): f must accept (const Gradient<Tensor>& event), where "
                  "Tensor is the adapter's tensor; write [](const auto& event)");
    if (wants_gradient(event.site)) callback(event);
  }
};

}  // namespace detail

/// Calls `f(int layer, const Block& block)` for the attention of each of `layers`. Ask the block for
/// the query rows that you need; nothing else is computed, and nothing of it goes on the tape.
template <class F>
[[nodiscard]] auto on_attention(Layers layers, F f) {
  return detail::AttentionListener<F>{std::move(layers), std::move(f)};
}

/// Calls `f(const Activation<Tensor>&)` for the features at each of `sites`. Decoder sites only: a
/// pass begins after the image tokens are spliced in; `on_gradient` also shows vision sites.
template <class F>
[[nodiscard]] auto on_activation(std::vector<Site> sites, F f) {
  return detail::ActivationListener<F>{std::move(sites), std::move(f)};
}

/// Calls `f(const Gradient<Tensor>&)` for features and gradients at each of `sites`.
template <class F>
[[nodiscard]] auto on_gradient(std::vector<Site> sites, F f) {
  return detail::GradientListener<F>{std::move(sites), std::move(f)};
}

/// Several listeners as one object: what an adapter receives.
///
/// An adapter asks `wants_…` before it computes anything for the observer, and calls the event only
/// with what is wanted. Forward events come by ascending layer, gradient events descending.
template <class... Listeners>
class Observer {
 public:
  explicit Observer(Listeners... listeners) : listeners_(std::move(listeners)...) {}

  [[nodiscard]] bool wants_attention([[maybe_unused]] int layer) const {
    return any([&](const auto& l) {
      if constexpr (requires { l.wants_attention(layer); }) return l.wants_attention(layer);
      return false;
    });
  }
  [[nodiscard]] bool wants_activation([[maybe_unused]] Site site) const {
    return any([&](const auto& l) {
      if constexpr (requires { l.wants_activation(site); }) return l.wants_activation(site);
      return false;
    });
  }
  [[nodiscard]] bool wants_gradient([[maybe_unused]] Site site) const {
    return any([&](const auto& l) {
      if constexpr (requires { l.wants_gradient(site); }) return l.wants_gradient(site);
      return false;
    });
  }

  /// How many layers a model must have for a forward pass to show all that is wanted by number.
  [[nodiscard]] int layers_named() const {
    int named = 0;
    each([&](const auto& l) {
      if constexpr (requires { l.layers_named(); }) named = std::max(named, l.layers_named());
    });
    return named;
  }

  template <AttentionBlock Block>
  void attention(int layer, const Block& block) const {
    each([&](const auto& l) {
      if constexpr (requires { l.wants_attention(layer); }) l.attention(layer, block);
    });
  }
  template <class Tensor>
  void activation(const Activation<Tensor>& event) const {
    each([&](const auto& l) {
      if constexpr (requires { l.wants_activation(event.site); }) l.activation(event);
    });
  }
  template <class Tensor>
  void gradient(const Gradient<Tensor>& event) const {
    each([&](const auto& l) {
      if constexpr (requires { l.wants_gradient(event.site); }) l.gradient(event);
    });
  }

 private:
  template <class F>
  bool any(F f) const {
    return std::apply([&](const auto&... l) { return (false || ... || f(l)); }, listeners_);
  }
  template <class F>
  void each(F f) const {
    std::apply([&](const auto&... l) { (f(l), ...); }, listeners_);
  }

  std::tuple<Listeners...> listeners_;
};

/// Composes listeners: `observe(on_attention(…), on_gradient(…))`; `observe()` listens to nothing.
/// Observers compose too: an observer is itself a listener.
template <class... Listeners>
[[nodiscard]] Observer<Listeners...> observe(Listeners... listeners) {
  return Observer<Listeners...>(std::move(listeners)...);
}

/// An observer by reference, to listen beside it without copying its callbacks.
template <class Observed>
class ObserverRef {
 public:
  explicit ObserverRef(const Observed& observed) : observed_(&observed) {}

  [[nodiscard]] bool wants_attention(int layer) const { return observed_->wants_attention(layer); }
  [[nodiscard]] bool wants_activation(Site site) const { return observed_->wants_activation(site); }
  [[nodiscard]] bool wants_gradient(Site site) const { return observed_->wants_gradient(site); }
  [[nodiscard]] int layers_named() const
    requires requires(const Observed& o) { o.layers_named(); }
  {
    return observed_->layers_named();
  }

  template <AttentionBlock Block>
  void attention(int layer, const Block& block) const {
    observed_->attention(layer, block);
  }
  template <class Tensor>
  void activation(const Activation<Tensor>& event) const {
    observed_->activation(event);
  }
  template <class Tensor>
  void gradient(const Gradient<Tensor>& event) const {
    observed_->gradient(event);
  }

 private:
  const Observed* observed_;
};

namespace detail {
struct AcceptAnything {
  template <class... Args>
  void operator()(const Args&...) const {}
};
}  // namespace detail

/// The composed observer with which the adapter concepts are checked: it listens to every kind of
/// event, so an adapter that fits it fits every observer.
using AnyObserver = Observer<detail::AttentionListener<detail::AcceptAnything>,
                             detail::ActivationListener<detail::AcceptAnything>,
                             detail::GradientListener<detail::AcceptAnything>>;

}  // namespace infoflow
