// SPDX-License-Identifier: MIT
/// \file What each token of a sequence adds to the text that the sequence decodes to.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <infoflow/core/token_partition.hpp>

namespace infoflow {

namespace detail {

/// Bytes that two texts have in common at their fronts; never part of a character of the first.
[[nodiscard]] inline std::size_t common_length(std::string_view text, std::string_view other) {
  const auto differs = std::mismatch(text.begin(), text.end(), other.begin(), other.end()).first;
  auto length = static_cast<std::size_t>(differs - text.begin());
  const auto inside = [&](std::size_t at) {
    return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
  };
  while (length > 0 && inside(length)) --length;
  return length;
}

}  // namespace detail

/// The text of each token where it stands: leading blanks stay, and a character that is split over
/// several tokens belongs to the one that completes it, the others have none.
///
/// A token by itself decodes to other text than in its place: decoders take a blank off the front, and
/// bytes are no character yet. So the text of token i is what decode(first i + 1 tokens) has in common
/// with the whole text beyond what the tokens before it had.
/// Law: the texts concatenate to decode(ids), for all ids and every decoder.
/// \param decode  (std::span<const TokenId>) -> std::string
/// Complexity: long sequences are decoded in stretches of some hundred tokens, not from the front.
template <class Decode>
[[nodiscard]] std::vector<std::string> token_texts(std::span<const TokenId> ids,
                                                   const Decode& decode) {
  constexpr std::size_t stretch = 64;
  const std::string whole = decode(ids);
  std::vector<std::string> texts;
  std::size_t given = 0;  // Bytes of `whole` that tokens have so far.
  // Decoding begins at token `begin`; the first `shared` bytes of it end at `base` in `whole`.
  std::size_t begin = 0;
  std::size_t shared = 0;
  std::size_t base = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const std::string text = decode(ids.subspan(begin, i + 1 - begin));
    const std::string_view fresh = std::string_view(text).substr(std::min(shared, text.size()));
    const std::string_view rest = std::string_view(whole).substr(base);
    const std::size_t common =
        i + 1 < ids.size() ? detail::common_length(rest, fresh) : rest.size();
    const std::size_t end = std::max(given, base + common);
    texts.push_back(whole.substr(given, end - given));
    given = end;
    if (i + 1 - begin < 2 * stretch || common != fresh.size()) continue;
    // Begin nearer, but where no character is cut: there the text is the same from both beginnings.
    for (std::size_t next = i + 1 - stretch; next < i + 5 - stretch; ++next) {
      const std::string nearer = decode(ids.subspan(next, i + 1 - next));
      const bool same = std::string_view(whole).substr(0, end).ends_with(nearer);
      if (nearer.empty() || !same) continue;
      begin = next;
      shared = nearer.size();
      base = end;
      break;
    }
  }
  return texts;
}

}  // namespace infoflow
