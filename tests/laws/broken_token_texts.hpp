// SPDX-License-Identifier: MIT
/// \file Ways to show single tokens that lose or move text.
#pragma once

#include <span>
#include <string>
#include <vector>

#include <infoflow/core/token_partition.hpp>

namespace infoflow::laws {

/// Each by itself: leading blanks are lost, and so are characters that several tokens make.
struct DecodedAlone {
  template <class Decode>
  std::vector<std::string> operator()(std::span<const TokenId> ids, const Decode& decode) const {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < ids.size(); ++i) texts.push_back(decode(ids.subspan(i, 1)));
    return texts;
  }
};

/// What a longer front decodes to beyond a shorter one: U+FFFD for a character that is not whole yet.
struct GrowthOfFronts {
  template <class Decode>
  std::vector<std::string> operator()(std::span<const TokenId> ids, const Decode& decode) const {
    std::vector<std::string> texts;
    std::string before;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const std::string text = decode(ids.first(i + 1));
      texts.push_back(text.size() > before.size() ? text.substr(before.size()) : "");
      before = text;
    }
    return texts;
  }
};

/// All at the end: concatenates, and says nothing about single tokens.
struct AllAtTheEnd {
  template <class Decode>
  std::vector<std::string> operator()(std::span<const TokenId> ids, const Decode& decode) const {
    std::vector<std::string> texts(ids.size());
    if (!ids.empty()) texts.back() = decode(ids);
    return texts;
  }
};

}  // namespace infoflow::laws
