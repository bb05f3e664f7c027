// SPDX-License-Identifier: MIT
// A policy file, and the name of a policy or a schedule; a policy with a name is asked, too.
#include <infoflow/cliff/policy_file.hpp>

#include "fuzz.hpp"

namespace {

/// The first cut of a prompt of 2 + 16 + 2 tokens.
void ask(const infoflow::NamedPolicy& policy) {
  using namespace infoflow;
  const TokenPartition partition(20, {Span{2, 18}});
  const std::vector<ImageLayout> layouts{ImageLayout::grid(Preprocessing(64, 64), 4, 4)};
  std::vector<Index> survivors(20);
  for (std::size_t i = 0; i < survivors.size(); ++i) survivors[i] = static_cast<Index>(i);
  std::vector<float> scores(20, 0.25F);
  scores[7] = 0.5F;
  (void)dropped_by(policy, {.layer = 1,
                            .layers = 4,
                            .partition = partition,
                            .layouts = layouts,
                            .survivors = survivors,
                            .scores = scores,
                            .item_key = 1});
}

}  // namespace

INFOFLOW_FUZZ_TARGET(policy) {
  fuzz::run([](std::string_view name) { ask(infoflow::parse_policy(name)); }, input);
  fuzz::run([](std::string_view name) { (void)infoflow::parse_schedule(name); }, input);
  (void)infoflow::parse_policy_file(input, "policy.json");
}
