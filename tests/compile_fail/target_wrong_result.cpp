// SPDX-License-Identifier: MIT
// A target is its cotangent, not its value.
// build error: target(logits, answer)
#include <infoflow/adapter/archetypes.hpp>
#include <infoflow/cam/grad_cam_smoother.hpp>

using namespace infoflow;

struct Mine {
#ifdef INFOFLOW_POSITIVE_CONTROL
  Cotangent operator()(const HostMatrix&, std::span<const TokenId>) const { return {}; }
#else
  float operator()(const HostMatrix& logits, std::span<const TokenId>) const {
    return logits.sum();
  }
#endif
};

std::vector<SiteHeat> smooth(const archetypes::Differentiable& adapter, const Prompt& prompt) {
  return GradCamSmoother<>()(adapter, prompt, {}, Mine{}, {});
}
