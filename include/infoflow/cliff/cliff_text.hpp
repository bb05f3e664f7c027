// SPDX-License-Identifier: MIT
/// \file The cliff in words: the one wording that the command, files, figures and pages share.
#pragma once

#include <cmath>
#include <cstddef>
#include <string>

#include <infoflow/cliff/cliff.hpp>
#include <infoflow/core/number_text.hpp>
#include <infoflow/text/short_text.hpp>

namespace infoflow {

/// "1 point", "0.5 points"
[[nodiscard]] inline std::string points_text(double share) {
  const std::string number = short_number(100 * share);
  return number + (number == "1" ? " point" : " points");
}

/// "n = 1,200 on 300 pictures"
[[nodiscard]] inline std::string count_text(Index n, Index pictures) {
  return "n = " + grouped(n) + " on " + grouped(pictures) +
         (pictures == 1 ? " picture" : " pictures");
}

/// "[84.9, 86.1]", in per cent.
[[nodiscard]] inline std::string interval_text(const Interval& interval) {
  return "[" + fixed(100 * interval.low, 1) + ", " + fixed(100 * interval.high, 1) + "]";
}

/// "85.5 % [84.9, 86.1]"
[[nodiscard]] inline std::string with_interval(double value, const Interval& interval) {
  return percent(value) + " " + interval_text(interval);
}

/// "85.5 %", or that there is no such number: nothing to divide by.
[[nodiscard]] inline std::string value_text(const NamedValue& value) {
  return value.defined ? percent(value.value) : "not defined";
}

/// "accuracy 85.5 % [84.9, 86.1] against 84.7 %"; for captions also recall, and their length.
[[nodiscard]] inline std::string compared_text(const RunComparison& run,
                                               const CurvePoint& untouched) {
  std::string text;
  for (const Gain& judged : run.gains) {
    for (std::size_t i = 0; i < run.point.values.size(); ++i) {
      if (run.point.values[i].name != judged.name) continue;
      if (!text.empty()) text += ", ";
      const NamedValue& was = untouched.values[i];
      text += judged.name + " " + value_text(run.point.values[i]);
      if (i == 0 && run.point.values[i].defined) {
        text += " " + interval_text(run.point.interval);
      }
      text += " against " + value_text(was);
    }
  }
  for (std::size_t i = 0; i < run.point.values.size(); ++i) {
    if (run.point.values[i].name != "length") continue;
    text += ", length " + fixed(run.point.values[i].value, 1) + " against " +
            fixed(untouched.values[i].value, 1);
  }
  return text;
}

namespace detail {

/// "without it accuracy …", of a floor.
[[nodiscard]] inline std::string floor_text(const Cliff& cliff, std::size_t floor) {
  return std::string(floor == 0 ? "with its tokens dropped " : "without it ") +
         compared_text(cliff.floors[floor], cliff.untouched);
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
             compared_text(cut, cliff.untouched);
    }
  }
  return "with the last cut, at layer " + std::to_string(cliff.cuts.back().point.cut_layer) + ", " +
         compared_text(cliff.cuts.back(), cliff.untouched);
}

/// What it is that these items cannot tell.
[[nodiscard]] inline std::string not_enough_text(const Cliff& cliff) {
  if (cliff.n == 0) return "no item has an image";
  if (cliff.n > 0 && cliff.effective_images < cliff.images_needed) {
    return "too few pictures: they weigh as much as " + fixed(cliff.effective_images, 1) +
           " of equal size, and a margin of " + points_text(cliff.margin) + " takes " +
           grouped(std::llround(cliff.images_needed));
  }
  for (std::size_t f = 0; f < cliff.floors.size(); ++f) {
    if (cliff.floors[f].lossy || cliff.floors[f].passed) continue;
    return "whether they need the image is not decided: " + floor_text(cliff, f) + ", margin " +
           points_text(cliff.margin);
  }
  if (!cliff.floors.empty() && cliff.floors.front().passed) {
    return "without the image they are answered as well, but not every cut is decided, margin " +
           points_text(cliff.margin);
  }
  return "harmless cuts from layer " + std::to_string(cliff.harmless_from) +
         " on all pass a margin of " + points_text(cliff.margin) + " with probability " +
         fixed(cliff.power, 2) + "; for 0.80 it takes about " +
         grouped(std::llround(cliff.items_needed)) + " items";
}

/// The values with which the untouched model cannot lose the margin.
[[nodiscard]] inline std::string at_its_worst_text(const Cliff& cliff) {
  std::string text;
  for (const NamedValue& value : cliff.untouched.values) {
    if (value.name != cliff.at_its_worst) continue;
    text = "the untouched model has " + value.name + " " + value_text(value) +
           ", within the margin of the worst, " + points_text(cliff.margin);
  }
  return text;
}

}  // namespace detail

/// The result in one line: "cliff at layer 18 (lower bound 16): accuracy 85.5 % [84.9, 86.1]
/// against 84.7 %, margin 1 point, n = 3,000 on 500 pictures".
[[nodiscard]] inline std::string describe(const Cliff& cliff) {
  using namespace detail;
  const std::string margin = ", margin " + points_text(cliff.margin);
  std::string text;
  switch (cliff.status) {
    case CliffStatus::found:
      text = "cliff at layer " + std::to_string(*cliff.cliff_layer) + " (lower bound " +
             std::to_string(cliff.lower_bound) +
             "): " + compared_text(*cliff.at(*cliff.cliff_layer), cliff.untouched) + margin;
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
  text += ", " + count_text(cliff.n, cliff.images);
  if (cliff.without_image > 0) {
    text += " (" + grouped(cliff.without_image) + " items without an image left out)";
  }
  return text;
}

}  // namespace infoflow
