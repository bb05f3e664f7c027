// SPDX-License-Identifier: MIT
/// \file The toy's tokenizer: whole words where it knows them, else one token per character.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <infoflow/core/token_partition.hpp>

namespace infoflow::toy {

/// Text ↔ token ids by longest match among: three special tokens, the words given, the printable
/// ASCII characters and the newline. Any other byte reads as `?`, so every text has ids.
class Tokenizer {
 public:
  static constexpr TokenId begin_id = 0;  ///< `<s>`
  static constexpr TokenId end_id = 1;    ///< `</s>`
  static constexpr TokenId image_id = 2;  ///< `<image>`

  explicit Tokenizer(const std::vector<std::string>& words = {})
      : pieces_{"<s>", "</s>", "<image>"} {
    pieces_.insert(pieces_.end(), words.begin(), words.end());
    for (char c = ' '; c <= '~'; ++c) pieces_.emplace_back(1, c);
    pieces_.emplace_back("\n");
  }

  [[nodiscard]] Index size() const { return static_cast<Index>(pieces_.size()); }

  [[nodiscard]] std::vector<TokenId> encode(std::string_view text) const {
    std::vector<TokenId> ids;
    while (!text.empty()) {
      const TokenId id = longest_match(text);
      ids.push_back(id < 0 ? longest_match("?") : id);
      text.remove_prefix(id < 0 ? 1 : pieces_[static_cast<std::size_t>(id)].size());
    }
    return ids;
  }

  /// The text of `ids`; special tokens have none.
  [[nodiscard]] std::string decode(std::span<const TokenId> ids) const {
    std::string text;
    for (const TokenId id : ids) {
      if (id > image_id && id < size()) text += pieces_[static_cast<std::size_t>(id)];
    }
    return text;
  }

 private:
  [[nodiscard]] TokenId longest_match(std::string_view text) const {
    TokenId best = -1;
    std::size_t length = 0;
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
      if (pieces_[i].size() > length && text.substr(0, pieces_[i].size()) == pieces_[i]) {
        best = static_cast<TokenId>(i);
        length = pieces_[i].size();
      }
    }
    return best;
  }

  std::vector<std::string> pieces_;
};

}  // namespace infoflow::toy
