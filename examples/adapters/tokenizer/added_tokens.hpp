// SPDX-License-Identifier: MIT
/// \file Tokens beside the model's vocabulary, found in the text before anything else looks at it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <adapters/tokenizer/word_characters.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/core/token_partition.hpp>
#include <infoflow/text/utf8.hpp>

namespace infoflow::adapters {

/// One entry of "added_tokens".
struct AddedToken {
  TokenId id = 0;
  std::string content;
  bool single_word = false;  ///< Only between characters that are not of words.
  bool lstrip = false;       ///< Takes the white space on its left along.
  bool rstrip = false;
  bool normalized = false;  ///< Normalised and searched in normalised text; else in raw text.
  bool special = false;     ///< Left out by decode(…, skip_special).

  friend bool operator==(const AddedToken&, const AddedToken&) = default;
};

/// A stretch of text, or a token that stood in it.
struct TextPart {
  std::string text;
  std::optional<TokenId> token;
  bool at_start = false;  ///< It begins where the whole text begins.
};

/// Finds tokens in a text: the leftmost first, of several at one place the longest.
class TokenFinder {
 public:
  /// \param contents  what to look for, in place of `tokens[i].content`
  TokenFinder(const std::vector<AddedToken>& tokens, const std::vector<std::string>& contents)
      : tokens_(tokens) {
    std::map<std::string_view, std::size_t> by_content;
    for (std::size_t i = 0; i < tokens_.size(); ++i) by_content.insert_or_assign(contents[i], i);
    for (const auto& [content, token] : by_content)
      sought_.push_back({std::string(content), token});
  }

  /// Appends the parts of `text`. Law: without lstrip and rstrip they concatenate to the text.
  void split(std::string_view text, bool at_start, std::vector<TextPart>& parts) const {
    std::size_t done = 0;
    const auto append_text = [&](std::size_t end) {
      if (done >= end) return;
      parts.push_back({std::string(text.substr(done, end - done)), {}, at_start && done == 0});
    };
    for (std::size_t at = 0; at < text.size();) {
      const std::optional<Match> match = match_at(text, at);
      if (!match) {
        ++at;
        continue;
      }
      // What a discarded match covers is not searched again: the library's search goes on behind.
      const std::size_t begin = std::exchange(at, at + match->length);
      const AddedToken& token = tokens_[match->token];
      if (token.single_word && !stands_alone(text, begin, at)) continue;
      append_text(token.lstrip ? std::max(done, spaces_before(text, begin)) : begin);
      parts.push_back({{}, token.id, false});
      done = token.rstrip ? spaces_after(text, at) : at;
    }
    append_text(text.size());
  }

 private:
  struct Sought {
    std::string content;
    std::size_t token;
  };
  struct Match {
    std::size_t token;
    std::size_t length;
  };

  /// Narrows the sorted tokens to those that go on as the text does, byte by byte. A tree of nodes
  /// would take a hundred times the tokens' bytes.
  [[nodiscard]] std::optional<Match> match_at(std::string_view text, std::size_t begin) const {
    std::optional<Match> longest;
    auto low = sought_.begin();
    auto high = sought_.end();
    for (std::size_t depth = 0; low != high && begin + depth < text.size(); ++depth) {
      // Those that end here stand before all others; −1 is less than every byte.
      const auto byte_of = [&](const Sought& sought) {
        return depth < sought.content.size() ? static_cast<unsigned char>(sought.content[depth])
                                             : -1;
      };
      const int byte = static_cast<unsigned char>(text[begin + depth]);
      low = std::partition_point(low, high, [&](const auto& one) { return byte_of(one) < byte; });
      high = std::partition_point(low, high, [&](const auto& one) { return byte_of(one) <= byte; });
      if (low != high && low->content.size() == depth + 1) longest = Match{low->token, depth + 1};
    }
    return longest;
  }

  static bool stands_alone(std::string_view text, std::size_t begin, std::size_t end) {
    const std::string_view before = text.substr(0, begin);
    const std::string_view after = text.substr(end);
    return (before.empty() || !is_word_character(text::last_character(before).value)) &&
           (after.empty() || !is_word_character(text::first_character(after).value));
  }

  static std::size_t spaces_before(std::string_view text, std::size_t end) {
    while (end > 0) {
      const text::Character last = text::last_character(text.substr(0, end));
      if (!is_white_space(last.value)) break;
      end -= last.length;
    }
    return end;
  }

  static std::size_t spaces_after(std::string_view text, std::size_t begin) {
    while (begin < text.size()) {
      const text::Character first = text::first_character(text.substr(begin));
      if (!is_white_space(first.value)) break;
      begin += first.length;
    }
    return begin;
  }

  std::vector<AddedToken> tokens_;
  std::vector<Sought> sought_;  ///< Sorted by their bytes.
};

}  // namespace infoflow::adapters
