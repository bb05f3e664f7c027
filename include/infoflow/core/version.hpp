// SPDX-License-Identifier: MIT
/// \file The version of the library; the build, the package and the command all read it here.
#pragma once

#include <string_view>

namespace infoflow {

/// "major.minor.patch". While major is 0, a new minor may break source.
inline constexpr std::string_view version = "0.1.0";

}  // namespace infoflow
