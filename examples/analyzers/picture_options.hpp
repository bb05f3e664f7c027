// SPDX-License-Identifier: MIT
/// \file How every command reads pictures.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace infoflow::analyzers {

/// --exif
struct PictureOptions {
  std::string exif = "ignore";

  void add_to(CLI::App& command) {
    command
        .add_option("--exif", exif,
                    "Orientations that cameras noted: ignore, as evaluations do, or apply, as "
                    "transformers' load_image does")
        ->check(CLI::IsMember({"ignore", "apply"}))
        ->capture_default_str();
  }
  [[nodiscard]] bool applies_exif() const { return exif == "apply"; }
};

}  // namespace infoflow::analyzers
