// SPDX-License-Identifier: MIT
/// \file Many claims on one page, one error rate for all of them.
#pragma once

#include <cstddef>
#include <vector>

namespace infoflow {

/// Which of the claims stand if any of them is to be wrong with probability at most `rate`, whatever
/// they have in common. Each is decided in one direction or the other, so that every claim is two
/// hypotheses, of which one is true; rejecting one takes it out of the count of those left.
///
/// \param decided  decided(claim, level): whether it is at that level per direction, which must not
///                 stop being so as the level grows
/// Source: Holm, "A simple sequentially rejective multiple test procedure" (1979).
template <class Decided>
[[nodiscard]] std::vector<bool> holm(std::size_t claims, double rate, Decided decided) {
  std::vector<bool> stands(claims, false);
  std::size_t left = 2 * claims;
  for (bool more = true; more;) {
    more = false;
    const double level = rate / static_cast<double>(left);
    for (std::size_t claim = 0; claim < claims; ++claim) {
      if (stands[claim] || !decided(claim, level)) continue;
      stands[claim] = true;
      more = true;
      --left;
    }
  }
  return stands;
}

}  // namespace infoflow
