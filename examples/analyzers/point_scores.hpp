// SPDX-License-Identifier: MIT
/// \file Hit rates of the pointing game: per family, source of the map, and layer.
#pragma once

#include <compare>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <infoflow/statistics/cluster_interval.hpp>

#include "model.hpp"
#include "point_data.hpp"

namespace infoflow::analyzers {

/// What made a map. Sources: the sites' names, "attention", the controls "chance", "centre" and "random",
/// and "answer_box", the boxes that the answer names; the last four have neither layer nor weighting.
struct MapSource {
  std::string family;
  std::string source;
  std::string weighting;
  int layer = 0;

  friend auto operator<=>(const MapSource&, const MapSource&) = default;
};

struct HitRate {
  double rate = 0;
  Interval interval;
  Index n = 0;
  HeatStatus empty = HeatStatus::flowing;  ///< Why no map of it shows anything; flowing: some do.
};

/// What the boxes say that a model names in its answers.
struct BoxScores {
  double iou = 0;  ///< With the boxes asked for, mean over all answers; 0 for one without a box.
  Index answers = 0;
  Index with_box = 0;
  /// Of each map's heat the share that lies in the answer's boxes, mean over the answers that name one;
  /// maps that are empty in all of them are left out.
  std::map<MapSource, double> heat_inside{};
};

class PointScores {
 public:
  /// Scores every map of a trace of `item`. Items of one picture form a cluster. The boxes that an answer
  /// names hit if their intersection over union with the boxes asked for is above a half.
  void add(const PointItem& item, const Trace& trace);

  [[nodiscard]] std::map<MapSource, HitRate> rates() const;

  /// None if the model writes no boxes.
  [[nodiscard]] std::optional<BoxScores> boxes() const;

 private:
  struct Count {
    double hits = 0;  ///< A fraction for "chance", which is an expectation.
    Index n = 0;
  };

  void count(const MapSource& source, const PointItem& item, double hit);

  /// Notes why a map is empty, unless another of its source shows something.
  void note(const MapSource& source, HeatStatus status);

  std::map<MapSource, std::map<std::string, Count>> counts_;  ///< Per source, per picture.
  std::map<MapSource, HeatStatus> empty_;                     ///< As HitRate::empty.

  void add_boxes(const PointItem& item, const std::vector<Rect>& boxes);

  struct Mean {
    double sum = 0;
    Index n = 0;
    void add(double value) {
      sum += value;
      ++n;
    }
    [[nodiscard]] double value() const { return sum / static_cast<double>(n); }
  };

  Mean iou_;  ///< Of all answers of a model that writes boxes.
  Index with_box_ = 0;
  std::map<MapSource, Mean> inside_;
};

}  // namespace infoflow::analyzers
