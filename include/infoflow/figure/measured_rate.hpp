// SPDX-License-Identifier: MIT
/// \file What a map is worth, as captions say it.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include <infoflow/core/token_partition.hpp>
#include <infoflow/text/short_text.hpp>

namespace infoflow {

/// How often a map's maximum lay on what was asked for, measured elsewhere (the pointing game).
struct MeasuredRate {
  std::string family;     ///< The group of items that it was measured on; empty: all.
  std::string map;        ///< "attention", or the site's kind.
  std::string weighting;  ///< Empty for attention.
  int layer = 0;
  double rate = 0;
  double low = 0;  ///< 95 % interval.
  double high = 0;
  Index n = 0;
  std::string model;  ///< That it was measured on.
};

/// "hit rate 0.61 [0.50, 0.70], n = 120": what was measured for a map at a layer, all families;
/// empty if nothing was.
[[nodiscard]] inline std::string rate_text(std::span<const MeasuredRate> rates,
                                           std::string_view map, std::string_view weighting,
                                           int layer) {
  std::string text;
  for (const MeasuredRate& rate : rates) {
    if (rate.map != map || rate.weighting != weighting || rate.layer != layer) continue;
    text += (text.empty() ? "hit rate " : "; ") + fixed(rate.rate, 2) + " [" + fixed(rate.low, 2) +
            ", " + fixed(rate.high, 2) + "], n = " + std::to_string(rate.n);
    if (!rate.family.empty()) text += " (" + rate.family + ")";
  }
  return text;
}

}  // namespace infoflow
