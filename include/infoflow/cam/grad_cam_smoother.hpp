// SPDX-License-Identifier: MIT
/// \file LLaVA-CAM: gradient-weighted heat per site, averaged over noisy copies of the picture.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <infoflow/adapter/model_adapter.hpp>
#include <infoflow/adapter/observer_witness.hpp>
#include <infoflow/cam/channel_weighting.hpp>
#include <infoflow/cam/noise.hpp>
#include <infoflow/cam/site_heat.hpp>

namespace infoflow {

/// How many copies, and of what.
struct SmoothingSettings {
  int samples = 0;  ///< Noisy copies; 0 is one pass on the clean picture (eq. 3).
  std::uint64_t seed = 0;
  std::uint64_t item = 0;  ///< Key of the item: noise depends on (seed, item, copy, value).
  float settled = 0;       ///< Stop early once every map's relative error is below; 0: never.
};

namespace detail {

/// Weightings for tensors T, out of weightings that take any tensor, or out of names.
template <MatrixTensor T, ChannelWeighting<T>... W>
[[nodiscard]] std::vector<AnyWeighting<T>> weightings_for(const std::tuple<W...>& weightings) {
  return std::apply([](const W&... w) { return std::vector<AnyWeighting<T>>{w...}; }, weightings);
}
template <MatrixTensor T>
[[nodiscard]] std::vector<AnyWeighting<T>> weightings_for(const std::vector<std::string>& names) {
  std::vector<AnyWeighting<T>> weightings;
  for (const std::string& name : names) weightings.push_back(weighting_named<T>(name));
  return weightings;
}

template <class Weightings, class T>
concept WeightingsFor = MatrixTensor<T> && requires(const Weightings& w) { weightings_for<T>(w); };

}  // namespace detail

/// LLaVA-CAM (eqs. 1–5): features A and gradients G = ∂z/∂A of the image rows at each site → heat
/// per image token, averaged over noisy copies of the picture with the answer held fixed.
///
///     GradCamSmoother smoother({.samples = 8}, MeanGradient{}, HiResCam{});
///     smoother(adapter, prompt, answer, AnswerSum{}, sites).front()["hires"].mean()
///
/// One backward per copy serves all sites and all weightings. The seed and item fix the noise,
/// whatever the device or order.
template <class Weightings = std::tuple<MeanGradient>, PixelNoise Noise = GaussianNoise>
class GradCamSmoother {
 public:
  // No deduction here: one weighting alone is a tuple of one, by the guides below.
  explicit GradCamSmoother(SmoothingSettings settings = {},
                           std::type_identity_t<Weightings> weightings = {},
                           std::type_identity_t<Noise> noise = {})
      : settings_(settings), weightings_(std::move(weightings)), noise_(std::move(noise)) {}

  template <class... W>
    requires(sizeof...(W) > 0 && std::same_as<Weightings, std::tuple<W...>>)
  explicit GradCamSmoother(SmoothingSettings settings, W... weightings)
      : GradCamSmoother(settings, Weightings(std::move(weightings)...)) {}

  /// The same with noise of another size or kind than GaussianNoise{}.
  template <PixelNoise Other>
  [[nodiscard]] GradCamSmoother<Weightings, Other> with_noise(Other noise) const {
    return GradCamSmoother<Weightings, Other>(settings_, weightings_, std::move(noise));
  }

  /// \param answer  the clean run's answer, teacher-forced for every copy
  /// \returns one SiteHeat per site, in the order of `sites`, before normalisation
  /// \throws Error naming a site whose layer is not there or whose gradient the adapter does not show,
  ///         or a weighting that is none
  template <GradientAdapter A, Target T>
    requires detail::WeightingsFor<Weightings, typename A::Tensor>
  [[nodiscard]] std::vector<SiteHeat> operator()(const A& adapter, const Prompt& prompt,
                                                 std::span<const TokenId> answer, const T& target,
                                                 std::span<const Site> sites) const {
    const auto weightings = detail::weightings_for<typename A::Tensor>(weightings_);
    const auto partition = prompt.partition.with_answer(static_cast<Index>(answer.size()));
    std::vector<SiteHeat> heat;
    for (const Site site : sites) {
      require_layer_of(site, adapter.layer_count());
      heat.push_back({site});
    }
    const auto add = [&](const auto& event) {
      const auto same = std::find_if(heat.begin(), heat.end(),
                                     [&](const SiteHeat& h) { return h.site == event.site; });
      same->add(event, partition, weightings);
    };
    const auto observer = observe(on_gradient({sites.begin(), sites.end()}, add));
    for (int copy = 0; copy < std::max(1, settings_.samples); ++copy) {
      const Witness witness(observer, "backward");
      adapter.backward(prompt, adapter.encode(pixels_of(prompt, copy)), answer, target, witness);
      for (const Site site : sites) witness.require_gradient(site);
      if (copy > 0 && has_settled(heat)) break;
    }
    return heat;
  }

 private:
  [[nodiscard]] std::vector<PixelImage> pixels_of(const Prompt& prompt, int copy) const {
    if (settings_.samples == 0) return prompt.pixels;
    const RandomStream stream(settings_.seed, settings_.item, static_cast<std::uint32_t>(copy));
    return infoflow::with_noise(prompt.pixels, noise_, stream);
  }

  [[nodiscard]] bool has_settled(const std::vector<SiteHeat>& heat) const {
    if (settings_.settled <= 0) return false;
    return std::all_of(heat.begin(), heat.end(), [&](const SiteHeat& site) {
      return std::all_of(site.maps.begin(), site.maps.end(), [&](const WeightedHeat& map) {
        return map.heat.relative_error() < settings_.settled;
      });
    });
  }

  SmoothingSettings settings_;
  Weightings weightings_;
  Noise noise_;
};

GradCamSmoother(SmoothingSettings) -> GradCamSmoother<>;
/// By name, where which ones is known only at run time.
GradCamSmoother(SmoothingSettings, std::vector<std::string>)
    -> GradCamSmoother<std::vector<std::string>>;
template <class... W>
GradCamSmoother(SmoothingSettings, W...) -> GradCamSmoother<std::tuple<W...>>;

}  // namespace infoflow
