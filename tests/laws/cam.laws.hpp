// SPDX-License-Identifier: MIT
/// \file Laws of heat: averages over copies, normalisation, and maps that are empty by law.
#pragma once

#include <cmath>
#include <vector>

#include <infoflow/cam/cancellation.hpp>
#include <infoflow/cam/grad_cam_smoother.hpp>

#include "generators.hpp"
#include "law.hpp"

namespace infoflow::laws {

/// The average is the arithmetic mean of ReLU(map); its standard error is the textbook's; averages
/// of any two parts merge to the average of the whole.
template <class Average>
[[nodiscard]] Violation check_average(Draw& draw) {
  const Index positions = draw.index(1, 8);
  std::vector<HostVector> maps;
  for (Index n = draw.index(2, 12); n > 0; --n) maps.push_back(draw.heat(positions, -2, 2));
  const auto n = static_cast<double>(maps.size());
  Eigen::ArrayXd mean = Eigen::ArrayXd::Zero(positions);
  Eigen::ArrayXd variance = Eigen::ArrayXd::Zero(positions);
  for (const HostVector& map : maps) mean += map.cast<double>().array().max(0.0) / n;
  for (const HostVector& map : maps) {
    variance += (map.cast<double>().array().max(0.0) - mean).square() / (n - 1);
  }
  Average whole;
  Average first;
  Average second;
  const Index split = draw.index(0, static_cast<Index>(maps.size()));
  for (std::size_t i = 0; i < maps.size(); ++i) {
    whole.add(maps[i], GradientFlow::present);
    (static_cast<Index>(i) < split ? first : second).add(maps[i], GradientFlow::present);
  }
  first.merge(second);
  const HostVector expected = mean.cast<float>().matrix();
  const HostVector error = (variance / n).sqrt().template cast<float>().matrix();
  return first_of(
      within(relative_error(whole.mean(), expected), 1e-5, "mean"),
      within(relative_error(whole.standard_error(), error), 1e-4, "standard error"),
      within(relative_error(first.mean(), expected), 1e-5, "merged mean"),
      within(relative_error(first.standard_error(), error), 1e-4, "merged standard error"),
      first.count() == whole.count() ? "" : "merging loses copies");
}

/// Heat ≥ 0 is scaled to [0, 1] in proportion, and an empty map stays zero.
template <class Normalise>
[[nodiscard]] Violation check_normalise(Normalise normalise, const HostVector& heat) {
  const HostVector shown = normalise(heat);
  if (!shown.allFinite()) return "a value is not a number";
  if (shown.size() == 0) return "";
  if (shown.minCoeff() < 0 || shown.maxCoeff() > 1) return "values leave [0, 1]";
  const float most = heat.maxCoeff();
  if (most > 0 && shown.maxCoeff() != 1) return "the maximum is not 1";
  return (shown * most - heat).cwiseAbs().maxCoeff() <= 1e-5F * most ? "" : "proportions change";
}

/// Terms of independent signs do not cancel; terms whose last channel takes away the sum of the
/// others do; and neither depends on the unit in which they are measured.
template <class Cancels>
[[nodiscard]] Violation check_cancellation(Cancels cancels, Draw& draw) {
  HostMatrix terms = draw.matrix(draw.index(8, 20), draw.index(4, 60)).template cast<float>();
  HostMatrix cancelling = terms;
  cancelling.col(0) -= terms.rowwise().sum();
  for (const float unit : {1.0F, 1e-9F, 1e9F}) {
    const std::string in = " in units of " + std::to_string(unit);
    if (cancels(HostMatrix(unit * terms))) return "independent terms cancel" + in;
    if (!cancels(HostMatrix(unit * cancelling))) return "what cancels does not" + in;
  }
  return cancels(HostMatrix(HostMatrix::Zero(3, 2))) ? "nothing cancels" : "";
}

/// What a map shows whatever weights and picture are, in a decoder of blocks x + f(norm(x)) whose
/// image rows predict no answer token.
///
/// By causality: what image rows become after the last layer's attention is read by nobody. By
/// invariance: image rows that enter the last layer are read through its norm alone, so that G·A
/// sums to 0 over channels, which only HiResCAM sums position by position.
[[nodiscard]] inline GradientFlow flow_by_law(Site site, std::string_view weighting, int layers) {
  const int last = layers - 1;
  const bool after_attention =
      site.kind == SiteKind::post_attention_norm || site.kind == SiteKind::block_output;
  if (after_attention && site.layer == last) return GradientFlow::none;
  const bool enters_last = (site.kind == SiteKind::block_input && site.layer == last) ||
                           (site.kind == SiteKind::block_output && site.layer == last - 1) ||
                           (site.kind == SiteKind::projector && layers == 1);
  return enters_last && weighting == HiResCam{}.name() ? GradientFlow::cancelled
                                                       : GradientFlow::present;
}

/// Every site × weighting × layer of one clean pass has the status that `law(site, weighting)` says.
template <class Adapter, class Case, class Law>
[[nodiscard]] Violation check_heat_status(const Adapter& adapter, const Case& c,
                                          const std::vector<Site>& sites, Law law) {
  const GradCamSmoother smoother({}, MeanGradient{}, ReluMeanGradient{}, HiResCam{}, LayerCam{});
  for (const SiteHeat& site : smoother(adapter, c.prompt, c.answer, AnswerSum{}, sites)) {
    for (const auto& [weighting, heat] : site.maps) {
      const HeatStatus status = heat.status();
      const GradientFlow found = status == HeatStatus::structurally_zero ? GradientFlow::none
                                 : status == HeatStatus::cancelled       ? GradientFlow::cancelled
                                                                         : GradientFlow::present;
      const std::string what = to_string(site.site) + ", " + weighting;
      if (found != law(site.site, weighting)) {
        return what + ": " + std::string(to_string(status));
      }
      if (found != GradientFlow::present && heat.mean().cwiseAbs().sum() > 0) {
        return what + ": an empty map has values";
      }
    }
  }
  return "";
}

}  // namespace infoflow::laws
