// SPDX-License-Identifier: MIT
// build error: infoflow: an adapter needs `template <class Observer> Tensor forward(const Prompt&
#include <infoflow/adapter/archetypes.hpp>
#include <infoflow/adapter/diagnostics.hpp>

using namespace infoflow;

struct Mine : archetypes::Prompting {
  template <class Observer>
#ifdef INFOFLOW_POSITIVE_CONTROL
  Tensor forward(const Prompt&, const archetypes::ImageTokens&, std::span<const TokenId>,
#else
  Tensor foward(const Prompt&, const archetypes::ImageTokens&, std::span<const TokenId>,
#endif
                 std::span<const Index>, const Observer&) const;
};

static_assert(explain<Mine>());
