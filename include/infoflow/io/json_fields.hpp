// SPDX-License-Identifier: MIT
/// \file One JSON object read strictly: each key once, none unknown, each value of the type wanted.
#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <infoflow/core/error.hpp>
#include <infoflow/io/json_fault.hpp>

namespace infoflow {

namespace detail {

/// Watches the parser: refuses what nests deep (walking it would run out of stack) and objects that
/// name a key twice, where one of the two values would silently win.
class StrictJson {
 public:
  explicit StrictJson(std::string where) : where_(std::move(where)) {}

  bool operator()(int depth, nlohmann::json::parse_event_t event, const nlohmann::json& parsed) {
    using Event = nlohmann::json::parse_event_t;
    if (depth > 16) throw Error("values nested more than 16 deep", where_, "give a simpler file");
    if (event == Event::object_start) keys_.emplace_back();
    if (event == Event::object_end) keys_.pop_back();
    if (event == Event::key && !keys_.back().insert(parsed.get<std::string>()).second) {
      throw Error("the key " + parsed.dump() + " stands twice", where_, "leave one of the two");
    }
    return true;
  }

 private:
  std::string where_;
  std::vector<std::set<std::string>> keys_;
};

}  // namespace detail

/// \throws Error if the text is no JSON, nests too deep or names a key twice
[[nodiscard]] inline nlohmann::json strict_json(std::string_view text, const std::string& where) {
  try {
    return nlohmann::json::parse(text.begin(), text.end(), detail::StrictJson(where));
  } catch (const nlohmann::json::parse_error& fault) {
    throw Error("this is no JSON: " + json_fault(text, fault.byte), where, "correct the file");
  } catch (const nlohmann::json::exception&) {
    throw Error("a number is too large", where, "correct the file");
  }
}

/// The number as JSON that gives it back exactly. JSON has no word for NaN and the infinities: they
/// are null, "Infinity" and "-Infinity".
[[nodiscard]] inline nlohmann::ordered_json json_number(double x) {
  if (std::isnan(x)) return nullptr;
  if (std::isinf(x)) return x > 0 ? "Infinity" : "-Infinity";
  return x;
}

/// The fields of an object, which must outlive this.
class JsonFields {
 public:
  /// \param where  file and line, for errors. \throws Error if `object` is no object
  JsonFields(const nlohmann::json& object, std::string where)
      : object_(object), where_(std::move(where)) {
    if (!object.is_object()) throw Error("this is no JSON object", where_, "correct the file");
  }

  [[nodiscard]] const std::string& where() const { return where_; }

  /// \throws Error if the key is missing
  [[nodiscard]] const nlohmann::json& at(const std::string& key) {
    known_.insert(key);
    const auto found = object_.find(key);
    if (found == object_.end()) throw Error("\"" + key + "\" is missing", where_, "add it");
    return *found;
  }

  /// A text, a boolean, a whole number, a number as json_number() writes it, or a list of these.
  /// \throws Error if the key is missing, or its value has another type or does not fit
  template <class T>
  [[nodiscard]] T get(const std::string& key) {
    return converted<T>(at(key), key);
  }

  /// The same, or nothing if the key is missing.
  template <class T>
  [[nodiscard]] std::optional<T> get_optional(const std::string& key) {
    known_.insert(key);
    if (!object_.contains(key)) return std::nullopt;
    return get<T>(key);
  }

  /// \throws Error if there is a key that nobody asked for: it would have no effect
  void finish() const {
    for (const auto& [key, value] : object_.items()) {
      if (known_.contains(key)) continue;
      std::string known;
      for (const std::string& name : known_) known += (known.empty() ? "" : ", ") + name;
      throw Error("\"" + key + "\" is not known", where_, "known are " + known);
    }
  }

 private:
  template <class T>
  [[nodiscard]] T converted(const nlohmann::json& value, const std::string& key) const {
    if constexpr (std::same_as<T, std::string>) {
      if (value.is_string()) return value.get<std::string>();
      refuse(value, key, "a text");
    } else if constexpr (std::same_as<T, bool>) {
      if (value.is_boolean()) return value.get<bool>();
      refuse(value, key, "true or false");
    } else if constexpr (std::integral<T>) {
      if (value.is_number_unsigned() && std::in_range<T>(value.get<std::uint64_t>())) {
        return value.get<T>();
      }
      if (value.is_number_integer() && !value.is_number_unsigned() &&
          std::in_range<T>(value.get<std::int64_t>())) {
        return value.get<T>();
      }
      refuse(value, key, "a whole number that fits");
    } else if constexpr (std::same_as<T, double>) {
      if (value.is_number()) return value.get<double>();
      if (value.is_null()) return std::numeric_limits<double>::quiet_NaN();
      if (value == "Infinity") return std::numeric_limits<double>::infinity();
      if (value == "-Infinity") return -std::numeric_limits<double>::infinity();
      refuse(value, key, "a number");
    } else {
      if (!value.is_array()) refuse(value, key, "a list");
      T list;
      for (const nlohmann::json& element : value) {
        list.push_back(converted<typename T::value_type>(element, key));
      }
      return list;
    }
  }

  [[noreturn]] void refuse(const nlohmann::json& value, const std::string& key,
                           const std::string& wanted) const {
    std::string found = value.is_structured() ? value.type_name() : value.dump();
    if (found.size() > 60) found = "a long " + std::string(value.type_name());
    throw Error("\"" + key + "\" is " + found + " and must be " + wanted, where_,
                "correct the value");
  }

  const nlohmann::json& object_;
  std::string where_;
  std::set<std::string> known_;
};

}  // namespace infoflow
