// SPDX-License-Identifier: MIT
// An adapter whose method has another name is told the name and the signature.
// build error: infoflow: an adapter needs `int layer_count() const`
#include <infoflow/adapter/archetypes.hpp>
#include <infoflow/adapter/diagnostics.hpp>

struct Mine : infoflow::archetypes::Opaque {
#ifndef INFOFLOW_POSITIVE_CONTROL
  int layer_count() const = delete;
  int layers_count() const;
#endif
};

static_assert(infoflow::explain<Mine>());
