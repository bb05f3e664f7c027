// SPDX-License-Identifier: MIT
/// \file The heat of a trace as its page shows it: one map per layer, for each target and weighting.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include <infoflow/core/error.hpp>
#include <infoflow/run/trace_result.hpp>

namespace infoflow {

/// CAM of one target with one weighting, at every layer.
struct ReportHeat {
  std::optional<Index> token;  ///< The answer token that the gradient is of; none: their sum.
  std::string weighting;
  /// Per layer [image tokens of all pictures], not normalised.
  std::vector<HostVector> layers = {};
  std::vector<HeatStatus> status = {};  ///< Per layer.
};

/// The sites of a target that a page shows: those of the decoder's first kind, a site per layer.
[[nodiscard]] inline std::vector<const SiteHeat*> sites_per_layer(const TargetHeat& target) {
  std::vector<const SiteHeat*> sites;
  for (const SiteHeat& site : target.sites) {
    const bool first_kind = sites.empty() || site.site.kind == sites.front()->site.kind;
    if (!is_vision(site.site.kind) && first_kind) sites.push_back(&site);
  }
  return sites;
}

/// By target, and for each by weighting; none without a site of the decoder.
[[nodiscard]] inline std::vector<ReportHeat> report_heats(const Trace& trace) {
  std::vector<ReportHeat> heats;
  for (const TargetHeat& target : trace.heat) {
    const std::vector<const SiteHeat*> sites = sites_per_layer(target);
    if (sites.empty()) continue;
    for (const WeightedHeat& map : sites.front()->maps) {
      ReportHeat& heat = heats.emplace_back(ReportHeat{target.target.token, map.weighting});
      for (const SiteHeat* site : sites) {
        heat.layers.push_back((*site)[map.weighting].mean());
        heat.status.push_back((*site)[map.weighting].status());
      }
    }
  }
  return heats;
}

/// Where the heat is taken, by name; empty without heat.
[[nodiscard]] inline std::string site_name(const Trace& trace) {
  if (trace.heat.empty()) return "";
  const std::vector<const SiteHeat*> sites = sites_per_layer(trace.heat.front());
  return sites.empty() ? "" : std::string(to_string(sites.front()->site.kind));
}

/// \param heats  report_heats() of the trace
/// \throws Error unless heat was taken at as many layers as attention
inline void require_same_layers(const Trace& trace, std::span<const ReportHeat> heats) {
  for (const ReportHeat& heat : heats) {
    if (heat.layers.size() == trace.attention.size()) continue;
    throw Error("heat of " + std::to_string(heat.layers.size()) + " layers beside attention of " +
                    std::to_string(trace.attention.size()),
                "html_report", "trace both at every layer of the decoder");
  }
}

}  // namespace infoflow
