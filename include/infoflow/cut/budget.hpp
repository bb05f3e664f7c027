// SPDX-License-Identifier: MIT
/// \file How many image tokens stay at a cut: a number of them, or a part of those that there were.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include <infoflow/core/error.hpp>
#include <infoflow/core/sort_stably.hpp>
#include <infoflow/cut/truncation_policy.hpp>

namespace infoflow {

/// A number of image tokens, or a part of all image tokens that the prompt had before any cut.
///
/// Parts are of the prompt's count and not of the survivors', as FastV and PyramidDrop state
/// theirs: a half and then a quarter leave a quarter. They are rounded to the nearest number,
/// halves up.
class Budget {
 public:
  Budget() = default;

  /// \param tokens  none if negative
  Budget(Index tokens) : tokens_(std::max<Index>(tokens, 0)) {}  // NOLINT: TopK{64} reads well

  /// \throws Error if `fraction` is not in [0, 1]
  [[nodiscard]] static Budget part(double fraction) {
    if (!(fraction >= 0 && fraction <= 1)) {
      throw Error(std::to_string(fraction) + " of the image tokens", "Budget",
                  "give a part from 0 to 1");
    }
    Budget budget;
    budget.fraction_ = fraction;
    return budget;
  }

  /// How many of the image tokens that are still there may stay.
  [[nodiscard]] Index of(const CutContext& context, Index survivors) const {
    if (fraction_ < 0) return std::min(tokens_, survivors);
    const double all = static_cast<double>(context.partition.count(Role::image));
    return std::min(static_cast<Index>(std::floor(fraction_ * all + 0.5)), survivors);
  }

 private:
  Index tokens_ = 0;
  double fraction_ = -1;  ///< Below 0: `tokens_` counts.
};

/// All text, and as many of the surviving image tokens as the budget allows: those that come first
/// in the order of `before(a, b)`; ties go to the lower position. What a policy that ranks returns.
template <class Before>
[[nodiscard]] std::vector<Index> keep_first(const CutContext& context, const Budget& budget,
                                            Before before) {
  std::vector<Index> images = context.image_survivors();
  sort_stably(std::span(images), before);
  const Index stay = budget.of(context, static_cast<Index>(images.size()));
  images.resize(static_cast<std::size_t>(stay));
  return context.text_and(std::move(images));
}

}  // namespace infoflow
