// SPDX-License-Identifier: MIT
/// \file The fields of a JSON object, each of the type asked for; and numbers that JSON has no word
/// for.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <infoflow/core/error.hpp>

namespace infoflow {

/// The number as JSON that gives it back exactly. JSON has no word for NaN and the infinities: they
/// are null, "Infinity" and "-Infinity".
[[nodiscard]] inline nlohmann::ordered_json json_number(double x) {
  if (std::isnan(x)) return nullptr;
  if (std::isinf(x)) return x > 0 ? "Infinity" : "-Infinity";
  return x;
}

/// A value as it stands in its file, for errors; lists, objects and long texts by their kind.
[[nodiscard]] inline std::string shown_json(const nlohmann::json& value) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return "a list";
  if (value.is_number_float() && !std::isfinite(value.get<double>())) {
    const auto number = value.get<double>();
    return std::isnan(number) ? "NaN" : number < 0 ? "-Infinity" : "Infinity";
  }
  std::string shown = value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return shown.size() > 60 ? "a long text" : shown;
}

/// The value as a T, or nothing if it is another type or out of T's range. No conversions between
/// kinds: "3" is no number, 1 is not true, 2.5 is not whole.
template <class T>
[[nodiscard]] std::optional<T> json_as(const nlohmann::json& value) {
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
    for (const nlohmann::json& element : value) {
      auto item = json_as<typename T::value_type>(element);
      if (!item) return std::nullopt;
      list.push_back(std::move(*item));
    }
    return list;
  }
  return std::nullopt;
}

namespace detail {

/// What a JSON type is called in an error.
template <class T>
[[nodiscard]] std::string json_type() {
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
    return "a list whose every element is " + json_type<typename T::value_type>();
  }
}

/// What json_number() wrote; nothing if it did not.
[[nodiscard]] inline std::optional<double> number_of_json(const nlohmann::json& value) {
  if (value.is_null()) return std::numeric_limits<double>::quiet_NaN();
  if (value == "Infinity") return std::numeric_limits<double>::infinity();
  if (value == "-Infinity") return -std::numeric_limits<double>::infinity();
  return json_as<double>(value);
}

}  // namespace detail

/// The fields of an object, which must outlive this. A null counts as absent: Python's json writes
/// it for None, and transformers for "the default".
class JsonFields {
 public:
  /// \param where  file and place, for errors
  /// \param form   an example of the object, for errors; "" if there is none
  /// \throws Error if `object` is no object
  JsonFields(const nlohmann::json& object, std::string where, std::string form = "")
      : object_(object), where_(std::move(where)), form_(std::move(form)) {
    if (!object.is_object()) refuse("this is no JSON object");
  }

  [[nodiscard]] const std::string& where() const { return where_; }

  [[nodiscard]] bool has(const std::string& key) const { return find(key) != nullptr; }

  /// The value, or null if there is none.
  [[nodiscard]] const nlohmann::json* find(const std::string& key) const {
    known_.insert(key);
    const auto found = object_.find(key);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
  }

  /// \throws Error if there is none
  [[nodiscard]] const nlohmann::json& at(const std::string& key) const {
    if (const nlohmann::json* value = find(key)) return *value;
    refuse("\"" + key + "\" is missing", "add it");
  }

  /// A text, a boolean, a whole number, a number, or a std::vector of these.
  /// \throws Error if it is missing, has another type or does not fit
  template <class T>
  [[nodiscard]] T get(const std::string& key) const {
    return as<T>(at(key), key);
  }

  /// The same, or nothing if the key is absent.
  template <class T>
  [[nodiscard]] std::optional<T> get_optional(const std::string& key) const {
    const nlohmann::json* value = find(key);
    return value == nullptr ? std::nullopt : std::optional<T>(as<T>(*value, key));
  }

  /// The same, or `fallback` if the key is absent.
  template <class T>
  [[nodiscard]] T get_or(const std::string& key, T fallback) const {
    const nlohmann::json* value = find(key);
    return value == nullptr ? std::move(fallback) : as<T>(*value, key);
  }

  /// A number as json_number() writes it: here a null is NaN.
  /// \throws Error if it is missing or something else
  [[nodiscard]] double number(const std::string& key) const {
    const bool is_null = object_.contains(key) && !has(key);
    return is_null ? std::numeric_limits<double>::quiet_NaN() : number_in(at(key), key);
  }

  /// A list of such numbers. \throws Error if it is missing or something else
  [[nodiscard]] std::vector<double> numbers(const std::string& key) const {
    std::vector<double> all;
    for (const nlohmann::json& element : list(key)) all.push_back(number_in(element, key));
    return all;
  }

  /// \throws Error if it is missing or no object
  [[nodiscard]] const nlohmann::json& object(const std::string& key) const {
    const nlohmann::json& value = at(key);
    if (!value.is_object()) refuse_value(value, key, "an object");
    return value;
  }

  /// \throws Error if it is missing or no list
  [[nodiscard]] const nlohmann::json& list(const std::string& key) const {
    const nlohmann::json& value = at(key);
    if (!value.is_array()) refuse_value(value, key, "a list");
    return value;
  }

  /// \throws Error if there is a key that nobody asked for: it would have no effect
  void finish() const {
    for (const auto& [key, value] : object_.items()) {
      if (known_.contains(key)) continue;
      std::string known;
      for (const std::string& name : known_) known += (known.empty() ? "" : ", ") + name;
      refuse("\"" + key + "\" is not known", "known are " + known);
    }
  }

  /// \param fix  what to do where the object has no form to show
  [[noreturn]] void refuse(const std::string& what,
                           const std::string& fix = "correct the file") const {
    throw Error(what, where_, form_.empty() ? fix : "write " + form_);
  }

  /// Refuses what stands under a key: "\"n\" is 7 and must be a text".
  [[noreturn]] void refuse_value(const nlohmann::json& value, const std::string& key,
                                 const std::string& wanted) const {
    refuse("\"" + key + "\" is " + shown_json(value) + " and must be " + wanted,
           "correct the value");
  }

 private:
  template <class T>
  [[nodiscard]] T as(const nlohmann::json& value, const std::string& key) const {
    std::optional<T> result = json_as<T>(value);
    if (!result) refuse_value(value, key, detail::json_type<T>());
    return std::move(*result);
  }

  [[nodiscard]] double number_in(const nlohmann::json& value, const std::string& key) const {
    const std::optional<double> number = detail::number_of_json(value);
    if (!number) refuse_value(value, key, "a number");
    return *number;
  }

  const nlohmann::json& object_;
  std::string where_;
  std::string form_;
  mutable std::set<std::string> known_;  ///< What was asked for, for finish().
};

}  // namespace infoflow
