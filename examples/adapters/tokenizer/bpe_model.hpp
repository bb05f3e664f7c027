// SPDX-License-Identifier: MIT
/// \file Byte-pair encoding: a vocabulary, and the order in which neighbours merge.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <adapters/checkpoint/json_file.hpp>
#include <adapters/tokenizer/added_tokens.hpp>
#include <adapters/tokenizer/byte_pieces.hpp>
#include <adapters/tokenizer/merge_queue.hpp>
#include <adapters/tokenizer/piece_length.hpp>
#include <adapters/tokenizer/tokenizer_json.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/core/token_partition.hpp>
#include <infoflow/text/utf8.hpp>

namespace infoflow::adapters {

/// The BPE model of a tokenizer.json, computed as the `tokenizers` library does: every character
/// that the vocabulary lacks falls back to its bytes or to the unknown token, then the neighbours
/// with the earliest merge (ties: the leftmost) merge until none is left.
///
/// Or the BPE of tiktoken and sentencepiece, which list no merges but rank their pieces: any
/// neighbours merge whose joined text is a ranked piece, the lowest rank first (ties: the
/// leftmost), and what is no piece then falls back. Their files are read into an object "model" with "ranks"
/// {piece: rank} in place of "merges", and "user_defined", a list of pieces that are found before
/// anything merges and never merge themselves.
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
    if (json.contains("ranks")) {
      read_ranks(json, file);
    } else {
      read_merges(json, file);
    }
    byte_fallback_ = get_or(json, "byte_fallback", false, file);
    fuse_unknown_ = get_or(json, "fuse_unk", false, file);
    ignore_merges_ = get_or(json, "ignore_merges", false, file);
    for (std::size_t byte = 0; byte < bytes_.size(); ++byte) {
      bytes_[byte] = id_of(byte_piece(static_cast<unsigned char>(byte)));
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
    if (!user_defined_) return merge_listed(piece, ids);
    std::vector<TextPart> parts;
    user_defined_->split(piece, false, parts);
    for (const TextPart& part : parts) {
      if (part.token) {
        ids.push_back(*part.token);
      } else {
        merge_ranked(part.text, ids);
      }
    }
  }

  /// The user-defined pieces that encode() finds in a piece before it looks at anything else.
  [[nodiscard]] std::vector<TokenId> user_defined_in(std::string_view piece) const {
    std::vector<TextPart> parts;
    if (user_defined_) user_defined_->split(piece, false, parts);
    std::vector<TokenId> found;
    for (const TextPart& part : parts) {
      if (part.token) found.push_back(*part.token);
    }
    return found;
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
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };

  static void check_settings(const Json& json, const std::string& file) {
    // Old files leave out the type; only a BPE has merges.
    const std::string implied = json.contains("merges") ? "BPE" : "a model without a type";
    const std::string type = get_or<std::string>(json, "type", implied, file);
    if (type != "BPE") throw unknown_part("model type " + type, file);
    require_known(
        json,
        {"type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix",
         "fuse_unk", "byte_fallback", "ignore_merges", "vocab", "merges", "ranks", "user_defined"},
        "the model", file);
    for (const std::string key : {"continuing_subword_prefix", "end_of_word_suffix"}) {
      if (!get_or<std::string>(json, key, "", file).empty()) throw unknown_part(key, file);
    }
    if (get_or(json, "dropout", 0.0, file) != 0) throw unknown_part("dropout", file);
  }

  void read_vocabulary(const Json& json, const std::string& file) {
    const Json& vocabulary = object_at(json, "vocab", file);
    if (vocabulary.empty()) throw Error("the vocabulary is empty", file, "fetch the file anew");
    ids_.reserve(vocabulary.size());
    for (const auto& [piece, value] : vocabulary.items()) {
      require_length(piece, file);
      const auto id = json_as<std::int32_t>(value);
      if (!id || *id < 0)
        throw Error("piece \"" + piece + "\" has no proper id", file, "correct it");
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

  void read_ranks(const Json& json, const std::string& file) {
    const Json& ranks = object_at(json, "ranks", file);
    ranked_.reserve(ranks.size());
    for (const auto& [piece, value] : ranks.items()) {
      const auto rank = json_as<std::uint32_t>(value);
      const auto id = id_of(piece);
      if (!rank || !id) {
        throw Error("the rank of \"" + piece + "\" is no rank or of no piece", file, "correct it");
      }
      ranked_.emplace(piece, Merge{*rank, *id});
    }
    std::vector<AddedToken> whole;
    std::vector<std::string> contents =
        get_or<std::vector<std::string>>(json, "user_defined", {}, file);
    for (const std::string& piece : contents) {
      const auto id = id_of(piece);
      if (!id || piece.empty()) {
        throw Error("\"" + piece + "\" is user-defined and no piece", file, "correct it");
      }
      whole.push_back({.id = *id, .content = piece});
    }
    user_defined_.emplace(whole, contents);
  }

  /// Both ways of writing a merge: "a b" and ["a", "b"].
  static std::pair<std::string, std::string> merge_pair(const Json& merge,
                                                        const std::string& file) {
    if (const auto pair = json_as<std::vector<std::string>>(merge); pair && pair->size() == 2) {
      return {(*pair)[0], (*pair)[1]};
    }
    if (const auto text = json_as<std::string>(merge)) {
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

  void merge_listed(std::string_view piece, std::vector<TokenId>& ids) const {
    std::vector<Symbol> symbols = known_symbols(piece);
    link_neighbours(symbols);
    merge_neighbours(symbols, [&](const Symbol& a, const Symbol& b) {
      const auto found = merges_.find(pair_key(a.id, b.id));
      return found == merges_.end() ? std::nullopt : std::optional<Merge>(found->second);
    });
    for (const Symbol& symbol : symbols) {
      if (symbol.size > 0) ids.push_back(symbol.id);
    }
  }

  /// The characters of a piece, with others in place of those that the vocabulary lacks.
  [[nodiscard]] std::vector<Symbol> known_symbols(std::string_view piece) const {
    std::vector<Symbol> symbols;
    symbols.reserve(piece.size());
    const auto append = [&](TokenId id) { symbols.push_back({id, symbols.size(), 1}); };
    // An unknown waits until the next known character, so that unknowns can fuse. Bytes do not end
    // the wait: the library has it so.
    bool waiting = false;
    while (!piece.empty()) {
      const std::string character(piece.substr(0, text::first_character(piece).length));
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
    return symbols;
  }

  [[nodiscard]] std::optional<Merge> ranked(std::string_view text) const {
    const auto found = ranked_.find(text);
    return found == ranked_.end() ? std::nullopt : std::optional<Merge>(found->second);
  }

  void merge_ranked(std::string_view piece, std::vector<TokenId>& ids) const {
    std::vector<Symbol> symbols;
    symbols.reserve(piece.size());
    for (std::size_t begin = 0; begin < piece.size(); begin += symbols.back().size) {
      const std::size_t size = text::first_character(piece.substr(begin)).length;
      const std::optional<Merge> known = ranked(piece.substr(begin, size));
      symbols.push_back({known ? known->id : -1, begin, size});
    }
    link_neighbours(symbols);
    merge_neighbours(symbols, [&](const Symbol& a, const Symbol& b) {
      return ranked(piece.substr(a.begin, a.size + b.size));
    });
    bool after_unknown = false;
    for (const Symbol& symbol : symbols) {
      if (symbol.size == 0) continue;
      const std::string_view text = piece.substr(symbol.begin, symbol.size);
      const bool is_unknown = symbol.id < 0 && !(byte_fallback_ && has_bytes(text));
      if (symbol.id >= 0) {
        ids.push_back(symbol.id);
      } else if (!is_unknown) {
        for (const char byte : text) ids.push_back(*bytes_[static_cast<unsigned char>(byte)]);
      } else if (unknown_ && !(fuse_unknown_ && after_unknown)) {
        ids.push_back(*unknown_);
      }
      after_unknown = is_unknown;
    }
  }

  [[nodiscard]] bool has_bytes(std::string_view character) const {
    for (const char byte : character) {
      if (!bytes_[static_cast<unsigned char>(byte)]) return false;
    }
    return true;
  }

  std::unordered_map<std::string, TokenId> ids_;
  std::unordered_map<TokenId, std::string> pieces_;
  std::unordered_map<std::uint64_t, Merge> merges_;  ///< By both ids.
  std::unordered_map<std::string, Merge, TextHash, std::equal_to<>> ranked_;
  std::optional<TokenFinder> user_defined_;  ///< Set where pieces have ranks and no merges.
  std::array<std::optional<TokenId>, 256> bytes_{};
  std::optional<TokenId> unknown_;
  bool byte_fallback_ = false;
  bool fuse_unknown_ = false;
  bool ignore_merges_ = false;
};

}  // namespace infoflow::adapters
