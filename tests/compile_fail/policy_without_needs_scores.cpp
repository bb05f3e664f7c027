// SPDX-License-Identifier: MIT
// build error: TruncationPolicy
// build error: needs_scores
#include <infoflow/cut/truncation_policy.hpp>

using namespace infoflow;

struct Mine {
#ifdef INFOFLOW_POSITIVE_CONTROL
  static constexpr bool needs_scores = false;
#endif
  std::vector<Index> keep(const CutContext& context) const { return context.text_and({}); }
};

AnyPolicy erased() {
  return AnyPolicy(Mine{});
}
