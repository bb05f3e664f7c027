// SPDX-License-Identifier: MIT
// build error: ChannelWeighting
// build error: w(a, g)
#include <infoflow/cam/channel_weighting.hpp>
#include <infoflow/core/eigen_tensor_ops.hpp>

using namespace infoflow;

struct Mine {
  std::string_view name() const { return "mine"; }
#ifdef INFOFLOW_POSITIVE_CONTROL
  HostVector operator()(const HostMatrix& features, const HostMatrix&) const {
#else
  HostVector operator()(const HostMatrix& features) const {
#endif
    return features.rowwise().sum();
  }
};

AnyWeighting<HostMatrix> erased() { return AnyWeighting<HostMatrix>(Mine{}); }
