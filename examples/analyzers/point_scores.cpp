// SPDX-License-Identifier: MIT
#include "point_scores.hpp"

#include <cmath>

#include <infoflow/core/random.hpp>
#include <infoflow/metrics/pointing_game.hpp>

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

void PointScores::add(const PointItem& item, const Study& study,
                      const std::vector<std::string>& weightings) {
  const ImageLayout& layout = study.layouts.front();
  const Span image = study.partition.images().front();
  const auto score = [&](const std::string& source, const std::string& weighting, int layer,
                         const HostVector& heat, HeatKind kind, const ImageLayout& where) {
    count({item.family, source, weighting, layer}, item,
          hits(peak(where, heat, kind), item.boxes) ? 1 : 0);
  };

  const Preprocessing& way = layout.preprocessing();
  count({item.family, "chance", "", 0}, item, chance_of_hit(layout, item.boxes));
  count({item.family, "centre", "", 0}, item,
        hits(Point{way.source_width() / 2.0, way.source_height() / 2.0}, item.boxes) ? 1 : 0);
  const RandomStream stream(0, key_of(item.id), 0);
  HostVector random(layout.token_count());
  for (Index t = 0; t < random.size(); ++t) {
    random[t] = static_cast<float>(stream.uniform(static_cast<std::uint64_t>(t)));
  }
  score("random", "", 0, random, HeatKind::intensity, layout);

  for (const LayerAttention& layer : study.attention) {
    score("attention", "", layer.layer, layer.at(image).colwise().mean().transpose(), HeatKind::mass,
          layout);
  }
  for (const SiteHeat& site : study.heat.front().sites) {
    for (std::size_t w = 0; w < weightings.size(); ++w) {
      score(std::string(to_string(site.site.kind)), weightings[w], site.site.layer,
            site.heat[w].mean(), HeatKind::intensity, study.layout_at(site.site.kind));
      note({item.family, std::string(to_string(site.site.kind)), weightings[w], site.site.layer},
           site.heat[w].status());
    }
  }
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
    rate.interval = source.source == "chance" ? Interval{rate.rate, rate.rate}
                                              : cluster_interval(clusters);
    if (const auto empty = empty_.find(source); empty != empty_.end()) rate.empty = empty->second;
    rates.emplace(source, rate);
  }
  return rates;
}

}  // namespace infoflow::analyzers
