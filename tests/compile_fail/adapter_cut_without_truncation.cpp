// SPDX-License-Identifier: MIT
// A model that only has `forward` cannot be cut, and the compiler names what it would need.
// build error: TruncatableAdapter
// build error: HasTruncatedForward
#include <infoflow/adapter/archetypes.hpp>
#include <infoflow/run/generate.hpp>

using namespace infoflow;

#ifdef INFOFLOW_POSITIVE_CONTROL
using Mine = archetypes::Truncatable;
#else
using Mine = archetypes::Opaque;
#endif

Generation cut(const Mine& adapter, const Prompt& prompt) {
  return generate(adapter, prompt, archetypes::ImageTokens{}, 8, Truncation{});
}
