// SPDX-License-Identifier: MIT
/// \file Pictures that a data file names, which must lie inside the folder given for them.
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>

#include <infoflow/core/error.hpp>

namespace infoflow {

/// The picture's path, which must not leave `images`: data files come from elsewhere.
/// \param where  file:line of the row that names it. \throws Error if it does
[[nodiscard]] inline std::string path_inside(const std::string& images, const std::string& name,
                                             const std::string& where) {
  std::error_code failed;
  const auto root = std::filesystem::weakly_canonical(images, failed);
  const auto path = failed ? root : std::filesystem::weakly_canonical(root / name, failed);
  if (failed || name.find('\0') != std::string::npos) {
    throw Error("no file can have this picture's name: " +
                    (failed ? failed.message() : "a U+0000 stands in it"),
                where, "name pictures relative to --images");
  }
  const auto [end, rest] = std::mismatch(root.begin(), root.end(), path.begin(), path.end());
  if (end != root.end()) {
    throw Error("picture \"" + name + "\" lies outside " + images, where,
                "name pictures relative to --images");
  }
  return path.string();
}

}  // namespace infoflow
