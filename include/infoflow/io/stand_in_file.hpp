// SPDX-License-Identifier: MIT
/// \file Files that stand where another should: what a download left under the right name.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include <infoflow/core/error.hpp>

namespace infoflow {

/// How many bytes at the beginning of a file `refuse_stand_in` looks at.
inline constexpr std::size_t stand_in_bytes = 64;

/// \param begin  the first bytes of a file, `where` its path
/// \throws Error if they are those of a git-lfs pointer or of a web page: no file that is read here
///         begins so
inline void refuse_stand_in(std::string_view begin, const std::string& where) {
  constexpr std::string_view pointer = "version https://git-lfs.github.com/spec/";
  if (begin.starts_with(pointer)) {
    throw Error("this is a git-lfs pointer, not the file itself", where,
                "run `git lfs pull` in its folder, or download the file by itself");
  }
  begin = begin.substr(0, stand_in_bytes);
  begin.remove_prefix(std::min(begin.find_first_not_of(" \t\r\n"), begin.size()));
  const auto begins = [&](std::string_view tag) {
    return begin.size() >= tag.size() &&
           std::equal(tag.begin(), tag.end(), begin.begin(), [](char wanted, char c) {
             return wanted == (c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
           });
  };
  if (begins("<!doctype html") || begins("<html")) {
    throw Error("this is a web page", where,
                "an address was saved in place of its file; download the file itself");
  }
}

}  // namespace infoflow
