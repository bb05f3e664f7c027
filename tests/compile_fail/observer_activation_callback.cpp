// SPDX-License-Identifier: MIT
// build error: on_activation(sites, f): f must accept (const Activation<Tensor>& event)
#include <infoflow/adapter/observer.hpp>

using namespace infoflow;

void show(const Activation<HostMatrix>& event) {
#ifdef INFOFLOW_POSITIVE_CONTROL
  const auto f = [](const Activation<HostMatrix>&) {};
#else
  const auto f = [](const HostMatrix&) {};
#endif
  observe(on_activation({event.site}, f)).activation(event);
}
