// SPDX-License-Identifier: MIT
/// \file What a sweep found, as plain values: one run of one item, all runs of an item, one point of
/// a curve. Whoever fills them (a sweep, a journal that is read back) and whoever reads them (the
/// cliff, figures, tables) know only these.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include <infoflow/cliff/measured_numbers.hpp>
#include <infoflow/statistics/interval.hpp>
#include <infoflow/statistics/metric.hpp>

namespace infoflow {

/// One run of an item: the model with one cut, or a control; and what was measured of it.
///
/// `policy` and `cut_layer` name the run. A cut at L is the untouched model. Controls that cut nothing
/// ("no-image": the prompt without <image>; "other-image": another item's picture) stand at L too.
struct RunOutcome : MeasuredNumbers {
  std::string policy;
  int cut_layer = 0;
  std::string answer;
  Statistics statistics;  ///< The metric's, of this answer.
  bool agrees = false;    ///< The answer has the untouched answer's tokens.
};

/// All runs of one item.
struct ItemOutcome {
  std::string id;
  std::string image;  ///< Items of one picture form a cluster.
  std::string group;  ///< Reported by itself, like a split; may be empty.
  std::vector<RunOutcome> runs;
  /// Per layer, of the untouched run: attention share of the image and CAM mass of the image (mean
  /// over the answer's tokens). Empty if they were not measured.
  std::vector<double> image_share;
  std::vector<double> cam_mass;
  /// Image tokens / prompt tokens: the image's share if attention were spread evenly. NaN if unknown.
  double image_fraction = std::numeric_limits<double>::quiet_NaN();

  /// The run of that policy and cut, or null.
  [[nodiscard]] const RunOutcome* run(const std::string& policy, int cut_layer) const {
    for (const RunOutcome& r : runs) {
      if (r.cut_layer == cut_layer && r.policy == policy) return &r;
    }
    return nullptr;
  }
};

/// An item that could not be asked: its row, its picture or its prompt is bad.
struct SkippedItem {
  std::string id;
  std::string reason;  ///< One line, for a reader.

  friend bool operator==(const SkippedItem&, const SkippedItem&) = default;
};

/// One policy and cut over all items. Measured numbers and agreement are means over items, the metric's
/// values are of the corpus.
struct CurvePoint : MeasuredNumbers {
  std::string policy;
  int cut_layer = 0;
  Index n = 0;
  std::vector<NamedValue> values;  ///< The metric's, the main one first.
  Interval interval;               ///< 95 %, of the main value, pictures being the units.
  double agreement = 0;            ///< The share of runs that agree.
};

}  // namespace infoflow
