// SPDX-License-Identifier: MIT
/// \file SiteHeat: from the features and gradients of one site to heat, one map per weighting.
#pragma once

#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <infoflow/adapter/observer.hpp>
#include <infoflow/cam/cancellation.hpp>
#include <infoflow/cam/channel_weighting.hpp>
#include <infoflow/cam/heat_average.hpp>
#include <infoflow/core/error.hpp>

namespace infoflow {

/// The heat of one weighting, by its name.
struct WeightedHeat {
  std::string weighting;
  HeatAverage heat;  ///< Over all image rows, in order.
};

/// What one site shows: `site["mean"]` is the heat of the weighting of that name.
struct SiteHeat {
  Site site;
  std::vector<WeightedHeat> maps = {};  ///< One per weighting, in their order.
  double image_mass = 0;                ///< Σ |G·A| over image rows, summed over copies.
  double prompt_mass = 0;               ///< The same over all prompt rows; 0 for vision sites.

  /// \throws Error naming the weightings there are
  [[nodiscard]] const HeatAverage& operator[](std::string_view weighting) const {
    std::string names;
    for (const WeightedHeat& map : maps) {
      if (map.weighting == weighting) return map.heat;
      names += (names.empty() ? "" : ", ") + map.weighting;
    }
    throw Error("no heat of weighting \"" + std::string(weighting) + "\"", to_string(site),
                names.empty() ? "nothing was added" : "there is " + names);
  }

  /// CAM mass: the image rows' part of the prompt's |G·A|. Sizes of gradients are not comparable
  /// over layers without such a reference. 0 if nothing flows.
  [[nodiscard]] double mass() const { return prompt_mass > 0 ? image_mass / prompt_mass : 0; }

  /// Adds what one copy of the picture showed here; `GradCamSmoother` does so for many. Call it where
  /// features and gradients come from elsewhere, always with the same weightings.
  ///
  /// α pools over the image rows only. Rows that are neither image nor prompt (a forced answer) count
  /// for nothing. At vision sites every row counts as image.
  template <MatrixTensor Tensor>
  void add(const Gradient<Tensor>& event, const TokenPartition& partition,
           std::type_identity_t<std::span<const AnyWeighting<Tensor>>> weightings) {
    using Ops = TensorOps<Tensor>;
    std::vector<Index> image_rows;
    std::vector<Index> prompt_rows;
    for (std::size_t i = 0; i < event.positions.size(); ++i) {
      const Index p = event.positions[i];
      if (is_vision(site.kind) || partition.role(p) == Role::image) {
        image_rows.push_back(static_cast<Index>(i));
      }
      if (!is_vision(site.kind) && p < partition.prompt_length()) {
        prompt_rows.push_back(static_cast<Index>(i));
      }
    }
    const HostVector products =
        Ops::sum_over_channels(Ops::multiply(event.features, event.gradient));
    for (const Index i : image_rows) image_mass += std::abs(products[i]);
    for (const Index i : prompt_rows) prompt_mass += std::abs(products[i]);

    const Tensor features = Ops::take_rows(event.features, image_rows);
    const Tensor gradient = Ops::take_rows(event.gradient, image_rows);
    // Exact, without underflow: either something is positive, or everything is ≤ 0 and sums do not
    // cancel.
    const bool has_gradient = (Ops::sum_over_channels(Ops::relu(gradient)).array() > 0).any() ||
                              (Ops::sum_over_channels(gradient).array() < 0).any();
    for (std::size_t w = 0; w < weightings.size(); ++w) {
      if (w == maps.size()) maps.push_back({std::string(weightings[w].name()), {}});
      const Tensor terms = weightings[w](features, gradient);
      const HostVector heat = Ops::sum_over_channels(terms);
      const bool cancels = sums_cancel(terms, heat, unit_roundoff(event.gradient));
      maps[w].heat.add(heat, !has_gradient ? GradientFlow::none
                             : cancels     ? GradientFlow::cancelled
                                           : GradientFlow::present);
    }
  }
};

}  // namespace infoflow
