// SPDX-License-Identifier: MIT
/// \file A page's file with values in its places: {{name}}.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>

#include <infoflow/core/error.hpp>

namespace infoflow::pages {

/// What stands in a place of a template, as it is: who fills it has escaped it.
struct PlaceValue {
  std::string_view place;
  std::string text;
};

/// The template with each {{place}} filled. What a value holds is never read as a place.
/// \throws Error for a place without a value
[[nodiscard]] inline std::string filled(std::string_view page,
                                        std::initializer_list<PlaceValue> values) {
  std::string text;
  while (true) {
    const std::size_t begin = page.find("{{");
    text += page.substr(0, begin);
    if (begin == std::string_view::npos) return text;
    const std::size_t end = std::min(page.find("}}", begin), page.size());
    const std::string_view place = page.substr(begin + 2, end - begin - 2);
    const auto* const value = std::find_if(values.begin(), values.end(),
                                           [&](const PlaceValue& v) { return v.place == place; });
    if (value == values.end()) {
      throw Error("the template has a place without a value", std::string(place), "");
    }
    text += value->text;
    page.remove_prefix(std::min(end + 2, page.size()));
  }
}

}  // namespace infoflow::pages
