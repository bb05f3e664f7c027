// SPDX-License-Identifier: MIT
/// \file What a sweep found, as plain values: one run of one item, all runs of an item, one point of
/// a curve. Whoever fills them (a sweep, a journal that is read back) and whoever reads them (the
/// cliff, figures, tables) know only these.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include <infoflow/metrics/interval.hpp>
#include <infoflow/metrics/metric.hpp>

namespace infoflow {

/// One run of an item: the model with one cut, or a control.
///
/// `policy` and `cut_layer` name the run. A cut at L is the untouched model. Controls that cut nothing
/// ("no-image": the prompt without <image>; "other-image": another item's picture) stand at L too.
struct RunOutcome {
  std::string policy;
  int cut_layer = 0;
  std::string answer;
  Statistics statistics;  ///< The metric's, of this answer.
  bool agrees = false;    ///< The answer has the untouched answer's tokens.
  double kl = 0;          ///< KL(untouched ‖ this), nats, mean over the untouched answer's tokens.
  double kl_first = 0;    ///< The same for the first token alone.
  /// Of the reference answer, teacher-forced; NaN if there is none.
  double reference_probability = std::numeric_limits<double>::quiet_NaN();
  double image_tokens = 0;  ///< Image tokens that are left after the last cut.
  double flops = 0;         ///< Of prefill and decoding, by formula.
  double prefill_flops = 0;
  double kv_bytes = 0;  ///< Of the cache after the prompt, by formula.
  double seconds = 0;   ///< Wall time that this run took of the item's.
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

/// One policy and cut over all items. Means over items, except for the metric's values, which are of
/// the corpus.
struct CurvePoint {
  std::string policy;
  int cut_layer = 0;
  Index n = 0;
  std::vector<NamedValue> values;  ///< The metric's, the main one first.
  Interval interval;               ///< 95 %, of the main value, pictures resampled.
  double agreement = 0;
  double kl = 0;
  double kl_first = 0;
  double reference_probability = std::numeric_limits<double>::quiet_NaN();
  double image_tokens = 0;
  double flops = 0;
  double prefill_flops = 0;
  double kv_bytes = 0;
  double seconds = 0;
};

}  // namespace infoflow
