// SPDX-License-Identifier: MIT
/// \file The tokens that a tokenizer_config.json names, and what it makes of added tokens.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <adapters/checkpoint/json_file.hpp>
#include <adapters/tokenizer/added_token_list.hpp>
#include <infoflow/core/error.hpp>

namespace infoflow::adapters {

namespace detail {

/// The content of a token that is named by itself ("<s>") or with its flags.
[[nodiscard]] inline std::string content_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  const bool has_content = value.is_object() && value.contains("content");
  return has_content && value["content"].is_string() ? value["content"].get<std::string>() : "";
}

/// The tokens that a tokenizer_config.json gives a role by a key "…_token", the seven that every
/// tokenizer has first.
[[nodiscard]] inline std::vector<std::string> named_tokens(const Json& config,
                                                           const std::string& file) {
  constexpr std::array<std::string_view, 7> common{
      "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"};
  std::vector<std::string> names;
  const auto append = [&](const Json& value) {
    const std::string content = content_of(value);
    if (!content.empty()) names.push_back(content);
  };
  for (const auto key : common) append(config.value(std::string(key), Json()));
  for (const auto& [key, value] : config.items()) {
    const bool is_common = std::find(common.begin(), common.end(), key) != common.end();
    if (!is_common && key.ends_with("_token")) append(value);
  }
  const Json* extra = find(config, "extra_special_tokens", file);
  if (extra != nullptr && extra->is_object()) {
    for (const auto& [key, value] : extra->items()) append(value);
  }
  return names;
}

/// The tokens of tokenizer_config.json that have no role of their own.
[[nodiscard]] inline std::vector<std::string> extra_tokens(const Json& config,
                                                           const std::string& file) {
  std::vector<std::string> contents;
  for (const std::string key : {"extra_special_tokens", "additional_special_tokens"}) {
    const Json* list = find(config, key, file);
    if (list == nullptr || !list->is_array()) continue;
    for (const Json& value : *list) contents.push_back(content_of(value));
    if (!contents.empty()) break;
  }
  return contents;
}

/// "added_tokens_decoder" by id. \throws Error if an id is none
[[nodiscard]] inline std::map<std::int32_t, AddedToken> numbered_tokens(const Json& config,
                                                                        const std::string& file) {
  std::map<std::int32_t, AddedToken> by_id;
  for (const auto& [id, entry] : object_at(config, "added_tokens_decoder", file).items()) {
    const auto number = convert<std::int32_t>(Json::parse(id, nullptr, /*allow_exceptions=*/false));
    if (!number) throw Error("\"" + id + "\" in added_tokens_decoder is no id", file, "correct it");
    by_id.emplace(*number, added_token_of(entry, file)).first->second.id = *number;
  }
  return by_id;
}

/// Names a token for each role that the configuration leaves open.
inline void name_tokens(Json& config,
                        std::initializer_list<std::pair<const char*, const char*>> tokens) {
  for (const auto& [role, content] : tokens) {
    if (!config.contains(role)) config[role] = content;
  }
}

/// Makes the tokens special that tokenizer_config.json names, adds those that are missing.
inline void add_named_tokens(AddedTokenList& list, const Json& config, const std::string& file) {
  for (const std::string& content : named_tokens(config, file)) {
    AddedToken* known = list.find(content);
    if (known != nullptr) {
      known->special = true;
    } else {
      list.add({.content = content, .special = true});
    }
  }
  for (const std::string& content : extra_tokens(config, file)) {
    if (!content.empty() && list.find(content) == nullptr) {
      list.add({.content = content, .special = true});
    }
  }
}

/// Gives the tokens of tokenizer_config.json their flags, adds those that are missing.
inline void add_configured_tokens(AddedTokenList& list, const Json& config,
                                  const std::string& file) {
  for (const auto& [id, token] : numbered_tokens(config, file)) list.add(token);
  add_named_tokens(list, config, file);
}

/// Qwen2Tokenizer adds its special tokens once more by their content alone, and flags are lost.
inline void add_special_tokens_anew(AddedTokenList& list, const Json& config,
                                    const std::string& file) {
  for (const auto& contents : {named_tokens(config, file), extra_tokens(config, file)}) {
    for (const std::string& content : contents) {
      if (!content.empty()) list.add({.content = content, .special = true});
    }
  }
}

}  // namespace detail

}  // namespace infoflow::adapters
