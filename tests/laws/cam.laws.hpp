// SPDX-License-Identifier: MIT
/// \file Laws of heat: averages over copies, and normalisation.
#pragma once

#include <cmath>
#include <vector>

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
    whole.add(maps[i], true);
    (static_cast<Index>(i) < split ? first : second).add(maps[i], true);
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

}  // namespace infoflow::laws
