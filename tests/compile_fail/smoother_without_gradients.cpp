// SPDX-License-Identifier: MIT
// build error: GradientAdapter
// build error: HasBackward
#include <infoflow/adapter/archetypes.hpp>
#include <infoflow/cam/grad_cam_smoother.hpp>

using namespace infoflow;

#ifdef INFOFLOW_POSITIVE_CONTROL
using Mine = archetypes::Differentiable;
#else
using Mine = archetypes::Opaque;
#endif

std::vector<SiteHeat> smooth(const Mine& adapter, const Prompt& prompt) {
  return GradCamSmoother<>()(adapter, prompt, {}, AnswerSum{}, {});
}
