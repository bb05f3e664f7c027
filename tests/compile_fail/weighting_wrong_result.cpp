// SPDX-License-Identifier: MIT
// build error: ChannelWeighting
// build error: w(a, g)
#include <infoflow/cam/channel_weighting.hpp>
#include <infoflow/core/eigen_tensor_ops.hpp>

using namespace infoflow;

/// Sums over channels itself: then nobody can tell whether what is left is rounding.
struct Mine {
  std::string_view name() const { return "mine"; }
#ifdef INFOFLOW_POSITIVE_CONTROL
  HostMatrix operator()(const HostMatrix& features, const HostMatrix&) const { return features; }
#else
  HostVector operator()(const HostMatrix& features, const HostMatrix&) const {
    return features.rowwise().sum();
  }
#endif
};

AnyWeighting<HostMatrix> erased() {
  return AnyWeighting<HostMatrix>(Mine{});
}
