// SPDX-License-Identifier: MIT
/// \file Hit rates of the pointing game: per family, source of the map, and layer.
#pragma once

#include <cmath>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <infoflow/cam/box_overlap.hpp>
#include <infoflow/cam/pointing_game.hpp>
#include <infoflow/core/random.hpp>
#include <infoflow/pointing/pointing_item.hpp>
#include <infoflow/run/trace_result.hpp>
#include <infoflow/statistics/cluster_interval.hpp>

namespace infoflow {

/// What made a map. Sources: the sites' names, "attention", the controls "chance", "centre" and "random",
/// and "answer_box", the boxes that the answer names; the last four have neither layer nor weighting.
struct MapSource {
  std::string family{};
  std::string source{};
  std::string weighting{};
  int layer = 0;

  friend auto operator<=>(const MapSource&, const MapSource&) = default;
};

/// What the maps of one source are worth.
struct MapScore {
  MapSource source;
  double rate = 0;      ///< Hits of n items.
  Interval interval{};  ///< 95 %, over pictures; of chance, an expectation, the rate itself.
  Index n = 0;
  HeatStatus empty = HeatStatus::flowing;  ///< Why no map of it shows anything; flowing: some do.
  /// The share of the heat that lies in the boxes an answer names, mean over the answers that name one;
  /// none if the map is empty in all of them.
  std::optional<double> inside{};
};

/// What the boxes say that a model names in its answers.
struct BoxScores {
  double iou = 0;  ///< With the boxes asked for, mean over all answers; 0 for one without a box.
  Index answers = 0;
  Index with_box = 0;
};

namespace detail {

/// A mean of what was added.
struct RunningMean {
  double sum = 0;
  Index n = 0;

  void add(double value) {
    sum += value;
    ++n;
  }
  [[nodiscard]] double value() const { return sum / static_cast<double>(n); }
};

/// A map that knows nothing, the same for an item whatever runs before it.
[[nodiscard]] inline HostVector random_map(const std::string& id, Index tokens) {
  const RandomStream stream(0, key_of(id), 0);
  HostVector map(tokens);
  for (Index t = 0; t < tokens; ++t) {
    map[t] = static_cast<float>(stream.uniform(static_cast<std::uint64_t>(t)));
  }
  return map;
}

}  // namespace detail

/// Counts, over traces of questions whose object is known, how often each map's highest place lies on
/// the object, beside three controls: chance (a placed token drawn uniformly), the picture's centre, and
/// a random map.
///
/// Laws: a rate is hits / n; the order of items does not matter; an empty map is a miss; of a trace
/// only the first picture and the first target count.
class PointingScores {
 public:
  /// Scores every map of a trace of `item`. The boxes that an answer names hit if their intersection over
  /// union with the boxes asked for is above a half.
  /// \throws Error if the trace has no picture
  void add(const PointingItem& item, const Trace& trace) {
    const ImageLayout& layout = trace.layout_at(SiteKind::block_output);
    const std::vector<Rect> named = trace.answer_boxes.value_or(std::vector<Rect>{});
    if (trace.answer_boxes) add_boxes(item, named);
    add_controls(item, layout);
    add_map(item, {item.family, "random"}, detail::random_map(item.id, layout.token_count()),
            HeatKind::intensity, layout, named);

    const Span image = trace.partition.images().front();
    for (const LayerAttention& layer : trace.attention) {
      add_map(item, {item.family, "attention", "", layer.layer}, layer.mean_at(image),
              HeatKind::mass, layout, named);
    }
    for (const SiteHeat& site : trace.sites()) {
      for (const auto& [weighting, heat] : site.maps) {
        const MapSource source{item.family, std::string(to_string(site.site.kind)), weighting,
                               site.site.layer};
        add_map(item, source, heat.mean(), HeatKind::intensity, trace.layout_at(site.site.kind),
                named);
        note(source, heat.status());
      }
    }
  }

  /// In the order of their sources.
  [[nodiscard]] std::vector<MapScore> scores() const {
    std::vector<MapScore> scores;
    for (const auto& [source, tally] : tallies_) {
      MapScore score{.source = source};
      std::vector<ClusterCount> clusters;
      double hits = 0;
      for (const auto& [name, place] : pictures_) {
        if (place >= tally.pictures.size()) continue;
        const detail::RunningMean& picture = tally.pictures[place];
        clusters.push_back({static_cast<Index>(std::lround(picture.sum)), picture.n});
        hits += picture.sum;
        score.n += picture.n;
      }
      score.rate = hits / static_cast<double>(score.n);
      // Chance is an expectation over all tokens, not a draw: it has no interval.
      score.interval =
          source.source == "chance" ? Interval{score.rate, score.rate} : cluster_interval(clusters);
      score.empty = tally.empty.value_or(HeatStatus::flowing);
      if (tally.inside.n > 0) score.inside = tally.inside.value();
      scores.push_back(std::move(score));
    }
    return scores;
  }

  /// None if the model writes no boxes.
  [[nodiscard]] std::optional<BoxScores> boxes() const {
    if (iou_.n == 0) return std::nullopt;
    return BoxScores{iou_.value(), iou_.n, with_box_};
  }

 private:
  struct Tally {
    std::vector<detail::RunningMean> pictures;  ///< Hits; fractions for "chance".
    detail::RunningMean inside;
    std::optional<HeatStatus> empty;  ///< As MapScore::empty; none if its maps have no status.
  };

  void count(const PointingItem& item, const MapSource& source, double hit) {
    const std::size_t picture = pictures_.emplace(item.image, pictures_.size()).first->second;
    std::vector<detail::RunningMean>& hits = tallies_[source].pictures;
    if (hits.size() <= picture) hits.resize(picture + 1);
    hits[picture].add(hit);
  }

  void add_controls(const PointingItem& item, const ImageLayout& layout) {
    const Preprocessing& way = layout.preprocessing();
    const Point centre{way.source_width() / 2.0, way.source_height() / 2.0};
    count(item, {item.family, "chance"}, chance_of_hit(layout, item.boxes));
    count(item, {item.family, "centre"}, is_hit(centre, item.boxes) ? 1 : 0);
  }

  void add_boxes(const PointingItem& item, const std::vector<Rect>& named) {
    const double iou = intersection_over_union(named, item.boxes);
    iou_.add(iou);
    if (!named.empty()) ++with_box_;
    count(item, {item.family, "answer_box"}, iou > 0.5 ? 1 : 0);
  }

  /// \param named  the boxes of the answer, whose share of the heat is taken if there are any
  void add_map(const PointingItem& item, const MapSource& source, const HostVector& heat,
               HeatKind kind, const ImageLayout& layout, const std::vector<Rect>& named) {
    count(item, source, is_hit(heat_peak(layout, heat, kind), item.boxes) ? 1 : 0);
    if (named.empty()) return;
    const std::optional<double> inside = share_inside(layout, heat, kind, named);
    if (inside) tallies_[source].inside.add(*inside);
  }

  /// Notes why a map is empty, unless another of its source shows something.
  void note(const MapSource& source, HeatStatus status) {
    std::optional<HeatStatus>& empty = tallies_[source].empty;
    if (!empty || status == HeatStatus::flowing) empty = status;
  }

  std::map<MapSource, Tally> tallies_;
  std::map<std::string, std::size_t> pictures_;  ///< Where a picture stands in a tally.
  detail::RunningMean iou_;                      ///< Of all answers of a model that writes boxes.
  Index with_box_ = 0;
};

}  // namespace infoflow
