// SPDX-License-Identifier: MIT
/// \file Laws of what a pass shows: what is wanted, nothing else, layers ascending.
#pragma once

#include <string>
#include <vector>

#include <infoflow/run/forward.hpp>

#include "law.hpp"

namespace infoflow::laws {

/// Wants odd layers' attention and two sites; writes down every event, wanted or not.
struct StrictObserver {
  std::vector<int>* attention_layers;
  std::vector<Site>* activation_sites;

  [[nodiscard]] bool wants_attention(int layer) const { return layer % 2 == 1; }
  [[nodiscard]] bool wants_activation(Site site) const {
    return site.kind == SiteKind::post_attention_norm || site == Site{0, SiteKind::block_input};
  }
  [[nodiscard]] bool wants_gradient(Site) const { return false; }

  template <AttentionBlock Block>
  void attention(int layer, const Block&) const {
    attention_layers->push_back(layer);
  }
  template <class Tensor>
  void activation(const Activation<Tensor>& event) const {
    activation_sites->push_back(event.site);
  }
  template <class Tensor>
  void gradient(const Gradient<Tensor>& event) const {
    activation_sites->push_back(event.site);
  }
};

/// What a run says: empty, or the Error that it ends with.
template <class Run>
[[nodiscard]] Violation refusal(Run run) {
  try {
    run();
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

/// A forward pass shows every layer's attention and the features at every site of the decoder.
template <class Adapter, class Case>
[[nodiscard]] Violation check_shows_all(const Adapter& adapter, const Case& c) {
  std::vector<Site> sites;
  for (std::size_t kind = 0; kind < site_kind_names.size(); ++kind) {
    if (is_vision(static_cast<SiteKind>(kind))) continue;
    for (const Site site :
         sites_at_all_layers(static_cast<SiteKind>(kind), adapter.layer_count())) {
      sites.push_back(site);
    }
  }
  const auto observer = observe(on_attention(Layers::every(), [](int, const auto&) {}),
                                on_activation(sites, [](const auto&) {}));
  return refusal([&] { observe_pass(adapter, c.prompt, c.tokens, c.answer, observer); });
}

/// A forward pass shows each wanted layer's attention and each wanted site once, layers ascending,
/// and hands over nothing that was not asked for.
template <class Adapter, class Case>
[[nodiscard]] Violation check_shown(const Adapter& adapter, const Case& c) {
  std::vector<int> layers;
  std::vector<Site> sites;
  const StrictObserver observer{&layers, &sites};
  const Violation refused =
      refusal([&] { observe_pass(adapter, c.prompt, c.tokens, c.answer, observer); });
  if (!refused.empty()) return refused;

  std::vector<int> wanted_layers;
  std::vector<Site> wanted_sites{{0, SiteKind::block_input}};
  for (int layer = 0; layer < adapter.layer_count(); ++layer) {
    if (observer.wants_attention(layer)) wanted_layers.push_back(layer);
    wanted_sites.push_back({layer, SiteKind::post_attention_norm});
  }
  if (layers != wanted_layers) return "attention is shown of other layers than wanted";
  if (sites != wanted_sites) return "activations are shown at other sites than wanted";
  return "";
}

}  // namespace infoflow::laws
