// SPDX-License-Identifier: MIT
/// \file Ids and flags of the tokens beside a vocabulary, as the `tokenizers` library gives them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <adapters/checkpoint/json_file.hpp>
#include <adapters/tokenizer/added_tokens.hpp>
#include <adapters/tokenizer/piece_length.hpp>
#include <adapters/tokenizer/tokenizer_json.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/core/token_partition.hpp>

namespace infoflow::adapters {

/// An entry of "added_tokens" or "added_tokens_decoder"; its id is not read.
[[nodiscard]] inline AddedToken added_token_of(const Json& entry, const std::string& file) {
  require_known(
      entry,
      {"__type", "id", "content", "single_word", "lstrip", "rstrip", "normalized", "special"},
      "an added token", file);
  const bool special = get_or(entry, "special", false, file);
  AddedToken token{.id = -1,
                   .content = get<std::string>(entry, "content", file),
                   .single_word = get_or(entry, "single_word", false, file),
                   .lstrip = get_or(entry, "lstrip", false, file),
                   .rstrip = get_or(entry, "rstrip", false, file),
                   .normalized = get_or(entry, "normalized", !special, file),
                   .special = special};
  if (token.content.empty()) throw Error("an added token is empty", file, "give its content");
  require_length(token.content, file);
  return token;
}

/// Added tokens beside a vocabulary, numbered as the `tokenizers` library does: a token that the
/// vocabulary has keeps that id, another gets the next free one.
class AddedTokenList {
 public:
  AddedTokenList(const Json& model, const std::string& file)
      : vocabulary_(object_at(model, "vocab", file)),
        next_(static_cast<TokenId>(vocabulary_.size())) {}

  /// Adds the token or gives a known one its flags; special once is special for good.
  void add(AddedToken token) {
    if (AddedToken* known = find(token.content)) {
      token.id = known->id;
      token.special = token.special || known->special;
      *known = std::move(token);
      return;
    }
    const auto entry = vocabulary_.find(token.content);
    const auto id = entry == vocabulary_.end() ? std::nullopt : json_as<std::int32_t>(*entry);
    token.id = id ? TokenId{*id} : next_++;
    append(std::move(token));
  }

  /// Adds a token whose file gives its id; a vocabulary may have another piece there.
  /// \throws Error if the vocabulary has the token elsewhere, or another token has the id
  void add_with_id(AddedToken token, const std::string& file) {
    const auto entry = vocabulary_.find(token.content);
    const bool is_elsewhere = entry != vocabulary_.end() && *entry != token.id;
    if (token.id < 0 || is_elsewhere || find(token.content) != nullptr || ids_.contains(token.id)) {
      throw Error(
          "added token \"" + token.content + "\" cannot have the id " + std::to_string(token.id),
          file, "give every token one id and every id one token");
    }
    if (token.id >= static_cast<TokenId>(vocabulary_.size())) ++next_;
    append(std::move(token));
  }

  [[nodiscard]] AddedToken* find(const std::string& content) {
    const auto found = places_.find(content);
    return found == places_.end() ? nullptr : &tokens_[found->second];
  }

  [[nodiscard]] const std::vector<AddedToken>& tokens() const { return tokens_; }

 private:
  void append(AddedToken token) {
    places_.emplace(token.content, tokens_.size());
    ids_.insert(token.id);
    tokens_.push_back(std::move(token));
  }

  const Json& vocabulary_;
  TokenId next_;
  std::vector<AddedToken> tokens_;
  std::unordered_map<std::string, std::size_t> places_;
  std::unordered_set<TokenId> ids_;
};

[[nodiscard]] inline Json added_tokens_json(const std::vector<AddedToken>& tokens) {
  Json list = Json::array();
  for (const AddedToken& token : tokens) {
    list.push_back({{"id", token.id},
                    {"content", token.content},
                    {"single_word", token.single_word},
                    {"lstrip", token.lstrip},
                    {"rstrip", token.rstrip},
                    {"normalized", token.normalized},
                    {"special", token.special}});
  }
  return list;
}

/// The added tokens of a tokenizer.json. Beside a model with "ranks" they have whatever ids they
/// are given.
/// \throws Error if an id is not the one that the `tokenizers` library would give
[[nodiscard]] inline std::vector<AddedToken> added_tokens_of(const Json& json,
                                                             const std::string& file) {
  AddedTokenList list(object_at(json, "model", file), file);
  for (const Json& entry : list_at(json, "added_tokens", file)) {
    AddedToken token = added_token_of(entry, file);
    const auto id = get<TokenId>(entry, "id", file);
    if (object_at(json, "model", file).contains("ranks")) {
      token.id = id;
      list.add_with_id(std::move(token), file);
      continue;
    }
    const std::string content = token.content;
    list.add(std::move(token));
    const TokenId given = list.find(content)->id;
    if (given != id) {
      throw Error("added token \"" + content + "\" claims id " + std::to_string(id) +
                      ", but by its place it has " + std::to_string(given),
                  file, "save the tokenizer anew with transformers");
    }
  }
  return list.tokens();
}

}  // namespace infoflow::adapters
