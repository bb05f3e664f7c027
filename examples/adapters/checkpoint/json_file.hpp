// SPDX-License-Identifier: MIT
/// \file A JSON file read with care, and typed look-ups that say which key holds the wrong type.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_set>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <adapters/checkpoint/python_numbers.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/io/read_file.hpp>

namespace infoflow::adapters {

using Json = nlohmann::json;

/// Tokenizers of large vocabularies reach some 30 MB.
inline constexpr std::uintmax_t largest_json_file = 256U << 20U;
/// Deeper values are refused: code that walks them recursively would run out of stack.
inline constexpr int deepest_json = 64;

namespace detail {

/// Watches the parser: refuses what is too deep and objects that name a key twice, where one of the
/// two values would silently win. Puts Python's numbers in the place of their marks.
class JsonWatch {
 public:
  explicit JsonWatch(std::string where) : where_(std::move(where)) {}

  bool operator()(int depth, Json::parse_event_t event, Json& parsed) {
    if (depth > deepest_json) {
      throw Error("values nested more than " + std::to_string(deepest_json) + " deep", where_,
                  "no file of a model needs that; check where it comes from");
    }
    if (event == Json::parse_event_t::object_start) keys_.emplace_back();
    if (event == Json::parse_event_t::object_end) keys_.pop_back();
    if (event == Json::parse_event_t::key) {
      const auto& key = parsed.get_ref<const std::string&>();
      if (!keys_.back().insert(key).second) {
        throw Error("the key \"" + key + "\" stands twice in one object", where_,
                    "leave one of the two");
      }
    }
    if (event == Json::parse_event_t::value && parsed.is_string()) {
      const auto number = marked_number(parsed.get_ref<const std::string&>());
      if (number) parsed = *number;
    }
    return true;
  }

 private:
  std::string where_;
  std::vector<std::unordered_set<std::string>> keys_;
};

/// nlohmann's message without its "[json.exception…] " and without whole files quoted in it.
[[nodiscard]] inline std::string parser_message(std::string_view message) {
  const std::size_t bracket = message.find("] ");
  if (bracket != std::string_view::npos) message.remove_prefix(bracket + 2);
  std::string text(message.substr(0, 200));
  if (message.size() > text.size()) text += " ...";
  return text;
}

/// A value as it stands in its file.
[[nodiscard]] inline std::string shown(const Json& value) {
  if (value.is_number_float() && !std::isfinite(value.get<double>())) {
    const auto number = value.get<double>();
    return std::isnan(number) ? "NaN" : number < 0 ? "-Infinity" : "Infinity";
  }
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// What a JSON type is called in an error.
template <class T>
[[nodiscard]] std::string type_name() {
  if constexpr (std::is_same_v<T, bool>) {
    return "true or false";
  } else if constexpr (std::is_integral_v<T>) {
    return "a whole number from " + std::to_string(std::numeric_limits<T>::min()) + " to " +
           std::to_string(std::numeric_limits<T>::max());
  } else if constexpr (std::is_floating_point_v<T>) {
    return "a number";
  } else if constexpr (std::is_same_v<T, std::string>) {
    return "a text";
  } else {
    return "a list whose every element is " + type_name<typename T::value_type>();
  }
}

/// The value as a T, or nothing if it is another type or out of T's range. No conversions between
/// kinds: "3" is no number, 1 is not true, 2.5 is not whole.
template <class T>
[[nodiscard]] std::optional<T> convert(const Json& value) {
  if constexpr (std::is_same_v<T, bool>) {
    if (value.is_boolean()) return value.get<bool>();
  } else if constexpr (std::is_integral_v<T>) {
    if (value.is_number_unsigned()) {
      const auto number = value.get<std::uint64_t>();
      if (std::in_range<T>(number)) return static_cast<T>(number);
    } else if (value.is_number_integer()) {
      const auto number = value.get<std::int64_t>();
      if (std::in_range<T>(number)) return static_cast<T>(number);
    }
  } else if constexpr (std::is_floating_point_v<T>) {
    if (value.is_number()) return value.get<T>();
  } else if constexpr (std::is_same_v<T, std::string>) {
    if (value.is_string()) return value.get<std::string>();
  } else {
    if (!value.is_array()) return std::nullopt;
    T list;
    for (const Json& element : value) {
      auto item = convert<typename T::value_type>(element);
      if (!item) return std::nullopt;
      list.push_back(std::move(*item));
    }
    return list;
  }
  return std::nullopt;
}

}  // namespace detail

/// JSON, with the numbers NaN, Infinity and -Infinity that Python's json module writes and reads: what
/// nobody looks up may be one of them.
/// \param where  the file, for errors
/// \throws Error with line and column if the text is no JSON, nests too deep, or repeats a key
[[nodiscard]] inline Json parse_json(std::string_view text, const std::string& where) {
  try {
    if (detail::may_hold_python_numbers(text)) {
      const std::string marked = detail::with_marked_numbers(text);
      return Json::parse(marked.begin(), marked.end(), detail::JsonWatch(where));
    }
    return Json::parse(text.begin(), text.end(), detail::JsonWatch(where));
  } catch (const Json::exception& fault) {
    throw Error(detail::parser_message(fault.what()), where,
                "the file must be JSON; fetch it anew");
  }
}

/// \throws Error if the file is missing, no regular file, too large, or as parse_json()
[[nodiscard]] inline Json read_json(const std::filesystem::path& path,
                                    std::uintmax_t most_bytes = largest_json_file) {
  const std::vector<std::uint8_t> bytes = read_file(path, "a JSON file", most_bytes);
  return parse_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path.string());
}

/// The value under a key. A null counts as absent: transformers writes null for "the default".
/// \return nullptr if there is none
/// \throws Error if `json` is no object
[[nodiscard]] inline const Json* find(const Json& json, const std::string& key,
                                      const std::string& file) {
  if (!json.is_object()) {
    throw Error("looked for \"" + key + "\" in something that is not an object", file,
                "compare with the file of a checkpoint that works");
  }
  const auto found = json.find(key);
  return found == json.end() || found->is_null() ? nullptr : &*found;
}

/// The object under a key, an empty one if there is none. \throws Error if it is no object
[[nodiscard]] inline const Json& object_at(const Json& json, const std::string& key,
                                           const std::string& file) {
  static const Json empty = Json::object();
  const Json* value = find(json, key, file);
  if (value == nullptr) return empty;
  if (!value->is_object()) throw Error("\"" + key + "\" must be an object", file, "correct it");
  return *value;
}

/// The list under a key, an empty one if there is none. \throws Error if it is no list
[[nodiscard]] inline const Json& list_at(const Json& json, const std::string& key,
                                         const std::string& file) {
  static const Json empty = Json::array();
  const Json* value = find(json, key, file);
  if (value == nullptr) return empty;
  if (!value->is_array()) throw Error("\"" + key + "\" must be a list", file, "correct it");
  return *value;
}

/// A boolean, whole number, number, text, or std::vector of them.
/// \return nothing if the key is absent or null
/// \throws Error if the value has another type or does not fit T
template <class T>
[[nodiscard]] std::optional<T> get_optional(const Json& json, const std::string& key,
                                            const std::string& file) {
  const Json* value = find(json, key, file);
  if (value == nullptr) return std::nullopt;
  std::optional<T> result = detail::convert<T>(*value);
  if (!result) {
    std::string found = detail::shown(*value);
    if (found.size() > 60) found = std::string(value->type_name());
    throw Error("\"" + key + "\" is " + found + " and must be " + detail::type_name<T>(), file,
                "correct the value");
  }
  return result;
}

/// As get_optional(), with a value for an absent key.
template <class T>
[[nodiscard]] T get_or(const Json& json, const std::string& key, T fallback,
                       const std::string& file) {
  std::optional<T> value = get_optional<T>(json, key, file);
  return value ? std::move(*value) : std::move(fallback);
}

/// As get_optional(), for a key that must be there.
template <class T>
[[nodiscard]] T get(const Json& json, const std::string& key, const std::string& file) {
  std::optional<T> value = get_optional<T>(json, key, file);
  if (!value) throw Error("\"" + key + "\" is missing", file, "add it");
  return std::move(*value);
}

}  // namespace infoflow::adapters
