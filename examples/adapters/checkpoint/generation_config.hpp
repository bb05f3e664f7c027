// SPDX-License-Identifier: MIT
/// \file The token ids that end a generated text.
#pragma once

#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include <adapters/checkpoint/json_file.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/core/token_partition.hpp>

namespace infoflow::adapters {

namespace detail {

/// One id or a list of ids.
[[nodiscard]] inline std::vector<TokenId> ids_at(const Json& json, const std::string& key,
                                                 const std::string& file) {
  const Json* value = find(json, key, file);
  if (value == nullptr) return {};
  if (value->is_array()) return get<std::vector<TokenId>>(json, key, file);
  return {get<TokenId>(json, key, file)};
}

}  // namespace detail

/// "eos_token_id" in generation_config.json, every one of which ends an answer; if it has none, in
/// config.json or its text_config. Nothing else there is read: decoding is greedy, and needs neither
/// BOS nor padding.
/// \param config  the content of config.json, `file` its path
/// \throws Error if a value is no id
[[nodiscard]] inline std::vector<TokenId> read_stop_ids(const std::filesystem::path& directory,
                                                        const Json& config,
                                                        const std::string& file) {
  const std::string key = "eos_token_id";
  const auto path = directory / "generation_config.json";
  std::error_code ignored;
  std::string where = path.string();
  std::vector<TokenId> ids;
  if (std::filesystem::exists(path, ignored)) ids = detail::ids_at(read_json(path), key, where);
  if (ids.empty()) {
    where = file;
    ids = detail::ids_at(config, key, file);
  }
  if (ids.empty()) ids = detail::ids_at(object_at(config, "text_config", file), key, file);
  for (const TokenId id : ids) {
    if (id >= 0) continue;
    throw Error("\"" + key + "\" holds " + std::to_string(id), where, "ids are not negative");
  }
  return ids;
}

}  // namespace infoflow::adapters
