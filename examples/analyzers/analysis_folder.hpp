// SPDX-License-Identifier: MIT
/// \file The folder that `infoflow analyze` writes.
#pragma once

#include <filesystem>
#include <string>

#include "analysis.hpp"

namespace infoflow::analyzers {

/// Creates the folder and tries whether files can be written to it, before anything long begins.
/// \throws Error if not
void prepare_folder(const std::filesystem::path& folder);

/// Writes all files, each whole or not at all. `progress` counts them.
/// \return lines that say what lies where
/// \throws Error if a file cannot be written
std::string write_folder(const std::filesystem::path& folder, const Analysis& analysis,
                         const Progress& progress);

}  // namespace infoflow::analyzers
