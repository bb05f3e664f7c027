// SPDX-License-Identifier: MIT
/// \file A made-up sweep of a model with four layers, and checks of drawings.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <infoflow/benchmarks/items/benchmark.hpp>
#include <infoflow/cliff/instruments.hpp>
#include <infoflow/cliff/sweep_view.hpp>

namespace io_test {

using namespace infoflow;

inline const std::string hostile = "</script><script>alert(1)</script><!-- \"'&| \xFF\x01\n";
inline constexpr double no_number = std::numeric_limits<double>::quiet_NaN();

/// right / n, one answer each.
inline MetricSummary accuracy() {
  return {
      "accuracy", Direction::higher_is_better, true, {"right", "n"}, [](std::span<const double> s) {
        return std::vector<NamedValue>{NamedValue::ratio("accuracy", s[0], s[1])};
      }};
}

inline CurvePoint point(const std::string& policy, int cut, double value, double half = 0.05) {
  CurvePoint p;
  p.policy = policy;
  p.cut_layer = cut;
  p.n = 1200;
  p.values = {{"accuracy", value}, {"f1", value - 0.01}};
  p.interval = {value - half, value + half};
  p.agreement = 0.75;
  p.kl = 0.125;
  p.image_tokens = policy == "drop-all" ? 0 : 8;
  return p;
}

/// Cuts 0 … 4 have 50, 50, 70, 90, 90 %, each ± 5; the cliff is 3, its lower bound 2.
inline SweepView small_sweep() {
  SweepView sweep;
  sweep.model = "tiny";
  sweep.task = "yes/no";
  sweep.layers = 4;
  sweep.images = 300;
  const std::array<double, 5> values{0.5, 0.5, 0.7, 0.9, 0.9};
  for (const int cut : {4, 0, 1, 2, 3}) {  // not in order
    sweep.points.push_back(point("drop-all", cut, values[static_cast<std::size_t>(cut)]));
    if (cut < 4) sweep.points.push_back(point("random:8", cut, 0.6));
    if (cut < 4) sweep.points.push_back(point("top-k:8", cut, 0.8));
  }
  sweep.points.push_back(point("no-image", 4, 0.5));
  sweep.points.push_back(point("other-image", 4, 0.55));
  sweep.cliff = {3, 2, 3, 0.01, "drop all image tokens from layer 3"};
  return sweep;
}

inline std::vector<Instrument> two_instruments() {
  Instrument kl{"kl", 0.01, {0, 1, 2, 3}, {0.4, 0.2, 0.005, 0}, 2, {}};
  Instrument own{"my own", 1, {0, 1, 2, 3}, {4, 3, 2, 2}, 4, {}};
  Instrument absent{"cam",        0.02, {0, 1, 2, 3}, {no_number, no_number, no_number, no_number},
                    std::nullopt, {}};
  return {kl, own, absent};
}

inline std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string_view::npos; ++at) ++count;
  return count;
}

}  // namespace io_test
