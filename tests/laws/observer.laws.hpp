// SPDX-License-Identifier: MIT
/// \file Laws of what a pass shows: what is wanted, nothing else, layers ascending.
#pragma once

#include <string>
#include <vector>

#include <infoflow/adapter/forward.hpp>

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

/// A forward pass shows each wanted layer's attention and each wanted site once, layers ascending,
/// and hands over nothing that was not asked for.
template <class Adapter, class Case>
[[nodiscard]] Violation check_shown(const Adapter& adapter, const Case& c) {
  std::vector<int> layers;
  std::vector<Site> sites;
  const StrictObserver observer{&layers, &sites};
  const Index row = c.prompt.partition.prompt_length() - 1;
  (void)forward(adapter, c.prompt, c.tokens, c.answer, std::span(&row, 1), observer);

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
