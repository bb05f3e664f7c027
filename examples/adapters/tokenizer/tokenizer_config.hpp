// SPDX-License-Identifier: MIT
/// \file The tokens that a tokenizer_config.json names, and what it makes of added tokens.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <adapters/checkpoint/json_file.hpp>
#include <adapters/tokenizer/added_token_list.hpp>
#include <infoflow/core/error.hpp>

namespace infoflow::adapters {

/// The roles that every tokenizer has.
inline constexpr std::array<std::string_view, 7> common_roles{
    "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"};

[[nodiscard]] inline bool is_common_role(std::string_view role) {
  return std::find(common_roles.begin(), common_roles.end(), role) != common_roles.end();
}

/// The content of a token that is named by itself ("<s>") or with its flags.
[[nodiscard]] inline std::string token_content(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  const bool has_content = value.is_object() && value.contains("content");
  return has_content && value["content"].is_string() ? value["content"].get<std::string>() : "";
}

/// The tokens that a tokenizer_config.json gives a role: by a key "…_token" (the seven that every
/// tokenizer has first), or in an object of further roles.
/// \param flagged  tokens by content that give those in the seven roles their flags
[[nodiscard]] inline std::vector<AddedToken> named_tokens(
    const Json& config, const std::string& file,
    const std::unordered_map<std::string, AddedToken>& flagged = {}) {
  std::vector<AddedToken> tokens;
  const auto append = [&](const Json& value) {
    if (token_content(value).empty()) return;
    AddedToken token = value.is_object() ? added_token_of(value, file)
                                         : AddedToken{.content = value.get<std::string>()};
    token.special = true;
    tokens.push_back(std::move(token));
  };
  for (const auto key : common_roles) append(config.value(std::string(key), Json()));
  for (AddedToken& token : tokens) {
    const auto flags = flagged.find(token.content);
    if (flags != flagged.end()) token = flags->second;
  }
  for (const auto& [key, value] : config.items()) {
    if (!is_common_role(key) && key.ends_with("_token")) append(value);
  }
  for (const std::string key : {"model_specific_special_tokens", "extra_special_tokens"}) {
    const Json* roles = find(config, key, file);
    if (roles == nullptr || !roles->is_object()) continue;
    for (const auto& [role, value] : roles->items()) append(value);
  }
  return tokens;
}

/// The tokens of tokenizer_config.json that have no role of their own: the list under its old name
/// counts where there are none under the new one.
[[nodiscard]] inline std::vector<std::string> extra_tokens(const Json& config,
                                                           const std::string& file) {
  std::vector<std::string> contents;
  for (const std::string key : {"extra_special_tokens", "additional_special_tokens"}) {
    const Json* list = find(config, key, file);
    if (list == nullptr || !list->is_array()) continue;
    for (const Json& value : *list) {
      const std::string content = token_content(value);
      if (!content.empty()) contents.push_back(content);
    }
    if (!contents.empty()) break;
  }
  return contents;
}

/// Tokens whose ids a file gives. Of two with one id the later is added, but whoever names the earlier
/// in a role still gets its flags.
struct NumberedTokens {
  std::map<std::int32_t, AddedToken> by_id;
  std::unordered_map<std::string, AddedToken> by_content;

  void set(std::int32_t id, AddedToken token) {
    token.id = id;
    by_content.insert_or_assign(token.content, token);
    by_id.insert_or_assign(id, std::move(token));
  }
};

/// "added_tokens_decoder". \throws Error if an id is none
[[nodiscard]] inline NumberedTokens numbered_tokens(const Json& config, const std::string& file) {
  NumberedTokens tokens;
  for (const auto& [id, entry] : object_at(config, "added_tokens_decoder", file).items()) {
    const auto number = json_as<std::int32_t>(Json::parse(id, nullptr, /*allow_exceptions=*/false));
    if (!number) throw Error("\"" + id + "\" in added_tokens_decoder is no id", file, "correct it");
    tokens.set(*number, added_token_of(entry, file));
  }
  return tokens;
}

/// Names a token for each role that the configuration leaves open.
inline void name_tokens(Json& config,
                        std::initializer_list<std::pair<const char*, const char*>> tokens) {
  for (const auto& [role, content] : tokens) {
    if (!config.contains(role)) config[role] = content;
  }
}

/// Adds tokens in the order of their ids, then those that are missing and have a role, or are named
/// without one. Of the first, those with a role become special; a token that stood in the list before
/// and has no id here keeps its flags.
inline void add_configured_tokens(AddedTokenList& list, const NumberedTokens& numbered,
                                  const Json& config, const std::string& file) {
  std::vector<AddedToken> tokens;
  std::unordered_set<std::string> known;
  for (const AddedToken& token : list.tokens()) known.insert(token.content);
  for (const auto& [id, token] : numbered.by_id) known.insert(token.content);
  std::unordered_set<std::string> special;
  std::vector<AddedToken> missing;
  for (AddedToken& token : named_tokens(config, file, numbered.by_content)) {
    special.insert(token.content);
    if (!known.contains(token.content)) missing.push_back(std::move(token));
  }
  for (const std::string& content : extra_tokens(config, file)) {
    if (!known.contains(content)) missing.push_back({.content = content, .special = true});
  }
  for (const auto& [id, token] : numbered.by_id) tokens.push_back(token);
  tokens.insert(tokens.end(), missing.begin(), missing.end());
  for (AddedToken& token : tokens) {
    token.special = token.special || special.contains(token.content);
    list.add(std::move(token));
  }
}

/// Qwen2Tokenizer adds its special tokens once more by their content alone, and flags are lost.
inline void add_special_tokens_anew(AddedTokenList& list, const Json& config,
                                    const std::string& file) {
  for (const AddedToken& token : named_tokens(config, file)) {
    list.add({.content = token.content, .special = true});
  }
  for (const std::string& content : extra_tokens(config, file)) {
    list.add({.content = content, .special = true});
  }
}

}  // namespace infoflow::adapters
