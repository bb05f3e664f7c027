// SPDX-License-Identifier: MIT
/// \file What the texts of single tokens must be, for any decoder.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <infoflow/core/token_partition.hpp>

#include "law.hpp"

namespace infoflow::laws {

/// For any ids: the texts concatenate to what all ids decode to, and those of the first k tokens to
/// the most that the first 1, 2, …, k ids by themselves decode to and that stays as it is.
/// \param texts_of  (ids, decode) -> one text for each id
template <class Texts, class Decode>
[[nodiscard]] Violation check_token_texts(const Texts& texts_of, const std::vector<TokenId>& ids,
                                          const Decode& decode) {
  const std::span<const TokenId> all(ids);
  const std::vector<std::string> texts = texts_of(all, decode);
  if (texts.size() != ids.size()) return "not one text for each token";
  const std::string whole = decode(all);
  std::string joined;
  std::size_t settled = 0;
  for (std::size_t k = 1; k <= ids.size(); ++k) {
    joined += texts[k - 1];
    if (k == ids.size()) break;
    const std::string front = decode(all.first(k));
    std::size_t same = 0;
    while (same < std::min(front.size(), whole.size()) && front[same] == whole[same]) ++same;
    // Not into a character.
    while (same < whole.size() && (static_cast<unsigned char>(whole[same]) & 0xC0U) == 0x80U)
      --same;
    settled = std::max(settled, same);
    if (joined != whole.substr(0, settled)) {
      return "the texts of the first " + std::to_string(k) + " tokens are \"" + joined +
             "\" and not \"" + whole.substr(0, settled) + "\"";
    }
  }
  return joined == whole ? "" : "\"" + joined + "\" and not \"" + whole + "\"";
}

}  // namespace infoflow::laws
