// SPDX-License-Identifier: MIT
/// \file The cliff as a value: where it lies, and how sure that is.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <infoflow/cliff/outcome.hpp>

namespace infoflow {

enum class CliffStatus {
  found,                    ///< The image is needed, and from the cliff on no cut is inferior.
  no_cliff,                 ///< The last cut is shown to lose too much, or the floors don't.
  not_enough_items,         ///< Neither that nor its opposite is shown.
  does_not_need_the_image,  ///< Shown for both floors and for every cut; the cliff is 0.
  nothing_to_lose,  ///< The untouched model is at its worst, so that nothing shows anything.
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
  double power = 1;  ///< Of this test alone to pass if nothing were lost, at this n and flip rate.
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
  Index n = 0;                  ///< Items with an image.
  Index images = 0;             ///< Pictures that they ask about.
  double effective_images = 0;  ///< As many of equal size weigh as much.
  double images_needed = 0;  ///< As many effective ones it takes for anything to pass this margin.
  Index without_image = 0;   ///< Items left out.
  int harmless_from = 0;  ///< The lowest cut at the lower bound or above it; if none is, the last.
  double power = 0;       ///< Of all cuts from there on to pass if none loses anything.
  double items_needed = 0;  ///< For that to be 0.8.
  /// The value of which the untouched model has no more than the margin.
  std::string at_its_worst;
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

}  // namespace infoflow
