// SPDX-License-Identifier: MIT
/// \file A part of a page.
#pragma once

#include <string>

namespace page_test {

/// What stands between the first `begin` and the `end` behind it.
inline std::string between(const std::string& text, const std::string& begin,
                           const std::string& end) {
  const std::size_t from = text.find(begin) + begin.size();
  return text.substr(from, text.find(end, from) - from);
}

}  // namespace page_test
