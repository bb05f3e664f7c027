// SPDX-License-Identifier: MIT
/// \file How long a token may be.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <infoflow/core/error.hpp>

namespace infoflow::adapters {

/// Bytes. InternLM2's longest has 384; one of megabytes would make an answer of gigabytes.
inline constexpr std::size_t longest_piece = 1024;

/// \throws Error if a piece is longer
inline void require_length(std::string_view piece, const std::string& file) {
  if (piece.size() > longest_piece) {
    throw Error("a token has " + std::to_string(piece.size()) + " bytes", file,
                "tokens of models have at most some hundred; check where the file comes from");
  }
}

}  // namespace infoflow::adapters
