// SPDX-License-Identifier: MIT
// build error: on_atention
// build error: did you mean
#include <infoflow/adapter/observer.hpp>

using namespace infoflow;

#ifdef INFOFLOW_POSITIVE_CONTROL
#define LISTEN on_attention
#else
#define LISTEN on_atention
#endif

void compose() {
  (void)observe(infoflow::LISTEN(Layers::every(), [](int, const auto&) {}));
}
