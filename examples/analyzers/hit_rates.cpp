// SPDX-License-Identifier: MIT
#include "hit_rates.hpp"

#include <adapters/checkpoint/json_file.hpp>

namespace infoflow::analyzers {

std::vector<MeasuredRate> read_hit_rates(const std::string& file) {
  using namespace adapters;
  const Json json = read_json(file);
  const auto model = get_or<std::string>(json, "model", "", file);
  const Json* rows = find(json, "rates", file);
  if (rows == nullptr || !rows->is_array()) {
    throw Error("\"rates\" is missing or not a list", file,
                "give --hit-rates the point.json that infoflow point wrote");
  }
  std::vector<MeasuredRate> rates;
  for (const Json& row : *rows) {
    if (!get_or<std::string>(row, "empty", "", file).empty()) continue;  // 0 % is no rate of a map.
    rates.push_back({.family = get_or<std::string>(row, "family", "", file),
                     .map = get<std::string>(row, "map", file),
                     .weighting = get_or<std::string>(row, "weighting", "", file),
                     .layer = get<int>(row, "layer", file),
                     .rate = get<double>(row, "hit_rate", file),
                     .low = get<double>(row, "low", file),
                     .high = get<double>(row, "high", file),
                     .n = get<Index>(row, "n", file),
                     .model = model});
  }
  return rates;
}

}  // namespace infoflow::analyzers
