// SPDX-License-Identifier: MIT
// All that is missing is named at once, not only the first.
// build error: infoflow: an adapter needs `std::vector<TokenId> stop_ids() const`
// build error: infoflow: a layerwise adapter needs `Tensor logits(const Lane<Tensor>&
#include <infoflow/adapter/archetypes.hpp>
#include <infoflow/adapter/diagnostics.hpp>

struct Mine : infoflow::archetypes::Layerwise {
#ifndef INFOFLOW_POSITIVE_CONTROL
  std::vector<int> stop_ids() const;
  void logits(const infoflow::Lane<Tensor>&, std::span<const infoflow::Index>) const;
#endif
};

static_assert(infoflow::explain<Mine>());
