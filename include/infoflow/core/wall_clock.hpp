// SPDX-License-Identifier: MIT
/// \file The time of day, to be subtracted.
#pragma once

#include <ctime>

namespace infoflow {

/// Seconds since some day. Of the C library: <chrono> would make 5 % of what the instruments cost to
/// compile. Whoever sets the clock back meanwhile gets a negative difference.
[[nodiscard]] inline double wall_seconds() {
  std::timespec now{};
  (void)std::timespec_get(&now, TIME_UTC);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

}  // namespace infoflow
