// SPDX-License-Identifier: MIT
/// \file Which tokens stay at a cut: the policy concept and what a policy is told.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <functional>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include <infoflow/core/error.hpp>
#include <infoflow/core/image_layout.hpp>
#include <infoflow/core/token_partition.hpp>

namespace infoflow {

/// What a policy is told at a cut. Everything is a view: copy nothing, keep nothing.
struct CutContext {
  int layer = 0;                         ///< The first layer without the dropped tokens.
  int layers = 0;                        ///< Decoder layers in all.
  const TokenPartition& partition;       ///< Roles of every position.
  std::span<const ImageLayout> layouts;  ///< Where image tokens lie, one layout per image.
  std::span<const Index> survivors;      ///< Positions still there, ascending.
  std::span<const float> scores;         ///< Attention by position; empty if not asked for.
  std::uint64_t item_key = 0;            ///< Key of the item, for policies that draw.

  /// The image tokens that are still there, ascending.
  [[nodiscard]] std::vector<Index> image_survivors() const {
    std::vector<Index> images;
    for (const Index p : survivors) {
      if (partition.role(p) == Role::image) images.push_back(p);
    }
    return images;
  }

  /// All surviving text and, of the image tokens, those in `images` (any order): what most policies
  /// return.
  [[nodiscard]] std::vector<Index> text_and(std::vector<Index> images) const {
    std::sort(images.begin(), images.end());
    std::vector<Index> kept;
    for (const Index p : survivors) {
      if (partition.role(p) != Role::image || std::binary_search(images.begin(), images.end(), p)) {
        kept.push_back(p);
      }
    }
    return kept;
  }
};

/// Which tokens stay (eqs. 12–13). `keep(context)` gives the kept positions, ascending, a subset of
/// `context.survivors` that holds all text. `needs_scores` says whether `context.scores` must be
/// filled; computing them costs an attention row.
template <class P>
concept TruncationPolicy =
    std::copyable<P> && requires(const P& policy, const CutContext& context) {
      { policy.keep(context) } -> std::convertible_to<std::vector<Index>>;
      { P::needs_scores } -> std::convertible_to<bool>;
    };

/// Any policy behind one type, erased once per cut. It models TruncationPolicy itself; since the
/// type cannot know, its `needs_scores` is true and `wants_scores()` gives the policy's own answer.
/// A policy that wraps another may have a `wants_scores()` as well.
class AnyPolicy {
 public:
  static constexpr bool needs_scores = true;

  // `same_as` first: else copying an AnyPolicy asks the concept, which asks for copying.
  template <class P>
    requires(!std::same_as<P, AnyPolicy> && TruncationPolicy<P>)
  AnyPolicy(P policy)  // NOLINT: a policy is an AnyPolicy
      : wants_scores_(answer_of(policy)),
        keep_([policy = std::move(policy)](const CutContext& c) -> std::vector<Index> {
          return policy.keep(c);
        }) {}

  [[nodiscard]] bool wants_scores() const { return wants_scores_; }
  [[nodiscard]] std::vector<Index> keep(const CutContext& context) const { return keep_(context); }

 private:
  template <class P>
  static bool answer_of(const P& policy) {
    if constexpr (requires {
                    { policy.wants_scores() } -> std::convertible_to<bool>;
                  }) {
      return policy.wants_scores();
    } else {
      return P::needs_scores;
    }
  }

  bool wants_scores_;
  std::function<std::vector<Index>(const CutContext&)> keep_;
};

/// The positions that `policy` drops, ascending; checks the policy's answer.
/// \throws Error if what is kept does not ascend, is not among the survivors, or leaves out text
template <TruncationPolicy P>
[[nodiscard]] std::vector<Index> dropped_by(const P& policy, const CutContext& context) {
  const std::vector<Index> kept = policy.keep(context);
  const auto fail = [&](const std::string& what) {
    throw Error(what, "TruncationPolicy::keep at layer " + std::to_string(context.layer),
                "return all surviving text and the kept image positions, ascending; "
                "CutContext::text_and does it");
  };
  if (std::adjacent_find(kept.begin(), kept.end(), std::greater_equal<>{}) != kept.end()) {
    fail("kept positions do not ascend");
  }
  if (!std::includes(context.survivors.begin(), context.survivors.end(), kept.begin(),
                     kept.end())) {
    fail("a kept position is not among the survivors");
  }
  std::vector<Index> dropped;
  std::set_difference(context.survivors.begin(), context.survivors.end(), kept.begin(), kept.end(),
                      std::back_inserter(dropped));
  for (const Index p : dropped) {
    if (context.partition.role(p) != Role::image) {
      fail("text position " + std::to_string(p) + " is dropped");
    }
  }
  return dropped;
}

}  // namespace infoflow
