// SPDX-License-Identifier: MIT
/// \file BERT's tokenizer for text without case: words, and pieces of them by the longest that fits.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

#include <adapters/checkpoint/json_file.hpp>
#include <adapters/tokenizer/bert_words.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/core/split_text.hpp>
#include <infoflow/core/token_partition.hpp>
#include <infoflow/files/read_file.hpp>
#include <infoflow/text/utf8.hpp>

namespace infoflow::adapters {

/// What transformers' BertTokenizer makes of a text with [CLS] before and [SEP] behind it.
///
/// Special tokens that are written out in a text are tokens. A word with more than 100 characters, or of
/// which a part has no piece, is [UNK] as a whole.
class WordPieceTokenizer {
 public:
  /// Reads vocab.txt, else the vocabulary of tokenizer.json, and what tokenizer_config.json and
  /// added_tokens.json add to it.
  /// \throws Error if there is none, a special token is missing, or the text's case or accents count
  [[nodiscard]] static WordPieceTokenizer from_directory(const std::filesystem::path& directory) {
    std::error_code ignored;
    WordPieceTokenizer tokenizer;
    if (std::filesystem::exists(directory / "vocab.txt", ignored)) {
      tokenizer.file_ = (directory / "vocab.txt").string();
      tokenizer.read_lines();
    } else {
      tokenizer.file_ = (directory / "tokenizer.json").string();
      tokenizer.read_json_vocabulary();
    }
    tokenizer.read_added(directory);
    for (const char* token : {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"}) {
      tokenizer.special_.emplace(token, tokenizer.required(token));
    }
    return tokenizer;
  }

  /// [CLS], the text's pieces, [SEP]. \param text  UTF-8; bytes that are none become U+FFFD
  [[nodiscard]] std::vector<TokenId> encode(std::string_view text) const {
    const std::string valid = valid_utf8(text);
    std::vector<TokenId> ids{special_.at("[CLS]")};
    std::string_view rest = valid;
    while (!rest.empty()) {
      const auto [at, mark] = first_special(rest);
      add_words(rest.substr(0, at), ids);
      if (mark.empty()) break;
      ids.push_back(special_.at(std::string(mark)));
      rest.remove_prefix(at + mark.size());
    }
    ids.push_back(special_.at("[SEP]"));
    return ids;
  }

  /// The special tokens that are written out in a text.
  [[nodiscard]] std::vector<std::string> marks_in(std::string_view text) const {
    std::vector<std::string> marks;
    while (true) {
      const auto [at, mark] = first_special(text);
      if (mark.empty()) return marks;
      marks.emplace_back(mark);
      text.remove_prefix(at + mark.size());
    }
  }

  /// One more than the largest id.
  [[nodiscard]] TokenId size() const { return size_; }

 private:
  static constexpr std::size_t most_characters = 100;  // Of a word.

  void add(std::string piece, TokenId id) {
    size_ = std::max(size_, static_cast<TokenId>(id + 1));
    pieces_.emplace(std::move(piece), id);
  }

  void read_lines() {
    constexpr std::uintmax_t most_bytes = 16U << 20U;  // BERT's has 0.2 MB.
    const auto bytes = read_file(file_, "a vocabulary", most_bytes);
    TokenId id = 0;
    for (std::string_view line :
         lines_of({reinterpret_cast<const char*>(bytes.data()), bytes.size()})) {
      if (line.ends_with('\r')) line.remove_suffix(1);
      add(std::string(line), id++);
    }
  }

  void read_json_vocabulary() {
    const Json json = read_json(file_);
    const Json& vocabulary = object_at(object_at(json, "model", file_), "vocab", file_);
    for (const auto& [piece, id] : vocabulary.items()) {
      const auto number = json_as<TokenId>(id);
      if (!number || *number < 0)
        throw Error("\"" + piece + "\" has no id", file_, "fetch it anew");
      add(piece, *number);
    }
    for (const Json& token : list_at(json, "added_tokens", file_)) {
      add_special(get<std::string>(token, "content", file_),
                  get_optional<TokenId>(token, "id", file_), file_);
    }
  }

  void read_added(const std::filesystem::path& directory) {
    std::error_code ignored;
    const auto config_path = directory / "tokenizer_config.json";
    const std::string config_file = config_path.string();
    if (std::filesystem::exists(config_path, ignored)) {
      const Json config = read_json(config_path);
      if (!get_or(config, "do_lower_case", true, config_file) ||
          !get_or(config, "strip_accents", true, config_file) ||
          !get_or(config, "tokenize_chinese_chars", true, config_file)) {
        throw Error("case, accents or Chinese characters are to be kept", config_file,
                    "only BERT's tokenizer without case is supported");
      }
      for (const auto& [id, token] :
           object_at(config, "added_tokens_decoder", config_file).items()) {
        add_special(get<std::string>(token, "content", config_file),
                    json_as<TokenId>(Json::parse(id, nullptr, /*allow_exceptions=*/false)),
                    config_file);
      }
    }
    const auto added_path = directory / "added_tokens.json";
    if (!std::filesystem::exists(added_path, ignored)) return;
    const Json added = read_json(added_path);
    for (const auto& [content, id] : added.items()) {
      add_special(content, json_as<TokenId>(id), added_path.string());
    }
  }

  void add_special(const std::string& content, std::optional<TokenId> id, const std::string& file) {
    if (!id || *id < 0 || content.empty()) {
      throw Error("\"" + content + "\" has no id", file, "fetch it anew");
    }
    size_ = std::max(size_, static_cast<TokenId>(*id + 1));
    special_.emplace(content, *id);
  }

  [[nodiscard]] TokenId required(const std::string& token) const {
    const auto found = pieces_.find(token);
    if (found != pieces_.end()) return found->second;
    throw Error("there is no token " + token, file_, "give the vocabulary of a BERT");
  }

  /// Where the first special token stands, the longest of those that begin there; none: the text's end.
  [[nodiscard]] std::pair<std::size_t, std::string_view> first_special(
      std::string_view text) const {
    std::pair<std::size_t, std::string_view> first{text.size(), {}};
    for (const auto& [content, id] : special_) {
      const std::size_t at = text.find(content);
      const bool longer = at == first.first && content.size() > first.second.size();
      if (at < first.first || (longer && at < text.size())) first = {at, content};
    }
    return first;
  }

  void add_words(std::string_view text, std::vector<TokenId>& ids) const {
    for (const std::string& word : bert_words(text)) {
      const std::vector<TokenId> pieces = pieces_of(word);
      ids.insert(ids.end(), pieces.begin(), pieces.end());
    }
  }

  [[nodiscard]] std::vector<TokenId> pieces_of(const std::string& word) const {
    std::vector<std::size_t> ends;  // Of the word's characters.
    for (std::size_t at = 0; at < word.size(); ends.push_back(at)) {
      at += text::first_character(std::string_view(word).substr(at)).length;
    }
    const std::vector<TokenId> unknown{special_.at("[UNK]")};
    if (ends.size() > most_characters) return unknown;
    std::vector<TokenId> ids;
    for (std::size_t begin = 0; begin < word.size();) {
      std::size_t end = begin;
      TokenId longest = -1;
      for (auto candidate = ends.rbegin(); candidate != ends.rend() && *candidate > begin;
           ++candidate) {
        const std::string piece = (begin > 0 ? "##" : "") + word.substr(begin, *candidate - begin);
        const auto found = pieces_.find(piece);
        if (found == pieces_.end()) continue;
        end = *candidate;
        longest = found->second;
        break;
      }
      if (longest < 0) return unknown;
      ids.push_back(longest);
      begin = end;
    }
    return ids;
  }

  std::unordered_map<std::string, TokenId> pieces_;
  std::unordered_map<std::string, TokenId> special_;
  TokenId size_ = 0;
  std::string file_;
};

}  // namespace infoflow::adapters
