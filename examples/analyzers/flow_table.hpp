// SPDX-License-Identifier: MIT
/// \file An analysis on a terminal.
#pragma once

#include <string>

#include "analysis.hpp"

namespace infoflow::analyzers {

/// Question, answer, the answer's tokens with their probabilities, and a row per layer; at most 96
/// columns, but for texts from outside that cannot be broken. Ends with a line break.
[[nodiscard]] std::string flow_table(const Analysis& analysis);

}  // namespace infoflow::analyzers
