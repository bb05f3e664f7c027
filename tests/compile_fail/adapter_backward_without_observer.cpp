// SPDX-License-Identifier: MIT
// build error: infoflow: a gradient adapter needs `template <class Target, class Observer> void backward
#include <infoflow/adapter/archetypes.hpp>
#include <infoflow/adapter/diagnostics.hpp>

using namespace infoflow;

struct Mine : archetypes::Opaque {
#ifdef INFOFLOW_POSITIVE_CONTROL
  template <class Goal, class Observer>
  void backward(const Prompt&, const archetypes::ImageTokens&, std::span<const TokenId>,
                const Goal&, const Observer&) const;
#else
  template <class Goal>
  void backward(const Prompt&, const archetypes::ImageTokens&, std::span<const TokenId>,
                const Goal&) const;
#endif
};

static_assert(explain<Mine>());
