// SPDX-License-Identifier: MIT
/// \file JSON read strictly: no key twice in one object, nothing nested deep, UTF-8 throughout.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <infoflow/core/error.hpp>
#include <infoflow/text/json_fault.hpp>
#include <infoflow/text/short_text.hpp>

namespace infoflow {

/// Lists and objects inside one another. Deeper values are refused: no data set and no model needs
/// them, and code that walks a value recursively would run out of stack.
inline constexpr int deepest_json = 16;

namespace detail {

/// Watches the parser: refuses what nests deep and objects that name a key twice, where one of the
/// two values would silently win.
class JsonWatch {
 public:
  explicit JsonWatch(std::string where) : where_(std::move(where)) {}

  bool operator()(int depth, nlohmann::json::parse_event_t event, const nlohmann::json& parsed) {
    using Event = nlohmann::json::parse_event_t;
    const bool opens = event == Event::object_start || event == Event::array_start;
    if (opens && depth >= deepest_json) {
      throw Error("values nested more than " + std::to_string(deepest_json) + " deep", where_,
                  "check where this comes from");
    }
    if (event == Event::object_start) keys_.emplace_back();
    if (event == Event::object_end) keys_.pop_back();
    if (event == Event::key) {
      const auto& key = parsed.get_ref<const std::string&>();
      if (!keys_.back().insert(key).second) {
        throw Error("the key \"" + shortened(key, 60) + "\" stands twice", where_,
                    "leave one of the two");
      }
    }
    return true;
  }

 private:
  std::string where_;
  std::vector<std::unordered_set<std::string>> keys_;  ///< Of each object that is open.
};

}  // namespace detail

/// \param where  the file, or file and line, for errors
/// \throws Error if the text is no JSON, nests too deep, names a key twice, or holds a number that
///         no double can
[[nodiscard]] inline nlohmann::json strict_json(std::string_view text, const std::string& where) {
  constexpr const char* fix = "correct it, or fetch the file anew";
  try {
    return nlohmann::json::parse(text.begin(), text.end(), detail::JsonWatch(where));
  } catch (const nlohmann::json::parse_error& fault) {
    throw Error("this is no JSON: " + json_fault(text, fault.byte), where, fix);
  } catch (const nlohmann::json::exception&) {
    throw Error("a number is too large", where, fix);
  }
}

}  // namespace infoflow
