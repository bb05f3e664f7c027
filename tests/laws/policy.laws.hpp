// SPDX-License-Identifier: MIT
/// \file Laws of truncation policies.
#pragma once

#include <algorithm>
#include <vector>

#include <infoflow/truncation/policies.hpp>

#include "generators.hpp"
#include "law.hpp"

namespace infoflow::laws {

/// A cut on a generated prompt: some image tokens are gone already, scores have ties.
struct PolicyCase {
  TokenPartition partition;
  std::vector<Index> survivors;
  std::vector<float> scores;

  explicit PolicyCase(std::uint64_t number) {
    Draw draw(number);
    partition = draw.partition().with_answer(0);
    for (Index p = 0; p < partition.size(); ++p) {
      if (partition.role(p) != Role::image || draw.index(0, 3) > 0) survivors.push_back(p);
      scores.push_back(static_cast<float>(draw.index(0, 4)) / 4);
    }
  }
  [[nodiscard]] CutContext context() const {
    return {.layer = 2,
            .layers = 4,
            .partition = partition,
            .layouts = {},
            .survivors = survivors,
            .scores = scores,
            .item_key = 5};
  }
};

/// Kept and dropped together are the survivors; kept ascends and holds all text; asked again, the
/// policy says the same. `dropped_by` states the same law as an Error.
template <class Policy>
[[nodiscard]] Violation check_policy(const Policy& policy, const CutContext& context) {
  const std::vector<Index> kept = policy.keep(context);
  if (policy.keep(context) != kept) return "asked again, the policy keeps others";
  std::vector<Index> dropped;
  try {
    dropped = dropped_by(policy, context);
  } catch (const Error& error) {
    return error.problem();
  }
  std::vector<Index> all = kept;
  all.insert(all.end(), dropped.begin(), dropped.end());
  std::sort(all.begin(), all.end());
  if (!std::equal(all.begin(), all.end(), context.survivors.begin(), context.survivors.end())) {
    return "kept and dropped are not the survivors";
  }
  return "";
}

/// min(k, survivors) image tokens stay; none that left beats one that stays, by score and then by
/// being earlier.
template <class Policy>
[[nodiscard]] Violation check_top_k(const Policy& policy, Index k, const CutContext& context) {
  std::vector<Index> images = context.image_survivors();
  const std::vector<Index> dropped = dropped_by(policy, context);
  std::vector<Index> stayed;
  std::set_difference(images.begin(), images.end(), dropped.begin(), dropped.end(),
                      std::back_inserter(stayed));
  if (stayed.size() != std::min(images.size(), static_cast<std::size_t>(k))) {
    return "another number of image tokens stays";
  }
  for (const Index left : dropped) {
    for (const Index stays : stayed) {
      const float a = context.scores[static_cast<std::size_t>(left)];
      const float b = context.scores[static_cast<std::size_t>(stays)];
      if (a > b) return "a better token left";
      if (a == b && left < stays) return "a tie went to the later position";
    }
  }
  return "";
}

}  // namespace infoflow::laws
