// SPDX-License-Identifier: MIT
/// \file A tokenizer from the folder, used on texts.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include <adapters/tokenizer/tokenizer.hpp>

#include "fuzz.hpp"

namespace fuzz {

/// Loads the folder's tokenizer, then encodes and decodes: what a file asks for happens here, too.
/// \param text  beside some that never change
inline void use_tokenizer(std::string_view text) {
  const auto tokenizer = infoflow::adapters::Tokenizer::from_directory(folder().path());
  constexpr std::size_t longest = 4096;  // A question's length; time is bounded per byte.
  constexpr std::string_view usual =
      "<s> USER: <image>\n  Is there a r\u00E9d  \u5706\u5F62 in it's 12345 pixels?\xF0\x9F\x94 "
      "\x80\n\n";
  for (const std::string_view one : {usual, text.substr(0, std::min(longest, text.size()))}) {
    std::vector<infoflow::TokenId> ids = tokenizer.encode(one);
    (void)tokenizer.encode(one, infoflow::adapters::SpecialTokens::none);
    (void)tokenizer.decode(ids);
    std::reverse(ids.begin(), ids.end());
    (void)tokenizer.decode(ids, /*skip_special=*/true);
  }
  const std::array<infoflow::TokenId, 8> any{0, 1, 2, 3, 255, 256, 32000, 1 << 30};
  (void)tokenizer.decode(any);
  for (const infoflow::TokenId id : any) (void)tokenizer.piece(id);
  (void)tokenizer.id_of("<image>");
}

}  // namespace fuzz
