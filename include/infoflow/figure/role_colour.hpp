// SPDX-License-Identifier: MIT
/// \file The colours of the tokens' roles, the same in figures and pages.
#pragma once

#include <infoflow/core/token_partition.hpp>
#include <infoflow/figure/colour_map.hpp>

namespace infoflow {

/// Four colours that are told apart with any colour vision (ColorBrewer's Dark2, less bright).
[[nodiscard]] constexpr Rgb role_colour(Role role) {
  switch (role) {
    case Role::system: return {117, 117, 117};
    case Role::image: return {217, 95, 2};
    case Role::user: return {27, 138, 104};
    case Role::answer: return {117, 112, 179};
  }
  return {};
}

}  // namespace infoflow
