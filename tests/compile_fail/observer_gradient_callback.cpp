// SPDX-License-Identifier: MIT
// A callback for another adapter's tensor.
// build error: on_gradient(sites, f): f must accept (const Gradient<Tensor>& event)
#include <infoflow/adapter/observer.hpp>

using namespace infoflow;

#ifdef INFOFLOW_POSITIVE_CONTROL
using Shown = RowMatrix<float>;
#else
using Shown = RowMatrix<double>;
#endif

void show(const Gradient<RowMatrix<float>>& event) {
  observe(on_gradient({event.site}, [](const Gradient<Shown>&) {})).gradient(event);
}
