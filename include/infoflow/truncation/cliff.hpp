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
  found,                    ///< The image is needed, and from the cliff on no cut is inferior.
  no_cliff,                 ///< The last cut is shown to lose too much, or the floors don't.
  not_enough_items,         ///< Neither that nor its opposite is shown.
  does_not_need_the_image,  ///< Shown for both floors and for every cut; the cliff is 0.
  nothing_to_lose,          ///< The untouched model is at its worst, so that nothing shows anything.
};

[[nodiscard]] constexpr std::string_view name_of(CliffStatus status) {
  constexpr std::array<std::string_view, 5> names{"found", "no cliff", "not enough items",
                                                  "does not need the image", "nothing to lose"};
  return names[static_cast<std::size_t>(status)];
}

/// How much better a value is than the untouched model's, better being positive in either
/// direction.
struct Gain {
  std::string name;
  double gain = 0;
  Interval interval{-1, 1};  ///< Each end errs with the test's alpha (95 % by default).
  bool defined = true;       ///< False if one of the two values is not.
};

/// One run of all items held against the untouched model.
struct RunComparison {
  CurvePoint point;
  std::vector<Gain> gains;  ///< The metric's; for CHAIR also recall's. All are judged.
  double flip_rate = 0;     ///< Share of the items that flipped; of soft scores mean square.
  double power = 1;         ///< Of this test alone to pass if nothing were lost, at this n and flip rate.
  double items_needed = 0;  ///< For that to be 0.8.
  bool passed = true;       ///< Every value is shown to lose less than the margin.
  bool lossy = false;       ///< A value is shown to lose more than the margin.
};

struct Cliff {
  CliffStatus status = CliffStatus::not_enough_items;
  std::optional<int> cliff_layer;  ///< An upper bound: the last cut that passed, from L−1 down.
  int lower_bound = 0;             ///< Every cut below it, from 0 upwards, loses too much.
  int layers = 0;                  ///< L.
  double margin = 0;
  Index n = 0;              ///< Items with an image.
  Index images = 0;             ///< Pictures that they ask about.
  double effective_images = 0;  ///< As many of equal size weigh as much.
  double images_needed = 0;     ///< As many effective ones it takes for anything to pass this margin.
  Index without_image = 0;      ///< Items left out.
  int harmless_from = 0;  ///< The lowest cut at the lower bound or above it; if none is, the last.
  double power = 0;       ///< Of all cuts from there on to pass if none loses anything.
  double items_needed = 0;  ///< For that to be 0.8.
  std::string at_its_worst;  ///< The value of which the untouched model has no more than the margin.
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

/// "85.5 %", or that there is no such number: nothing to divide by.
[[nodiscard]] inline std::string value_text(const NamedValue& value) {
  return value.defined ? percent(value.value) : "not defined";
}

/// "accuracy 85.5 % [84.9, 86.1] against 84.7 %"; for captions also recall, and their length.
[[nodiscard]] inline std::string against(const RunComparison& run, const CurvePoint& untouched) {
  std::string text;
  for (const Gain& judged : run.gains) {
    for (std::size_t i = 0; i < run.point.values.size(); ++i) {
      if (run.point.values[i].name != judged.name) continue;
      if (!text.empty()) text += ", ";
      const NamedValue& was = untouched.values[i];
      text += judged.name + " " + value_text(run.point.values[i]);
      if (i == 0 && run.point.values[i].defined) {
        text += " [" + decimals(100 * run.point.interval.low, 1) + ", " +
                decimals(100 * run.point.interval.high, 1) + "]";
      }
      text += " against " + value_text(was);
    }
  }
  for (std::size_t i = 0; i < run.point.values.size(); ++i) {
    if (run.point.values[i].name != "length") continue;
    text += ", length " + decimals(run.point.values[i].value, 1) + " against " +
            decimals(untouched.values[i].value, 1);
  }
  return text;
}

/// "1 point", "0.5 points".
[[nodiscard]] inline std::string points(double margin) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3g", 100 * margin);
  return std::string(text.data()) + (std::string_view(text.data()) == "1" ? " point" : " points");
}

/// "without it accuracy …", of a floor.
[[nodiscard]] inline std::string floor_text(const Cliff& cliff, std::size_t floor) {
  return std::string(floor == 0 ? "with its tokens dropped " : "without it ") +
         against(cliff.floors[floor], cliff.untouched);
}

/// Why there is no cliff: the last cut loses; or a floor does as well as the picture, and yet another
/// run loses, so that it is not the missing image that makes it.
[[nodiscard]] inline std::string no_cliff_text(const Cliff& cliff) {
  for (std::size_t f = 0; f < cliff.floors.size(); ++f) {
    if (!cliff.floors[f].passed) continue;
    std::string text = "the image is not what is lost: " + floor_text(cliff, f) + ", and yet ";
    if (cliff.floors[1 - f].lossy) return text + floor_text(cliff, 1 - f);
    for (const RunComparison& cut : cliff.cuts) {
      if (!cut.lossy) continue;
      return text + "with the cut at layer " + std::to_string(cut.point.cut_layer) + " " +
             against(cut, cliff.untouched);
    }
  }
  return "with the last cut, at layer " + std::to_string(cliff.cuts.back().point.cut_layer) + ", " +
         against(cliff.cuts.back(), cliff.untouched);
}

/// What it is that these items cannot tell.
[[nodiscard]] inline std::string not_enough_text(const Cliff& cliff) {
  if (cliff.n == 0) return "no item has an image";
  if (cliff.n > 0 && cliff.effective_images < cliff.images_needed) {
    return "too few pictures: they weigh as much as " + decimals(cliff.effective_images, 1) +
           " of equal size, and a margin of " + points(cliff.margin) + " takes " +
           grouped(std::llround(cliff.images_needed));
  }
  for (std::size_t f = 0; f < cliff.floors.size(); ++f) {
    if (cliff.floors[f].lossy || cliff.floors[f].passed) continue;
    return "whether they need the image is not decided: " + floor_text(cliff, f) + ", margin " +
           points(cliff.margin);
  }
  if (!cliff.floors.empty() && cliff.floors.front().passed) {
    return "without the image they are answered as well, but not every cut is decided, margin " +
           points(cliff.margin);
  }
  return "harmless cuts from layer " + std::to_string(cliff.harmless_from) +
         " on all pass a margin of " + points(cliff.margin) + " with probability " +
         decimals(cliff.power, 2) + "; for 0.80 it takes about " +
         grouped(std::llround(cliff.items_needed)) + " items";
}

/// The values with which the untouched model cannot lose the margin.
[[nodiscard]] inline std::string at_its_worst_text(const Cliff& cliff) {
  std::string text;
  for (const NamedValue& value : cliff.untouched.values) {
    if (value.name != cliff.at_its_worst) continue;
    text = "the untouched model has " + value.name + " " + value_text(value) +
           ", within the margin of the worst, " + points(cliff.margin);
  }
  return text;
}

}  // namespace cliff_detail

/// The result in one line: "cliff at layer 18 (lower bound 16): accuracy 85.5 % [84.9, 86.1]
/// against 84.7 %, margin 1 point, n = 3,000 on 500 images".
[[nodiscard]] inline std::string describe(const Cliff& cliff) {
  using namespace cliff_detail;
  const std::string margin = ", margin " + points(cliff.margin);
  std::string text;
  switch (cliff.status) {
    case CliffStatus::found:
      text = "cliff at layer " + std::to_string(*cliff.cliff_layer) + " (lower bound " +
             std::to_string(cliff.lower_bound) +
             "): " + against(*cliff.at(*cliff.cliff_layer), cliff.untouched) + margin;
      break;
    case CliffStatus::no_cliff: text = "no cliff: " + no_cliff_text(cliff) + margin; break;
    case CliffStatus::not_enough_items: text = "not enough items: " + not_enough_text(cliff); break;
    case CliffStatus::does_not_need_the_image:
      text = "these items do not need the image: " + floor_text(cliff, 1) + margin;
      break;
    case CliffStatus::nothing_to_lose:
      text = "nothing to lose, nothing to show: " + at_its_worst_text(cliff);
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
