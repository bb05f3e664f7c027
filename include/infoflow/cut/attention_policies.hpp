// SPDX-License-Identifier: MIT
/// \file Policies that rank image tokens by the attention they get: top-k, top-p, and the inverse.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <infoflow/core/error.hpp>
#include <infoflow/core/sort_stably.hpp>
#include <infoflow/cut/budget.hpp>
#include <infoflow/cut/truncation_policy.hpp>

namespace infoflow {

/// The attention by position, once it is sure that the image tokens can be ranked by it.
/// \throws Error if a surviving image token has no score, or one that is not a finite number
[[nodiscard]] inline std::span<const float> ranking_of(const CutContext& context) {
  for (const Index p : context.survivors) {
    if (context.partition.role(p) != Role::image) continue;
    const auto at = static_cast<std::size_t>(p);
    if (at >= context.scores.size() || !std::isfinite(context.scores[at])) {
      throw Error(
          "image token " + std::to_string(p) + " has no attention to be ranked by",
          "CutContext::scores at layer " + std::to_string(context.layer),
          "give a finite number for every position; if a model gave these, check its dtype");
    }
  }
  return context.scores;
}

/// Keeps the k image tokens with the largest attention (eqs. 10, 12); ties go to the lower
/// position. Laws: min(k, survivors) image tokens stay; none that left has a larger score than one
/// that stays.
struct TopK {
  static constexpr bool needs_scores = true;
  Budget k;

  [[nodiscard]] std::vector<Index> keep(const CutContext& context) const {
    const std::span<const float> scores = ranking_of(context);
    return keep_first(context, k, [&](Index a, Index b) {
      return scores[static_cast<std::size_t>(a)] > scores[static_cast<std::size_t>(b)];
    });
  }
};

/// Keeps the k image tokens with the smallest attention; ties go to the lower position. A control:
/// if it does as well as top-k, attention does not say which tokens matter.
struct Inverse {
  static constexpr bool needs_scores = true;
  Budget k;

  [[nodiscard]] std::vector<Index> keep(const CutContext& context) const {
    const std::span<const float> scores = ranking_of(context);
    return keep_first(context, k, [&](Index a, Index b) {
      return scores[static_cast<std::size_t>(a)] < scores[static_cast<std::size_t>(b)];
    });
  }
};

/// Keeps the smallest set of image tokens that holds at least the part p of the attention mass that
/// the surviving image tokens have together; ties go to the lower position. How many that are
/// differs between items. Where no image token gets any attention, none stays.
class TopP {
 public:
  static constexpr bool needs_scores = true;

  /// \throws Error if p is not in [0, 1]
  explicit TopP(double p) : p_(p) {
    if (!(p >= 0 && p <= 1)) {
      throw Error(std::to_string(p) + " of the attention mass", "TopP", "give a part from 0 to 1");
    }
  }

  [[nodiscard]] std::vector<Index> keep(const CutContext& context) const {
    const std::span<const float> scores = ranking_of(context);
    const auto score = [&](Index p) { return double{scores[static_cast<std::size_t>(p)]}; };
    std::vector<Index> images = context.image_survivors();
    sort_stably(std::span(images), [&](Index a, Index b) { return score(a) > score(b); });
    // Summed in the order in which tokens are taken, so that p = 1 meets the total exactly.
    double total = 0;
    for (const Index position : images) total += score(position);
    double held = 0;
    std::size_t stay = 0;
    while (stay < images.size() && held < p_ * total) held += score(images[stay++]);
    images.resize(stay);
    return context.text_and(std::move(images));
  }

 private:
  double p_;
};

}  // namespace infoflow
