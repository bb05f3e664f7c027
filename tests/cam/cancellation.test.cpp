// SPDX-License-Identifier: MIT
#include <utility>
#include <vector>

#include <catch_compat.hpp>

#include <infoflow/cam/cancellation.hpp>

#include "../laws/broken_cam.hpp"
#include "../laws/cam.laws.hpp"
#include "../laws/gradient.laws.hpp"
#include "../laws/toy_cases.hpp"

using namespace infoflow;

namespace {

bool cancels(const HostMatrix& terms) {
  return sums_cancel(terms, terms.rowwise().sum(), unit_roundoff(terms));
}

template <class Cancels>
laws::Violation first_violation(Cancels call) {
  for (std::uint64_t number = 0; number < 200; ++number) {
    laws::Draw draw(number);
    const laws::Violation violation = laws::check_cancellation(call, draw);
    if (!violation.empty()) return violation;
  }
  return "";
}

}  // namespace

TEST_CASE("sums cancel beside their terms, whatever the unit", "[cam][cancellation][law]") {
  CHECK(first_violation(cancels) == "");
}

TEST_CASE("the law of cancellation rejects a fixed bound and exact zeros",
          "[cam][cancellation][broken]") {
  using Catch::Matchers::StartsWith;
  CHECK_THAT(first_violation(laws::ComparesWithANumber{}), StartsWith("independent terms cancel"));
  CHECK_THAT(first_violation(laws::WaitsForZero{}), StartsWith("what cancels does not"));
}

TEST_CASE("a thousandth is the border, four roundings in half precision", "[cam][cancellation]") {
  // Terms 1 and −1 + e: their sum is e, the root of their squares' sum is √2.
  const auto sum_is = [](float e, double roundoff) {
    const HostMatrix terms = (HostMatrix(1, 2) << 1, -1 + e).finished();
    return sums_cancel(terms, terms.rowwise().sum(), roundoff);
  };
  CHECK(sum_is(0.0014F, 0x1p-24));
  CHECK_FALSE(sum_is(0.0015F, 0x1p-24));
  // With e = 0.022 the root is √(1 + 0.978²) = 1.399, and 4/256 of it 0.02186.
  CHECK(sum_is(0.0218F, 0x1p-8));
  CHECK_FALSE(sum_is(0.022F, 0x1p-8));
  CHECK(unit_roundoff(HostMatrix(1, 1)) == 0x1p-24);
  CHECK(unit_roundoff(RowMatrix<double>(1, 1)) == 0x1p-53);
}

TEST_CASE("which site, weighting and layer is empty by causality or by invariance",
          "[cam][cancellation][law]") {
  for (const int layers : {1, 2, 3, 5}) {
    const toy::Decoder<double> adapter(laws::toy_weights(layers));
    for (const auto& c : laws::adapter_cases(adapter)) {
      CAPTURE(layers, c.name);
      CHECK(laws::check_heat_status(adapter, c, laws::every_site(layers),
                                    [&](Site site, std::string_view weighting) {
                                      return laws::flow_by_law(site, weighting, layers);
                                    }) == "");
    }
  }
}

TEST_CASE("the law of empty maps rejects one that knows causality only",
          "[cam][cancellation][broken]") {
  const toy::Decoder<double> adapter(laws::toy_weights(3));
  const auto c = laws::adapter_cases(adapter).front();
  const auto causal = [](Site site, std::string_view weighting) {
    return laws::flow_by_law(site, weighting, 3) == GradientFlow::none ? GradientFlow::none
                                                                       : GradientFlow::present;
  };
  CHECK(laws::check_heat_status(adapter, c, {{2, SiteKind::block_input}}, causal) ==
        "layers.2.block_input, hires: cancels out");
}

TEST_CASE("a norm hides scale below the last layer, too, where layers write nothing",
          "[cam][cancellation]") {
  // Of four layers only layer 2 writes: below it rows pass unchanged, above it nobody reads them.
  toy::Weights<double> weights = laws::toy_weights(4);
  for (const std::size_t layer : {0, 1, 3}) {
    weights.layers[layer].o.setZero();
    weights.layers[layer].down.setZero();
  }
  const toy::Decoder<double> adapter(std::move(weights));
  const auto c = laws::adapter_cases(adapter).front();
  std::vector<HeatStatus> found;
  for (const SiteHeat& heat :
       GradCamSmoother({}, HiResCam{})(adapter, c.prompt, c.answer, AnswerSum{},
                                       sites_at_all_layers(SiteKind::block_input, 4))) {
    found.push_back(heat["hires"].status());
  }
  CHECK(found == std::vector<HeatStatus>{HeatStatus::cancelled, HeatStatus::cancelled,
                                         HeatStatus::cancelled, HeatStatus::structurally_zero});
}
