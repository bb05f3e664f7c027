// SPDX-License-Identifier: MIT
#include "point_scores.hpp"

#include <cmath>

#include <infoflow/cam/box_overlap.hpp>
#include <infoflow/cam/pointing_game.hpp>
#include <infoflow/core/random.hpp>

namespace infoflow::analyzers {

void PointScores::count(const MapSource& source, const PointItem& item, double hit) {
  Count& picture = counts_[source][item.image];
  picture.hits += hit;
  ++picture.n;
}

void PointScores::note(const MapSource& source, HeatStatus status) {
  const auto [found, is_first] = empty_.emplace(source, status);
  if (!is_first && status == HeatStatus::flowing) found->second = status;
}

void PointScores::add_boxes(const PointItem& item, const std::vector<Rect>& boxes) {
  const double iou = intersection_over_union(boxes, item.boxes);
  iou_.add(iou);
  if (!boxes.empty()) ++with_box_;
  count({item.family, "answer_box", "", 0}, item, iou > 0.5 ? 1 : 0);
}

void PointScores::add(const PointItem& item, const Trace& trace) {
  const std::vector<Rect> named = trace.answer_boxes.value_or(std::vector<Rect>{});
  if (trace.answer_boxes) add_boxes(item, named);
  const ImageLayout& layout = trace.layouts.front();
  const Span image = trace.partition.images().front();
  const auto score = [&](const std::string& source, const std::string& weighting, int layer,
                         const HostVector& heat, HeatKind kind, const ImageLayout& where) {
    count({item.family, source, weighting, layer}, item,
          is_hit(heat_peak(where, heat, kind), item.boxes) ? 1 : 0);
    if (named.empty()) return;
    const std::optional<double> inside = share_inside(where, heat, kind, named);
    if (inside) inside_[{item.family, source, weighting, layer}].add(*inside);
  };

  const Preprocessing& way = layout.preprocessing();
  count({item.family, "chance", "", 0}, item, chance_of_hit(layout, item.boxes));
  count({item.family, "centre", "", 0}, item,
        is_hit(Point{way.source_width() / 2.0, way.source_height() / 2.0}, item.boxes) ? 1 : 0);
  const RandomStream stream(0, key_of(item.id), 0);
  HostVector random(layout.token_count());
  for (Index t = 0; t < random.size(); ++t) {
    random[t] = static_cast<float>(stream.uniform(static_cast<std::uint64_t>(t)));
  }
  score("random", "", 0, random, HeatKind::intensity, layout);

  for (const LayerAttention& layer : trace.attention) {
    score("attention", "", layer.layer, layer.at(image).colwise().mean().transpose(),
          HeatKind::mass, layout);
  }
  for (const SiteHeat& site : trace.heat.front().sites) {
    const std::string kind(to_string(site.site.kind));
    for (const auto& [weighting, heat] : site.maps) {
      score(kind, weighting, site.site.layer, heat.mean(), HeatKind::intensity,
            trace.layout_at(site.site.kind));
      note({item.family, kind, weighting, site.site.layer}, heat.status());
    }
  }
}

std::optional<BoxScores> PointScores::boxes() const {
  if (iou_.n == 0) return std::nullopt;
  BoxScores scores{iou_.value(), iou_.n, with_box_};
  for (const auto& [source, mean] : inside_) scores.heat_inside[source] = mean.value();
  return scores;
}

std::map<MapSource, HitRate> PointScores::rates() const {
  std::map<MapSource, HitRate> rates;
  for (const auto& [source, pictures] : counts_) {
    HitRate rate;
    std::vector<ClusterCount> clusters;
    double hits = 0;
    for (const auto& [picture, count] : pictures) {
      clusters.push_back({static_cast<Index>(std::lround(count.hits)), count.n});
      hits += count.hits;
      rate.n += count.n;
    }
    rate.rate = hits / static_cast<double>(rate.n);
    // Chance is an expectation over all tokens, not a draw: it has no interval.
    rate.interval =
        source.source == "chance" ? Interval{rate.rate, rate.rate} : cluster_interval(clusters);
    if (const auto empty = empty_.find(source); empty != empty_.end()) rate.empty = empty->second;
    rates.emplace(source, rate);
  }
  return rates;
}

}  // namespace infoflow::analyzers
