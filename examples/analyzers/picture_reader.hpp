// SPDX-License-Identifier: MIT
/// \file How every command reads pictures, and what it says of them.
#pragma once

#include <set>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <infoflow/core/image.hpp>

namespace infoflow::analyzers {

/// --exif
struct PictureOptions {
  std::string exif = "ignore";

  void add_to(CLI::App& command);
  [[nodiscard]] bool applies_exif() const { return exif == "apply"; }
};

/// Reads pictures, and keeps what a reader of the results should know of them: faults that were
/// stepped over, and orientations that were or were not applied.
class PictureReader {
 public:
  explicit PictureReader(bool apply_exif = false) : apply_exif_(apply_exif) {}

  /// \throws Error if the picture cannot be read
  [[nodiscard]] RgbImage read(const std::string& path);

  /// A line per picture, however often it was read: the first few of each kind, then how many more
  /// there are.
  [[nodiscard]] std::vector<std::string> notes() const;

 private:
  bool apply_exif_;
  std::set<std::string> seen_;
  std::vector<std::string> oriented_;
  std::vector<std::string> faulty_;
};

}  // namespace infoflow::analyzers
