// SPDX-License-Identifier: MIT
/// \file The cliff as a value: where it lies, how sure that is, and a sentence that says so.
#pragma once

#include <array>
#include <cmath>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <infoflow/truncation/number_text.hpp>
#include <infoflow/truncation/outcome.hpp>

namespace infoflow {

enum class CliffStatus {
  found,                    ///< Every cut from the cliff to the last layer is not inferior.
  no_cliff,                 ///< Even the last cut loses too much, or fails though n suffices.
  not_enough_items,         ///< n is too small to say.
  does_not_need_the_image,  ///< Without the image the items are answered as well; the cliff is 0.
};

[[nodiscard]] constexpr std::string_view name_of(CliffStatus status) {
  constexpr std::array<std::string_view, 4> names{"found", "no cliff", "not enough items",
                                                  "does not need the image"};
  return names[static_cast<std::size_t>(status)];
}

/// How much better a value is than the untouched model's, better being positive in either
/// direction.
struct Gain {
  std::string name;
  double gain = 0;
  Interval interval{-1, 1};  ///< 95 % (each end 2.5 %), items of one picture moving together.
};

/// One run of all items held against the untouched model.
struct RunComparison {
  CurvePoint point;
  std::vector<Gain> gains;  ///< The metric's; for CHAIR also recall's. All are judged.
  double flip_rate = 0;     ///< Share of the items that flipped; of soft scores mean square.
  double power = 1;         ///< To pass here if nothing were lost, at this n and flip rate.
  double items_needed = 0;  ///< For a power of 0.8.
  bool passed = true;       ///< Every value is shown to lose less than the margin.
  bool lossy = false;       ///< A value is shown to lose more than the margin.
  bool looks_alike = true;  ///< No value's gain itself, without its interval, loses more than that.
};

struct Cliff {
  CliffStatus status = CliffStatus::not_enough_items;
  std::optional<int> cliff_layer;  ///< An upper bound: the last cut that passed, from L−1 down.
  int lower_bound = 0;             ///< Every cut below it, from 0 upwards, loses too much.
  int layers = 0;                  ///< L.
  double margin = 0;
  Index n = 0;              ///< Items with an image.
  Index images = 0;         ///< Pictures that they ask about.
  Index without_image = 0;  ///< Items left out.
  double power = 0;         ///< At the cliff; where there is none, at the first cut tested.
  double items_needed = 0;  ///< There, for a power of 0.8.
  CurvePoint untouched;
  std::vector<RunComparison> floors;  ///< Text with the image's gap; the prompt without the image.
  std::vector<RunComparison> cuts;    ///< Ascending, below L.

  [[nodiscard]] const RunComparison* at(int cut_layer) const {
    for (const RunComparison& cut : cuts) {
      if (cut.point.cut_layer == cut_layer) return &cut;
    }
    return nullptr;
  }
};

namespace cliff_detail {

[[nodiscard]] inline std::string decimals(double value, int digits) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return text.data();
}

[[nodiscard]] inline std::string percent(double value) {
  return decimals(100 * value, 1) + " %";
}

/// "accuracy 85.5 % [84.9, 86.1] against 84.7 %"; for captions also recall, and their length.
[[nodiscard]] inline std::string against(const RunComparison& run, const CurvePoint& untouched) {
  std::string text;
  for (const Gain& judged : run.gains) {
    for (std::size_t i = 0; i < run.point.values.size(); ++i) {
      if (run.point.values[i].name != judged.name) continue;
      if (!text.empty()) text += ", ";
      text += judged.name + " " + percent(run.point.values[i].value);
      if (i == 0) {
        text += " [" + decimals(100 * run.point.interval.low, 1) + ", " +
                decimals(100 * run.point.interval.high, 1) + "]";
      }
      text += " against " + percent(untouched.values[i].value);
    }
  }
  for (std::size_t i = 0; i < run.point.values.size(); ++i) {
    if (run.point.values[i].name != "length") continue;
    text += ", length " + decimals(run.point.values[i].value, 1) + " against " +
            decimals(untouched.values[i].value, 1);
  }
  return text;
}

}  // namespace cliff_detail

/// The result in one line: "cliff at layer 18 (lower bound 16): accuracy 85.5 % [84.9, 86.1]
/// against 84.7 %, margin 1 point, n = 3,000 on 500 images".
[[nodiscard]] inline std::string describe(const Cliff& cliff) {
  using namespace cliff_detail;
  std::array<char, 32> points{};
  std::snprintf(points.data(), points.size(), "%.3g", 100 * cliff.margin);
  const std::string margin =
      std::string(points.data()) + (std::string_view(points.data()) == "1" ? " point" : " points");
  std::string text;
  switch (cliff.status) {
    case CliffStatus::found:
      text = "cliff at layer " + std::to_string(*cliff.cliff_layer) + " (lower bound " +
             std::to_string(cliff.lower_bound) +
             "): " + against(*cliff.at(*cliff.cliff_layer), cliff.untouched) + ", margin " + margin;
      break;
    case CliffStatus::no_cliff:
      text = "no cliff: with the last cut, at layer " +
             std::to_string(cliff.cuts.back().point.cut_layer) + ", " +
             against(cliff.cuts.back(), cliff.untouched) + ", margin " + margin;
      break;
    case CliffStatus::not_enough_items:
      text = "not enough items: a harmless cut passes a margin of " + margin +
             " with probability " + decimals(cliff.power, 2) + "; for 0.80 it takes about " +
             grouped(std::llround(cliff.items_needed)) + " items";
      break;
    case CliffStatus::does_not_need_the_image:
      text = "these items do not need the image: without it " +
             against(cliff.floors.back(), cliff.untouched) + ", margin " + margin;
      break;
  }
  text += ", n = " + grouped(cliff.n) + " on " + grouped(cliff.images) +
          (cliff.images == 1 ? " image" : " images");
  if (cliff.without_image > 0) {
    text += " (" + grouped(cliff.without_image) + " items without an image left out)";
  }
  return text;
}

}  // namespace infoflow
