// SPDX-License-Identifier: MIT
/// \file Laws of truncation policies.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <numeric>
#include <vector>

#include <infoflow/cut/policies.hpp>

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

/// The image tokens that `policy` keeps, ascending.
template <class Policy>
[[nodiscard]] std::vector<Index> images_kept(const Policy& policy, const CutContext& context) {
  const std::vector<Index> images = context.image_survivors();
  const std::vector<Index> dropped = dropped_by(policy, context);
  std::vector<Index> stayed;
  std::set_difference(images.begin(), images.end(), dropped.begin(), dropped.end(),
                      std::back_inserter(stayed));
  return stayed;
}

/// min(k, survivors) image tokens stay.
template <class Policy>
[[nodiscard]] Violation check_count(const Policy& policy, Index k, const CutContext& context) {
  const auto there = static_cast<Index>(context.image_survivors().size());
  const auto stay = static_cast<Index>(images_kept(policy, context).size());
  return stay == std::min(there, k) ? "" : "another number of image tokens stays";
}

/// None that left beats one that stays, by `sign` · score and then by being earlier.
template <class Policy>
[[nodiscard]] Violation check_ranked(const Policy& policy, float sign, const CutContext& context) {
  const auto score = [&](Index p) { return sign * context.scores[static_cast<std::size_t>(p)]; };
  for (const Index left : dropped_by(policy, context)) {
    for (const Index stays : images_kept(policy, context)) {
      if (score(left) > score(stays)) return "a better token left";
      if (score(left) == score(stays) && left < stays) return "a tie went to the later position";
    }
  }
  return "";
}

template <class Policy>
[[nodiscard]] Violation check_top_k(const Policy& policy, Index k, const CutContext& context) {
  return first_of(check_count(policy, k, context), check_ranked(policy, 1, context));
}

template <class Policy>
[[nodiscard]] Violation check_inverse(const Policy& policy, Index k, const CutContext& context) {
  return first_of(check_count(policy, k, context), check_ranked(policy, -1, context));
}

/// What stays has at least the part p of the image tokens' mass, and would not without its least.
/// Sums must be exact, as they are for scores that are multiples of 1/4.
template <class Policy>
[[nodiscard]] Violation check_top_p(const Policy& policy, double p, const CutContext& context) {
  const auto mass = [&](const std::vector<Index>& positions) {
    double sum = 0;
    for (const Index i : positions) sum += double{context.scores[static_cast<std::size_t>(i)]};
    return sum;
  };
  const std::vector<Index> stayed = images_kept(policy, context);
  const double wanted = p * mass(context.image_survivors());
  if (mass(stayed) < wanted) return "less than the part p of the mass stays";
  double least = INFINITY;
  for (const Index i : stayed) least = std::min(least, mass({i}));
  if (!stayed.empty() && mass(stayed) - least >= wanted) return "fewer tokens would do";
  return check_ranked(policy, 1, context);
}

/// An item's draw is the same at every layer, and no draw is every item's.
template <class Policy>
[[nodiscard]] Violation check_draw(const Policy& policy, const CutContext& context) {
  const std::vector<Index> first = policy.keep(context);
  CutContext other = context;
  other.layer = context.layer + 1;
  if (policy.keep(other) != first) return "another layer draws others";
  for (std::uint64_t item = 0; item < 64; ++item) {
    other.item_key = item;
    if (policy.keep(other) != first) return "";
  }
  return "every item draws the same";
}

/// The farthest that a patch of a grid has to go to one that stays, in patches along the longer
/// axis. The grid's tokens begin at position 0.
template <class Policy>
[[nodiscard]] Index farthest_patch(const Policy& policy, Index rows, Index columns) {
  const TokenPartition partition(rows * columns + 1, {{0, rows * columns}});
  const std::vector<ImageLayout> layouts{ImageLayout::grid(
      Preprocessing(static_cast<int>(columns), static_cast<int>(rows)), rows, columns)};
  std::vector<Index> survivors(static_cast<std::size_t>(partition.size()));
  std::iota(survivors.begin(), survivors.end(), Index{0});
  const CutContext context{.layer = 1,
                           .layers = 2,
                           .partition = partition,
                           .layouts = layouts,
                           .survivors = survivors,
                           .scores = {}};
  Index farthest = 0;
  for (Index patch = 0; patch < rows * columns; ++patch) {
    Index nearest = rows + columns;
    for (const Index kept : images_kept(policy, context)) {
      const Index down = std::abs(kept / columns - patch / columns);
      const Index along = std::abs(kept % columns - patch % columns);
      nearest = std::min(nearest, std::max(down, along));
    }
    farthest = std::max(farthest, nearest);
  }
  return farthest;
}

}  // namespace infoflow::laws
