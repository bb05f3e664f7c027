// SPDX-License-Identifier: MIT
// A truncation policy of your own, and its unit test: no model, no tensors.
#include <iostream>

#include <infoflow/cut/policies.hpp>

namespace {

using infoflow::CutContext;
using infoflow::Index;

/// Keeps the image tokens whose attention is at least `fraction` of the largest.
struct KeepAbove {
  static constexpr bool needs_scores = true;
  float fraction = 0.5F;

  [[nodiscard]] std::vector<Index> keep(const CutContext& context) const {
    const auto score = [&](Index p) { return context.scores[static_cast<std::size_t>(p)]; };
    std::vector<Index> images = context.image_survivors();
    float largest = 0;
    for (const Index p : images) largest = std::max(largest, score(p));
    std::erase_if(images, [&](Index p) { return score(p) < fraction * largest; });
    return context.text_and(images);
  }
};

static_assert(infoflow::TruncationPolicy<KeepAbove>);

}  // namespace

int main() {
  // A prompt of one system token, four image tokens and one user token, cut before layer 3 of 8.
  const infoflow::TokenPartition partition(6, {infoflow::Span{1, 5}});
  const std::vector<Index> survivors{0, 1, 2, 3, 4, 5};
  const std::vector<float> scores{0.40F, 0.05F, 0.20F, 0.10F, 0.02F, 0.23F};
  const CutContext context{.layer = 3,
                           .layers = 8,
                           .partition = partition,
                           .layouts = {},
                           .survivors = survivors,
                           .scores = scores};

  // dropped_by also checks that a policy keeps its promises.
  const std::vector<Index> dropped = dropped_by(KeepAbove{0.5F}, context);
  std::cout << "dropped:";
  for (const Index p : dropped) std::cout << ' ' << p;
  std::cout << '\n';

  const bool passed = dropped == std::vector<Index>{1, 4};
  std::cout << (passed ? "the policy keeps what it should\n" : "WRONG\n");
  return passed ? 0 : 1;
}
