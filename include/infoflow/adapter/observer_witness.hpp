// SPDX-License-Identifier: MIT
/// \file Witness: what an observer wanted of a pass and was not shown is an error.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <infoflow/adapter/observer.hpp>
#include <infoflow/core/error.hpp>

namespace infoflow {

namespace detail {

[[noreturn]] inline void refuse_silence(const std::string& what, std::string_view where,
                                        const std::string& call) {
  throw Error("the adapter never showed " + what + ", which was wanted", std::string(where), call);
}

}  // namespace detail

/// \throws Error if the site is of a decoder layer that a model of so many has not
inline void require_layer_of(Site site, int layers) {
  if (is_vision(site.kind) || (site.layer >= 0 && site.layer < layers)) return;
  throw Error("layer " + std::to_string(site.layer) + " of a model of " + std::to_string(layers) +
                  " layers is to be observed",
              "sites", "count layers from 0");
}

namespace detail {

/// Kinds of site, one by one.
template <class F>
void for_each_kind(F f) {
  for (std::size_t k = 0; k < site_kind_names.size(); ++k) f(static_cast<SiteKind>(k));
}

}  // namespace detail

/// Hands all that a pass shows on to an observer, and remembers what it was. Every pass that the
/// library runs has one in between: an adapter that stays silent would otherwise look like a model
/// without attention, or a map without heat.
template <class Observed>
class Witness {
 public:
  /// `observed` must outlive this.
  /// \param where  the member of the adapter that is to show it, for the error; a literal
  Witness(const Observed& observed, std::string_view where) : observed_(observed), where_(where) {}

  [[nodiscard]] bool wants_attention(int layer) const { return observed_.wants_attention(layer); }
  [[nodiscard]] bool wants_activation(Site site) const { return observed_.wants_activation(site); }
  [[nodiscard]] bool wants_gradient(Site site) const { return observed_.wants_gradient(site); }

  template <AttentionBlock Block>
  void attention(int layer, const Block& block) const {
    attention_.push_back(layer);
    observed_.attention(layer, block);
  }
  template <class Tensor>
  void activation(const Activation<Tensor>& event) const {
    activations_.push_back(event.site);
    observed_.activation(event);
  }
  template <class Tensor>
  void gradient(const Gradient<Tensor>& event) const {
    gradients_.push_back(event.site);
    observed_.gradient(event);
  }

  /// \throws Error unless the layer's attention and its features were shown as far as wanted
  void require_layer(int layer) const {
    if (wants_attention(layer) && !has(attention_, layer)) {
      detail::refuse_silence(
          "the attention of layer " + std::to_string(layer), where_,
          "call observer.attention(layer, block) wherever observer.wants_attention(layer)");
    }
    detail::for_each_kind([&](SiteKind kind) {
      const Site site{layer, kind};
      if (is_vision(kind) || !wants_activation(site) || has(activations_, site)) return;
      detail::refuse_silence("features at " + to_string(site), where_,
                             "call observer.activation({site, positions, features}) wherever "
                             "observer.wants_activation(site)");
    });
  }

  /// \throws Error unless the gradient at `site` was shown
  void require_gradient(Site site) const {
    if (has(gradients_, site)) return;
    detail::refuse_silence("the gradient at " + to_string(site), where_,
                           "call observer.gradient({site, positions, features, gradient}) wherever "
                           "observer.wants_gradient(site)");
  }

 private:
  template <class T>
  [[nodiscard]] static bool has(const std::vector<T>& shown, T what) {
    return std::find(shown.begin(), shown.end(), what) != shown.end();
  }

  const Observed& observed_;
  std::string_view where_;
  // An observer is shown things through a const reference.
  mutable std::vector<int> attention_;
  mutable std::vector<Site> activations_;
  mutable std::vector<Site> gradients_;
};

/// Looks, before it is run, at what no forward pass of a model of `layers` layers can show.
/// \throws Error if the observer names a layer that is not there, or features of a vision site
template <class Observed>
void require_observable(const Observed& observer, int layers) {
  if constexpr (requires { observer.layers_named(); }) {
    if (const int named = observer.layers_named(); named > layers) {
      throw Error("layer " + std::to_string(named - 1) + " of a model of " +
                      std::to_string(layers) + " layers is to be observed",
                  "observer", "count layers from 0");
    }
  }
  detail::for_each_kind([&](SiteKind kind) {
    if (!is_vision(kind) || !observer.wants_activation(Site{0, kind})) return;
    throw Error("features at " + to_string(Site{0, kind}) + " are wanted of a forward pass",
                "on_activation",
                "a pass begins behind the vision tower; backward shows them: on_gradient");
  });
}

}  // namespace infoflow
