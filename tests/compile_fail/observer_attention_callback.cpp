// SPDX-License-Identifier: MIT
// build error: on_attention(layers, f): f must accept (int layer, const Block& block)
#include <infoflow/adapter/observer.hpp>

using namespace infoflow;

void show(const KnownAttention<float>& block) {
#ifdef INFOFLOW_POSITIVE_CONTROL
  const auto f = [](int, const auto&) {};
#else
  const auto f = [](const KnownAttention<float>&) {};
#endif
  observe(on_attention(Layers::every(), f)).attention(0, block);
}
