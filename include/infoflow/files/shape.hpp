// SPDX-License-Identifier: MIT
/// \file Whether a shape holds a number of values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace infoflow {

/// True if the lengths are not negative and their product is `values`; no lengths hold one value.
[[nodiscard]] inline bool shape_holds(std::span<const std::int64_t> shape, std::size_t values) {
  std::uint64_t count = 1;
  for (const std::int64_t length : shape) {
    if (length < 0) return false;
    if (length > 0 && count > UINT64_MAX / static_cast<std::uint64_t>(length)) return false;
    count *= static_cast<std::uint64_t>(length);
  }
  return count == values;
}

}  // namespace infoflow
