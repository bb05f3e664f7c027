// SPDX-License-Identifier: MIT
/// \file Hit rates that `infoflow point` measured, for captions.
#pragma once

#include <string>
#include <vector>

#include <infoflow/figure/measured_rate.hpp>

namespace infoflow::analyzers {

/// Reads a point.json. \throws Error if it is missing or something else
[[nodiscard]] std::vector<MeasuredRate> read_hit_rates(const std::string& file);

}  // namespace infoflow::analyzers
