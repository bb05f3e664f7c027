// SPDX-License-Identifier: MIT
/// \file A finished sweep of one task as figures, tables and pages take it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <infoflow/cliff/cliff_text.hpp>
#include <infoflow/cliff/outcome.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/core/number_text.hpp>
#include <infoflow/core/sort_stably.hpp>
#include <infoflow/statistics/metric.hpp>
#include <infoflow/text/short_text.hpp>

namespace infoflow {

/// Where the cliff lies, as figures mark it.
struct CliffMarks {
  std::optional<int> layer;  ///< The lowest cut that is not worse by more than the margin, if any.
  int lower = 0;             ///< Every cut below this one is worse by more than the margin.
  int upper = 0;             ///< The cliff; L where there is none.
  double margin = 0.01;      ///< In the metric's unit: 0.01 is a point.
  std::string sentence{};    ///< The decision, or why there is none.
};

[[nodiscard]] inline CliffMarks marks_of(const Cliff& cliff) {
  return {cliff.cliff_layer, cliff.lower_bound, cliff.cliff_layer.value_or(cliff.layers),
          cliff.margin, describe(cliff)};
}

/// One model on one task: the curve, its controls and the cliff.
struct SweepView {
  std::string model;
  std::string task;  ///< The data set with its rule or split: "POPE, adversarial".
  Direction direction = Direction::higher_is_better;
  int layers = 0;                   ///< L, the cut of the untouched model.
  Index images = 0;                 ///< Pictures that the items ask about.
  std::string policy = "drop-all";  ///< The main one; all others are controls.
  std::vector<CurvePoint> points;   ///< Of all policies, in any order.
  CliffMarks cliff;
};

/// The points of one policy, by ascending cut.
/// \throws Error if a cut stands there twice, is outside 0 … L, or a point has no value
[[nodiscard]] inline std::vector<CurvePoint> curve_of(const SweepView& sweep,
                                                      std::string_view policy) {
  std::vector<CurvePoint> curve;
  std::copy_if(sweep.points.begin(), sweep.points.end(), std::back_inserter(curve),
               [&](const CurvePoint& p) { return p.policy == policy; });
  sort_stably(std::span(curve),
              [](const CurvePoint& a, const CurvePoint& b) { return a.cut_layer < b.cut_layer; });
  for (std::size_t i = 0; i < curve.size(); ++i) {
    const int cut = curve[i].cut_layer;
    const bool twice = i > 0 && curve[i - 1].cut_layer == cut;
    if (twice || cut < 0 || cut > sweep.layers || curve[i].values.empty()) {
      throw Error("cut " + std::to_string(cut) + " of " + std::string(policy) +
                      (twice ? " stands there twice" : " is outside the model or has no value"),
                  "curve_of", "give one point per policy and cut, with cuts from 0 to L");
    }
  }
  return curve;
}

/// \throws Error as curve_of, or if the main policy has no point
[[nodiscard]] inline std::vector<CurvePoint> main_curve(const SweepView& sweep) {
  std::vector<CurvePoint> curve = curve_of(sweep, sweep.policy);
  if (curve.empty()) {
    throw Error("a sweep without points of its policy " + sweep.policy, "main_curve",
                "name the policy that was swept in SweepView::policy");
  }
  return curve;
}

/// The point of that policy and cut, or null.
[[nodiscard]] inline const CurvePoint* point_of(const SweepView& sweep, std::string_view policy,
                                                int cut) {
  for (const CurvePoint& p : sweep.points) {
    if (p.policy == policy && p.cut_layer == cut) return &p;
  }
  return nullptr;
}

/// The untouched model: cut L of the main policy, or null.
[[nodiscard]] inline const CurvePoint* untouched(const SweepView& sweep) {
  return point_of(sweep, sweep.policy, sweep.layers);
}

/// The policies of the points, each once, in their order.
[[nodiscard]] inline std::vector<std::string> policies_of(const SweepView& sweep) {
  std::vector<std::string> names;
  for (const CurvePoint& p : sweep.points) {
    if (std::find(names.begin(), names.end(), p.policy) == names.end()) names.push_back(p.policy);
  }
  return names;
}

[[nodiscard]] inline double main_value(const CurvePoint& point) {
  return point.values[0].value;
}

/// "cliff 6", or that there is none.
[[nodiscard]] inline std::string cliff_name(const CliffMarks& cliff) {
  return cliff.layer ? "cliff " + std::to_string(*cliff.layer) : "no cliff found";
}

/// "bounds [5, 6]"
[[nodiscard]] inline std::string bounds_text(const CliffMarks& cliff) {
  return "bounds [" + std::to_string(cliff.lower) + ", " + std::to_string(cliff.upper) + "]";
}

/// "cliff 6, bounds [5, 6]"
[[nodiscard]] inline std::string cliff_text(const CliffMarks& cliff) {
  return cliff_name(cliff) + ", " + bounds_text(cliff);
}

}  // namespace infoflow
