// SPDX-License-Identifier: MIT
/// \file Laws of backward.
#pragma once

#include <algorithm>
#include <vector>

#include <infoflow/adapter/model_adapter.hpp>

#include "generators.hpp"
#include "law.hpp"

namespace infoflow::laws {

/// Features and gradient at each site, in the order in which they were shown.
struct SeenGradient {
  Site site;
  std::vector<Index> positions;
  RowMatrix<double> features;
  RowMatrix<double> gradient;
};

[[nodiscard]] inline std::vector<Site> every_site(int layers) {
  std::vector<Site> sites;
  for (std::size_t kind = 0; kind < site_kind_names.size(); ++kind) {
    for (const Site site : sites_at_all_layers(static_cast<SiteKind>(kind), layers)) {
      sites.push_back(site);
    }
  }
  return sites;
}

template <class Adapter, class Case, class Goal>
[[nodiscard]] std::vector<SeenGradient> gradients(const Adapter& adapter, const Case& c,
                                                  const Goal& target, std::vector<Site> sites) {
  std::vector<SeenGradient> seen;
  adapter.backward(c.prompt, c.tokens, c.answer, target,
                   observe(on_gradient(std::move(sites), [&](const auto& event) {
                     seen.push_back({event.site,
                                     {event.positions.begin(), event.positions.end()},
                                     event.features,
                                     event.gradient});
                   })));
  return seen;
}

/// The gradient at every site agrees with central differences of z along random directions, each of
/// which touches every row and channel. `z(site, added)` is z after adding to the activation there.
template <class Z>
[[nodiscard]] Violation check_gradient(const SeenGradient& seen, Z z, double tolerance) {
  if (seen.features.rows() != seen.gradient.rows() ||
      seen.features.cols() != seen.gradient.cols() ||
      seen.features.rows() != static_cast<Index>(seen.positions.size())) {
    return to_string(seen.site) + ": features, gradient and positions have different shapes";
  }
  constexpr double step = 1e-4;
  for (std::uint64_t number = 0; number < 4; ++number) {
    Draw draw(number);
    const RowMatrix<double> direction = draw.matrix(seen.gradient.rows(), seen.gradient.cols());
    // Fourth order: the error is step⁴ times a fifth derivative.
    const auto along = [&](double far) { return z(seen.site, far * step * direction); };
    const double slope = (8 * (along(1) - along(-1)) - (along(2) - along(-2))) / (12 * step);
    const double expected = seen.gradient.cwiseProduct(direction).sum();
    if (std::abs(slope - expected) > tolerance * seen.gradient.norm() * direction.norm()) {
      return to_string(seen.site) + ": the gradient is not the slope";
    }
  }
  return "";
}

/// Gradient events descend by layer, vision sites last, each site at most once and only if asked
/// for.
[[nodiscard]] inline Violation check_gradient_order(const std::vector<SeenGradient>& seen,
                                                    const std::vector<Site>& wanted) {
  const auto depth = [](Site s) { return is_vision(s.kind) ? -1 : s.layer; };
  for (std::size_t i = 0; i < seen.size(); ++i) {
    if (std::find(wanted.begin(), wanted.end(), seen[i].site) == wanted.end()) {
      return "a site is shown that nobody wants";
    }
    if (i > 0 && depth(seen[i].site) > depth(seen[i - 1].site)) return "gradients do not descend";
    for (std::size_t j = 0; j < i; ++j) {
      if (seen[j].site == seen[i].site) return "a site is shown twice";
    }
  }
  return seen.size() == wanted.size() ? "" : "a wanted site is not shown";
}

}  // namespace infoflow::laws
