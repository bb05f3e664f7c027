// SPDX-License-Identifier: MIT
/// \file Byte-pair encoding: a vocabulary, and the order in which neighbours merge.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <adapters/json_file.hpp>
#include <adapters/tokenizer_json.hpp>
#include <adapters/utf8.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/core/token_partition.hpp>

namespace infoflow::adapters {

/// The BPE model of a tokenizer.json, computed as the `tokenizers` library does: every character
/// that the vocabulary lacks falls back to its bytes or to the unknown token, then the neighbours
/// with the earliest merge (ties: the leftmost) merge until none is left.
///
/// Knows nothing of words or spaces: what a piece is, the steps before it decide. So LLaMA's
/// characters and the byte alphabet of GPT-2 and Qwen are the same to it.
class BpeModel {
 public:
  /// \param json  the object "model" of a tokenizer.json
  /// \throws Error if it is no BPE, or has a setting that is not known here
  BpeModel(const Json& json, const std::string& file) {
    check_settings(json, file);
    read_vocabulary(json, file);
    read_merges(json, file);
    byte_fallback_ = get_or(json, "byte_fallback", false, file);
    fuse_unknown_ = get_or(json, "fuse_unk", false, file);
    ignore_merges_ = get_or(json, "ignore_merges", false, file);
    for (std::size_t byte = 0; byte < bytes_.size(); ++byte) {
      constexpr std::string_view digits = "0123456789ABCDEF";
      bytes_[byte] = id_of({'<', '0', 'x', digits[byte / 16], digits[byte % 16], '>'});
    }
    if (const auto unknown = get_optional<std::string>(json, "unk_token", file)) {
      unknown_ = id_of(*unknown);
      if (!unknown_) {
        throw Error("unk_token \"" + *unknown + "\" is not in the vocabulary", file, "add it");
      }
    }
  }

  /// Appends the ids of a piece. Complexity: n log n for n characters.
  /// \param piece  well-formed UTF-8; a character without id, bytes and unknown token is dropped
  void encode(std::string_view piece, std::vector<TokenId>& ids) const {
    if (ignore_merges_) {
      if (const auto id = id_of(std::string(piece))) return ids.push_back(*id);
    }
    std::vector<Symbol> symbols = split(piece);
    merge(symbols);
    for (const Symbol& symbol : symbols) {
      if (symbol.id >= 0) ids.push_back(symbol.id);
    }
  }

  [[nodiscard]] std::optional<TokenId> id_of(const std::string& piece) const {
    const auto found = ids_.find(piece);
    return found == ids_.end() ? std::nullopt : std::optional<TokenId>(found->second);
  }

  /// \return nullptr if no piece has that id
  [[nodiscard]] const std::string* piece(TokenId id) const {
    const auto found = pieces_.find(id);
    return found == pieces_.end() ? nullptr : &found->second;
  }

  /// Entries of the vocabulary; ids may leave gaps.
  [[nodiscard]] std::size_t size() const { return ids_.size(); }

 private:
  struct Merge {
    std::size_t rank;
    TokenId id;
  };
  /// A run of characters; a list linked by positions, so that merging moves nothing.
  struct Symbol {
    TokenId id;  ///< −1 once it was merged into its left neighbour.
    std::ptrdiff_t left;
    std::ptrdiff_t right;
  };
  struct Candidate {
    std::size_t rank;
    std::size_t position;
    TokenId id;
    bool operator>(const Candidate& other) const {
      return std::pair(rank, position) > std::pair(other.rank, other.position);
    }
  };
  using Queue = std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>>;

  static void check_settings(const Json& json, const std::string& file) {
    // Old files leave out the type; only a BPE has merges.
    const std::string implied = json.contains("merges") ? "BPE" : "a model without a type";
    const std::string type = get_or<std::string>(json, "type", implied, file);
    if (type != "BPE") throw detail::unknown_part("model type " + type, file);
    detail::require_known(
        json,
        {"type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix",
         "fuse_unk", "byte_fallback", "ignore_merges", "vocab", "merges"},
        "the model", file);
    for (const std::string key : {"continuing_subword_prefix", "end_of_word_suffix"}) {
      if (!get_or<std::string>(json, key, "", file).empty()) throw detail::unknown_part(key, file);
    }
    if (get_or(json, "dropout", 0.0, file) != 0) throw detail::unknown_part("dropout", file);
  }

  void read_vocabulary(const Json& json, const std::string& file) {
    const Json& vocabulary = object_at(json, "vocab", file);
    if (vocabulary.empty()) throw Error("the vocabulary is empty", file, "fetch the file anew");
    ids_.reserve(vocabulary.size());
    for (const auto& [piece, value] : vocabulary.items()) {
      const auto id = detail::convert<std::int32_t>(value);
      if (!id || *id < 0) throw Error("piece \"" + piece + "\" has no proper id", file, "correct it");
      ids_.emplace(piece, *id);
      if (!pieces_.emplace(*id, piece).second) {
        throw Error("two pieces have the id " + std::to_string(*id), file, "fetch the file anew");
      }
    }
  }

  void read_merges(const Json& json, const std::string& file) {
    if (!json.contains("merges")) throw Error("\"merges\" is missing", file, "fetch the file anew");
    const Json& merges = list_at(json, "merges", file);
    merges_.reserve(merges.size());
    std::size_t rank = 0;
    for (const Json& merge : merges) {
      // Old files may keep the first line of the merges.txt that they came from.
      const auto* line = merge.get_ptr<const std::string*>();
      if (line != nullptr && line->starts_with("#version")) continue;
      const auto [left, right] = merge_pair(merge, file);
      const auto a = id_of(left);
      const auto b = id_of(right);
      const auto whole = id_of(left + right);
      if (!a || !b || !whole) {
        throw Error("the merge of \"" + left + "\" and \"" + right +
                        "\" needs pieces that are not in the vocabulary",
                    file, "fetch the file anew");
      }
      merges_[pair_key(*a, *b)] = {rank++, *whole};
    }
  }

  /// Both ways of writing a merge: "a b" and ["a", "b"].
  static std::pair<std::string, std::string> merge_pair(const Json& merge,
                                                        const std::string& file) {
    if (const auto pair = detail::convert<std::vector<std::string>>(merge);
        pair && pair->size() == 2) {
      return {(*pair)[0], (*pair)[1]};
    }
    if (const auto text = detail::convert<std::string>(merge)) {
      const std::size_t blank = text->find(' ');
      if (blank != std::string::npos && text->find(' ', blank + 1) == std::string::npos) {
        return {text->substr(0, blank), text->substr(blank + 1)};
      }
    }
    throw Error("a merge must be \"a b\" or [\"a\", \"b\"]", file, "fetch the file anew");
  }

  static std::uint64_t pair_key(TokenId a, TokenId b) {
    return static_cast<std::uint64_t>(a) << 32U | static_cast<std::uint64_t>(b);
  }

  [[nodiscard]] std::vector<Symbol> split(std::string_view piece) const {
    std::vector<Symbol> symbols;
    symbols.reserve(piece.size());
    const auto append = [&](TokenId id) {
      const auto at = static_cast<std::ptrdiff_t>(symbols.size());
      symbols.push_back({id, at - 1, at + 1});
    };
    // An unknown waits until the next known character, so that unknowns can fuse. Bytes do not end
    // the wait: the library has it so.
    bool waiting = false;
    while (!piece.empty()) {
      const std::string character(piece.substr(0, first_length(piece)));
      piece.remove_prefix(character.size());
      if (const auto id = id_of(character)) {
        if (std::exchange(waiting, false)) append(*unknown_);
        append(*id);
      } else if (byte_fallback_ && has_bytes(character)) {
        for (const char byte : character) append(*bytes_[static_cast<unsigned char>(byte)]);
      } else if (unknown_) {
        if (waiting && !fuse_unknown_) append(*unknown_);
        waiting = true;
      }
    }
    if (waiting) append(*unknown_);
    if (!symbols.empty()) symbols.back().right = -1;
    return symbols;
  }

  [[nodiscard]] bool has_bytes(std::string_view character) const {
    for (const char byte : character) {
      if (!bytes_[static_cast<unsigned char>(byte)]) return false;
    }
    return true;
  }

  [[nodiscard]] const Merge* merge_of(TokenId a, TokenId b) const {
    const auto found = merges_.find(pair_key(a, b));
    return found == merges_.end() ? nullptr : &found->second;
  }

  void merge(std::vector<Symbol>& symbols) const {
    Queue queue;
    const auto propose = [&](std::ptrdiff_t left) {
      if (left < 0 || symbols[static_cast<std::size_t>(left)].right < 0) return;
      const Symbol& a = symbols[static_cast<std::size_t>(left)];
      const Merge* merge = merge_of(a.id, symbols[static_cast<std::size_t>(a.right)].id);
      if (merge != nullptr) queue.push({merge->rank, static_cast<std::size_t>(left), merge->id});
    };
    for (std::size_t i = 0; i < symbols.size(); ++i) propose(static_cast<std::ptrdiff_t>(i));
    while (!queue.empty()) {
      const Candidate best = queue.top();
      queue.pop();
      Symbol& a = symbols[best.position];
      if (a.id < 0 || a.right < 0) continue;
      Symbol& b = symbols[static_cast<std::size_t>(a.right)];
      // The neighbours may have changed since they were proposed.
      const Merge* merge = merge_of(a.id, b.id);
      if (merge == nullptr || merge->id != best.id) continue;
      a.id = best.id;
      a.right = std::exchange(b.right, -1);
      b.id = -1;
      if (a.right >= 0) {
        symbols[static_cast<std::size_t>(a.right)].left =
            static_cast<std::ptrdiff_t>(best.position);
      }
      propose(a.left);
      propose(static_cast<std::ptrdiff_t>(best.position));
    }
  }

  std::unordered_map<std::string, TokenId> ids_;
  std::unordered_map<TokenId, std::string> pieces_;
  std::unordered_map<std::uint64_t, Merge> merges_;
  std::array<std::optional<TokenId>, 256> bytes_{};
  std::optional<TokenId> unknown_;
  bool byte_fallback_ = false;
  bool fuse_unknown_ = false;
  bool ignore_merges_ = false;
};

}  // namespace infoflow::adapters
