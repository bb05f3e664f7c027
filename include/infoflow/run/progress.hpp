// SPDX-License-Identifier: MIT
/// \file Progress: who is told how far something long has come.
#pragma once

#include <functional>

namespace infoflow {

/// `progress(done, total)` is called between steps; an empty one is not.
using Progress = std::function<void(int done, int total)>;

}  // namespace infoflow
