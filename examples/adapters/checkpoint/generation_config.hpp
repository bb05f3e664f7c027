// SPDX-License-Identifier: MIT
/// \file The token ids that begin, end and pad a generated text.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include <adapters/checkpoint/json_file.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/core/token_partition.hpp>

namespace infoflow::adapters {

/// What generation_config.json says of ids. How to sample it says, too; here decoding is greedy.
struct GenerationConfig {
  std::vector<TokenId> stop_ids;  ///< Every one of them ends an answer.
  std::optional<TokenId> bos;
  std::optional<TokenId> pad;
};

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

/// The ids in generation_config.json; those that it lacks, from config.json and its text_config.
/// \param config  the content of config.json, `file` its path
/// \throws Error if a value is no id
[[nodiscard]] inline GenerationConfig read_generation_config(const std::filesystem::path& directory,
                                                             const Json& config,
                                                             const std::string& file) {
  const auto path = directory / "generation_config.json";
  std::error_code ignored;
  const Json generation = std::filesystem::exists(path, ignored) ? read_json(path) : Json::object();
  const auto first_of = [&](const std::string& key) {
    std::vector<TokenId> ids = detail::ids_at(generation, key, path.string());
    if (ids.empty()) ids = detail::ids_at(config, key, file);
    if (ids.empty()) ids = detail::ids_at(object_at(config, "text_config", file), key, file);
    for (const TokenId id : ids) {
      if (id < 0)
        throw Error("\"" + key + "\" holds " + std::to_string(id), file, "ids are not negative");
    }
    return ids;
  };
  const auto optional = [](const std::vector<TokenId>& ids) {
    return ids.empty() ? std::nullopt : std::optional<TokenId>(ids.front());
  };
  return {first_of("eos_token_id"), optional(first_of("bos_token_id")),
          optional(first_of("pad_token_id"))};
}

}  // namespace infoflow::adapters
