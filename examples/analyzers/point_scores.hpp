// SPDX-License-Identifier: MIT
/// \file Hit rates of the pointing game: per family, source of the map, and layer.
#pragma once

#include <compare>
#include <map>
#include <string>
#include <vector>

#include <infoflow/metrics/interval.hpp>

#include "point_data.hpp"
#include "study.hpp"

namespace infoflow::analyzers {

/// What made a map. Sources: the sites' names, "attention", and the controls "chance", "centre" and
/// "random", which have neither layer nor weighting.
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

class PointScores {
 public:
  /// Scores every map of a study of `item`. Items of one picture form a cluster.
  /// \param weightings  the names of the study's weightings, in its order
  void add(const PointItem& item, const Study& study, const std::vector<std::string>& weightings);

  [[nodiscard]] std::map<MapSource, HitRate> rates() const;

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
};

}  // namespace infoflow::analyzers
