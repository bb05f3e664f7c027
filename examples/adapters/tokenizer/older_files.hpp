// SPDX-License-Identifier: MIT
/// \file special_tokens_map.json and added_tokens.json, which say what "added_tokens_decoder" of
/// tokenizer_config.json says since it is there.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_set>
#include <utility>

#include <adapters/checkpoint/json_file.hpp>
#include <adapters/tokenizer/added_tokens.hpp>
#include <adapters/tokenizer/tokenizer_config.hpp>
#include <infoflow/core/error.hpp>

namespace infoflow::adapters {

/// The small files that may stand beside a vocabulary; an empty object for one that does not.
struct TokenizerConfigs {
  Json tokenizer_config = Json::object();
  Json special_tokens_map = Json::object();
  Json added_tokens = Json::object();  ///< {content: id}
  std::string file;                    ///< Of tokenizer_config.json, for errors.
  std::string map_file;                ///< Of special_tokens_map.json.
  std::string added_file;              ///< Of added_tokens.json.
};

/// tokenizer_config.json with special_tokens_map.json over it, as transformers joins them: of the roles
/// that every tokenizer has the map's win, of others the configuration's; the map's list under the
/// older name counts only where the configuration has no list, an empty one included. With
/// "added_tokens_decoder" nothing is joined.
/// \throws Error if the map is no object
[[nodiscard]] inline Json config_with_map(const TokenizerConfigs& configs) {
  Json config = configs.tokenizer_config;
  // The list's old name.
  if (config.contains("additional_special_tokens") &&
      config.value("extra_special_tokens", Json()).empty()) {
    config["extra_special_tokens"] = std::exchange(config["additional_special_tokens"], {});
  }
  if (find(config, "added_tokens_decoder", configs.file) != nullptr) return config;
  Json map = configs.special_tokens_map;
  if (!map.is_object()) throw Error("the file is no JSON object", configs.map_file, "correct it");
  const bool has_list =
      config.contains("extra_special_tokens") && !config["extra_special_tokens"].is_object();
  if (has_list || map.contains("extra_special_tokens")) map.erase("additional_special_tokens");
  for (const auto& [key, value] : map.items()) {
    Json& place = config[key];
    if (key == "extra_special_tokens" && place.is_array() && value.is_array()) {
      place.insert(place.end(), value.begin(), value.end());
    } else if (key == "extra_special_tokens" && place.is_object() && value.is_object()) {
      place.update(value);
    } else if (key == "extra_special_tokens" && place.is_object()) {
      config["model_specific_special_tokens"] = std::exchange(place, value);
    } else if (is_common_role(key) || !key.ends_with("_token") || !place.is_string()) {
      place = value;
    }
  }
  return config;
}

/// The tokens of added_tokens.json. Those that have one of the common roles, or stand in the list under
/// the newer name, are special and sought in raw text, the others in normalised text.
/// \param config  what config_with_map() gives
/// \throws Error if an id is none or stands twice
[[nodiscard]] inline NumberedTokens older_added_tokens(const TokenizerConfigs& configs,
                                                       const Json& config) {
  std::unordered_set<std::string> special;
  for (const auto role : common_roles) {
    // transformers compares before it has read flags, so a role with "__type" names no token yet.
    const Json value = config.value(std::string(role), Json());
    if (!value.is_object() || !value.contains("__type")) special.insert(token_content(value));
  }
  const Json* further = find(config, "extra_special_tokens", configs.file);
  if (further != nullptr && further->is_array()) {
    for (const Json& value : *further) special.insert(token_content(value));
  }
  NumberedTokens tokens;
  if (!configs.added_tokens.is_object()) {
    throw Error("the file is no JSON object", configs.added_file, "correct it");
  }
  for (const auto& [content, value] : configs.added_tokens.items()) {
    const auto id = json_as<std::int32_t>(value);
    if (!id || content.empty() || tokens.by_id.contains(*id)) {
      throw Error("\"" + content + "\" has no id of its own", configs.added_file, "correct it");
    }
    const bool is_special = special.contains(content);
    tokens.set(*id, {.content = content, .normalized = !is_special, .special = is_special});
  }
  return tokens;
}

}  // namespace infoflow::adapters
