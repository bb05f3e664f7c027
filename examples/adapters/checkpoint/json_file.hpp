// SPDX-License-Identifier: MIT
/// \file A JSON file read with care, and typed look-ups that say which key holds the wrong type.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <adapters/checkpoint/python_numbers.hpp>
#include <infoflow/files/read_file.hpp>
#include <infoflow/text/json_fields.hpp>
#include <infoflow/text/strict_json.hpp>

namespace infoflow::adapters {

using Json = nlohmann::json;

/// Tokenizers of large vocabularies reach some 30 MB.
inline constexpr std::uintmax_t largest_json_file = 256U << 20U;

namespace detail {

/// Puts Python's numbers in the place of their marks.
inline void put_python_numbers(Json& json) {
  if (json.is_structured()) {
    for (Json& part : json) put_python_numbers(part);
  } else if (json.is_string()) {
    if (const auto number = marked_number(json.get_ref<const std::string&>())) json = *number;
  }
}

}  // namespace detail

/// Strict JSON, and the numbers NaN, Infinity and -Infinity that Python's json module writes and
/// reads: what nobody looks up may be one of them.
/// \param where  the file, for errors
/// \throws Error as strict_json()
[[nodiscard]] inline Json parse_json(std::string_view text, const std::string& where) {
  if (!may_hold_python_numbers(text)) return strict_json(text, where);
  Json json = strict_json(with_marked_numbers(text), where);
  detail::put_python_numbers(json);
  return json;
}

/// \throws Error if the file is missing, no regular file, too large, or as parse_json()
[[nodiscard]] inline Json read_json(const std::filesystem::path& path,
                                    std::uintmax_t most_bytes = largest_json_file) {
  const std::vector<std::uint8_t> bytes = read_file(path, "a JSON file", most_bytes);
  return parse_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path.string());
}

/// The value under a key, or null if there is none. \throws Error if `json` is no object
[[nodiscard]] inline const Json* find(const Json& json, const std::string& key,
                                      const std::string& file) {
  return JsonFields(json, file).find(key);
}

/// The object under a key, an empty one if there is none. \throws Error if it is no object
[[nodiscard]] inline const Json& object_at(const Json& json, const std::string& key,
                                           const std::string& file) {
  static const Json empty = Json::object();
  const JsonFields fields(json, file);
  return fields.has(key) ? fields.object(key) : empty;
}

/// The list under a key, an empty one if there is none. \throws Error if it is no list
[[nodiscard]] inline const Json& list_at(const Json& json, const std::string& key,
                                         const std::string& file) {
  static const Json empty = Json::array();
  const JsonFields fields(json, file);
  return fields.has(key) ? fields.list(key) : empty;
}

/// A boolean, whole number, number, text, or std::vector of them; nothing if the key is absent.
/// \throws Error if the value has another type or does not fit T
template <class T>
[[nodiscard]] std::optional<T> get_optional(const Json& json, const std::string& key,
                                            const std::string& file) {
  return JsonFields(json, file).get_optional<T>(key);
}

/// As get_optional(), with a value for an absent key.
template <class T>
[[nodiscard]] T get_or(const Json& json, const std::string& key, T fallback,
                       const std::string& file) {
  return JsonFields(json, file).get_or<T>(key, std::move(fallback));
}

/// As get_optional(), for a key that must be there.
template <class T>
[[nodiscard]] T get(const Json& json, const std::string& key, const std::string& file) {
  return JsonFields(json, file).get<T>(key);
}

}  // namespace infoflow::adapters
