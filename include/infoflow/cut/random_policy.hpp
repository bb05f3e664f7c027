// SPDX-License-Identifier: MIT
/// \file The control that every policy must beat: as many image tokens, drawn at random.
#pragma once

#include <cstdint>
#include <vector>

#include <infoflow/core/random.hpp>
#include <infoflow/cut/budget.hpp>
#include <infoflow/cut/truncation_policy.hpp>

namespace infoflow {

/// Keeps k image tokens drawn at random, every token as likely as any other.
///
/// Each position has a lot that depends on the seed, the item and the position alone, and the k
/// lowest stay. So an item keeps the same tokens at whatever layer it is cut, a curve over layers
/// shows the layers and not the draw, and a smaller k keeps a part of what a larger one does.
struct Random {
  static constexpr bool needs_scores = false;
  Budget k;
  std::uint64_t seed = 0;

  [[nodiscard]] std::vector<Index> keep(const CutContext& context) const {
    // Noise on pictures has the same seed and item: a stream of its own keeps the two unrelated.
    constexpr auto own_stream = static_cast<std::uint32_t>(key_of("Random policy"));
    const RandomStream lots(seed, context.item_key, own_stream);
    const auto lot = [&](Index p) { return lots.uniform(static_cast<std::uint64_t>(p)); };
    return keep_first(context, k, [&](Index a, Index b) { return lot(a) < lot(b); });
  }
};

}  // namespace infoflow
