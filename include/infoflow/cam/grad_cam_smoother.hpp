// SPDX-License-Identifier: MIT
/// \file LLaVA-CAM: gradient-weighted heat per site, averaged over noisy copies of the picture.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <infoflow/adapter/model_adapter.hpp>
#include <infoflow/cam/cancellation.hpp>
#include <infoflow/cam/channel_weighting.hpp>
#include <infoflow/cam/heat_average.hpp>
#include <infoflow/cam/noise.hpp>

namespace infoflow {

/// What one site shows.
struct SiteHeat {
  Site site;
  std::vector<HeatAverage> heat;  ///< One per weighting; each over all image rows, in order.
  double image_mass = 0;          ///< Σ |G·A| over image rows, summed over copies.
  double prompt_mass = 0;         ///< The same over all prompt rows; 0 for vision sites.

  /// CAM mass: the image rows' part of the prompt's |G·A|. Sizes of gradients are not comparable
  /// over layers without such a reference. 0 if nothing flows.
  [[nodiscard]] double mass() const { return prompt_mass > 0 ? image_mass / prompt_mass : 0; }
};

/// How many copies, and of what.
struct SmoothingSettings {
  int samples = 0;          ///< Noisy copies; 0 is one pass on the clean picture (eq. 3).
  std::uint64_t seed = 0;
  std::uint64_t item = 0;   ///< Key of the item: noise depends on (seed, item, copy, value).
  float settled = 0;        ///< Stop early once every map's relative error is below; 0: never.
};

/// Turns gradients into heat, for one copy; `GradCamSmoother` does this for many. Use it where
/// features and gradients come from elsewhere.
///
/// α pools over the image rows only. Rows that are neither image nor prompt (a forced answer) count
/// for nothing. At vision sites every row counts as image.
template <class Weighting, MatrixTensor Tensor>
void add_copy(SiteHeat& total, const Gradient<Tensor>& event, const TokenPartition& partition,
              std::span<const Weighting> weightings) {
  using Ops = TensorOps<Tensor>;
  std::vector<Index> image_rows;
  std::vector<Index> prompt_rows;
  for (std::size_t i = 0; i < event.positions.size(); ++i) {
    const Index p = event.positions[i];
    if (is_vision(event.site.kind) || partition.role(p) == Role::image) {
      image_rows.push_back(static_cast<Index>(i));
    }
    if (!is_vision(event.site.kind) && p < partition.prompt_length()) {
      prompt_rows.push_back(static_cast<Index>(i));
    }
  }
  const HostVector products = Ops::sum_over_channels(Ops::multiply(event.features, event.gradient));
  for (const Index i : image_rows) total.image_mass += std::abs(products[i]);
  for (const Index i : prompt_rows) total.prompt_mass += std::abs(products[i]);

  const Tensor features = Ops::take_rows(event.features, image_rows);
  const Tensor gradient = Ops::take_rows(event.gradient, image_rows);
  // Exact, without underflow: either something is positive, or everything is ≤ 0 and sums do not cancel.
  const bool has_gradient =
      (Ops::sum_over_channels(Ops::relu(gradient)).array() > 0).any() ||
      (Ops::sum_over_channels(gradient).array() < 0).any();
  total.heat.resize(weightings.size());
  for (std::size_t w = 0; w < weightings.size(); ++w) {
    const Tensor terms = weightings[w](features, gradient);
    const HostVector heat = Ops::sum_over_channels(terms);
    const bool cancels = sums_cancel(terms, heat, unit_roundoff(event.gradient));
    total.heat[w].add(heat, !has_gradient ? GradientFlow::none
                            : cancels     ? GradientFlow::cancelled
                                          : GradientFlow::present);
  }
}

/// LLaVA-CAM (eqs. 1–5): features A and gradients G = ∂z/∂A of the image rows at each site → heat
/// per image token, averaged over noisy copies of the picture with the answer held fixed.
///
/// One backward per copy serves all sites and all weightings. The seed and item fix the noise,
/// whatever the device or order. `Weighting` may be AnyWeighting<Tensor> to mix several.
template <class Weighting = MeanGradient, PixelNoise Noise = GaussianNoise>
class GradCamSmoother {
 public:
  explicit GradCamSmoother(SmoothingSettings settings = {},
                           std::vector<Weighting> weightings = {Weighting{}}, Noise noise = {})
      : settings_(settings), weightings_(std::move(weightings)), noise_(std::move(noise)) {}

  /// \param answer  the clean run's answer, teacher-forced for every copy
  /// \returns one SiteHeat per site, in the order of `sites`, before normalisation
  template <GradientAdapter A, Target T>
    requires ChannelWeighting<Weighting, typename A::Tensor>
  [[nodiscard]] std::vector<SiteHeat> operator()(const A& adapter, const Prompt& prompt,
                                                 std::span<const TokenId> answer, const T& target,
                                                 std::span<const Site> sites) const {
    std::vector<SiteHeat> heat;
    for (const Site site : sites) heat.push_back({site, {}, 0, 0});
    const auto add = [&](const auto& event) {
      const auto same = std::find_if(heat.begin(), heat.end(),
                                     [&](const SiteHeat& h) { return h.site == event.site; });
      add_copy(*same, event, prompt.partition.with_answer(static_cast<Index>(answer.size())),
               std::span<const Weighting>(weightings_));
    };
    const auto observer = observe(on_gradient({sites.begin(), sites.end()}, add));
    for (int copy = 0; copy < std::max(1, settings_.samples); ++copy) {
      adapter.backward(prompt, adapter.encode(pixels_of(prompt, copy)), answer, target, observer);
      if (copy > 0 && has_settled(heat)) break;
    }
    return heat;
  }

 private:
  [[nodiscard]] std::vector<PixelImage> pixels_of(const Prompt& prompt, int copy) const {
    if (settings_.samples == 0) return prompt.pixels;
    const RandomStream stream(settings_.seed, settings_.item, static_cast<std::uint32_t>(copy));
    return with_noise(prompt.pixels, noise_, stream);
  }

  [[nodiscard]] bool has_settled(const std::vector<SiteHeat>& heat) const {
    if (settings_.settled <= 0) return false;
    return std::all_of(heat.begin(), heat.end(), [&](const SiteHeat& site) {
      return std::all_of(site.heat.begin(), site.heat.end(), [&](const HeatAverage& h) {
        return h.relative_error() < settings_.settled;
      });
    });
  }

  SmoothingSettings settings_;
  std::vector<Weighting> weightings_;
  Noise noise_;
};

}  // namespace infoflow
