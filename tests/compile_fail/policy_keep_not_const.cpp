// SPDX-License-Identifier: MIT
// A policy is asked through a const reference: what it keeps may not depend on what came before.
// build error: TruncationPolicy
// build error: keep(context)
#include <infoflow/cut/truncation_policy.hpp>

using namespace infoflow;

struct Mine {
  static constexpr bool needs_scores = false;
#ifdef INFOFLOW_POSITIVE_CONTROL
  std::vector<Index> keep(const CutContext& context) const { return context.text_and({}); }
#else
  std::vector<Index> keep(const CutContext& context) { return context.text_and({}); }
#endif
};

AnyPolicy erased() {
  return AnyPolicy(Mine{});
}
