// SPDX-License-Identifier: MIT
/// \file A prompt's ids as the original LLaVA code makes them: text piece by piece between pictures.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

#include <adapters/tokenizer/tokenizer.hpp>
#include <infoflow/core/token_partition.hpp>

namespace infoflow::adapters {

/// BOS if the tokenizer adds one, then the text with each `<image>` become the ids of `picture`. What
/// stands between two pictures is tokenised by itself, so that it begins as a text of its own does.
/// \param picture  a slot, perhaps between marks
[[nodiscard]] inline std::vector<TokenId> ids_around_pictures(const Tokenizer& tokenizer,
                                                              std::string_view text,
                                                              const std::vector<TokenId>& picture) {
  constexpr std::string_view mark = "<image>";
  std::vector<TokenId> ids = tokenizer.encode("", SpecialTokens::add);  // BOS
  while (true) {
    const std::size_t end = std::min(text.find(mark), text.size());
    const auto piece = tokenizer.encode(text.substr(0, end), SpecialTokens::none);
    ids.insert(ids.end(), piece.begin(), piece.end());
    if (end == text.size()) return ids;
    ids.insert(ids.end(), picture.begin(), picture.end());
    text.remove_prefix(end + mark.size());
  }
}

}  // namespace infoflow::adapters
