// SPDX-License-Identifier: MIT
/// \file A report of one prompt on a terminal.
#pragma once

#include <string>

#include <infoflow/page/flow_report.hpp>

namespace infoflow::analyzers {

/// Question, answer, the answer's tokens with their probabilities, and a row per layer; at most 96
/// columns, but for texts from outside that cannot be broken. Ends with a line break.
[[nodiscard]] std::string flow_table(const FlowReport& report);

}  // namespace infoflow::analyzers
