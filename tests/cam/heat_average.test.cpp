// SPDX-License-Identifier: MIT
#include <catch_compat.hpp>

#include "../laws/broken_cam.hpp"
#include "../laws/cam.laws.hpp"

using namespace infoflow;

namespace {
template <class Average>
laws::Violation first_violation() {
  for (std::uint64_t number = 0; number < 100; ++number) {
    laws::Draw draw(number);
    if (const auto v = laws::check_average<Average>(draw); !v.empty()) return v;
  }
  return "";
}

HostVector values(float a, float b) {
  return (HostVector(2) << a, b).finished();
}

/// `normalise` as a callable.
constexpr auto scaled = [](const HostVector& heat) { return normalise(heat); };
}  // namespace

TEST_CASE("a running average is the mean of ReLU, and merges", "[cam][average][law]") {
  CHECK(first_violation<HeatAverage>() == "");
}

TEST_CASE("the law of averages rejects broken ones", "[cam][average][broken]") {
  using Catch::Matchers::StartsWith;
  CHECK_THAT(first_violation<laws::ReluAtTheEnd>(), StartsWith("mean"));
  CHECK_THAT(first_violation<laws::TooSure>(), StartsWith("standard error"));
  CHECK_THAT(first_violation<laws::MergesEvenly>(), StartsWith("merged"));
}

TEST_CASE("two copies by hand", "[cam][average]") {
  HeatAverage average;
  average.add(values(1, -5), GradientFlow::present);
  average.add(values(3, 2), GradientFlow::present);

  CHECK(average.mean() == values(2, 1));  // (1 + 3)/2 and (0 + 2)/2
  // Both columns: deviations ±1, variance 2/(2−1) = 2, error √(2/2) = 1.
  CHECK(average.standard_error() == values(1, 1));
  CHECK(average.relative_error() == 0.5F);
}

TEST_CASE("three empty maps are told apart", "[cam][average]") {
  HeatAverage clipped;
  clipped.add(values(-1, -2), GradientFlow::present);
  HeatAverage no_path;
  no_path.add(values(0, 0), GradientFlow::none);
  HeatAverage flowing;
  flowing.add(values(-1, 0.5F), GradientFlow::present);

  HeatAverage cancelled;
  cancelled.add(values(3e-8F, -2e-8F), GradientFlow::cancelled);

  CHECK(clipped.status() == HeatStatus::clipped);
  CHECK(cancelled.status() == HeatStatus::cancelled);
  CHECK(cancelled.mean() == values(0, 0));  // Rounding is not heat.
  CHECK(no_path.status() == HeatStatus::structurally_zero);
  CHECK(flowing.status() == HeatStatus::flowing);
  no_path.merge(cancelled);
  CHECK(no_path.status() == HeatStatus::cancelled);
  no_path.merge(flowing);
  CHECK(no_path.status() == HeatStatus::flowing);
  CHECK(clipped.relative_error() == 0);
}

TEST_CASE("one copy, and none, have no error to show", "[cam][average]") {
  HeatAverage average;
  CHECK(average.mean().size() == 0);
  CHECK(average.relative_error() == 0);
  CHECK(average.status() == HeatStatus::structurally_zero);
  average.add(values(1, 2), GradientFlow::present);
  CHECK(average.standard_error() == values(0, 0));
}

TEST_CASE("a prompt without image rows has an average without positions", "[cam][average]") {
  HeatAverage average;
  average.add(HostVector(0), GradientFlow::none);
  CHECK(average.status() == HeatStatus::structurally_zero);
  average.add(HostVector(0), GradientFlow::present);
  CHECK_NOTHROW(average.status());
  CHECK(average.relative_error() == 0);
}

TEST_CASE("maps of another length, and values that are no numbers, are errors", "[cam][average]") {
  HeatAverage average;
  average.add(values(1, 2), GradientFlow::present);
  CHECK_THROWS_AS(average.add(HostVector::Ones(3), GradientFlow::present), Error);
  CHECK_THROWS_AS(average.add(values(NAN, 0), GradientFlow::present), Error);
  CHECK_THROWS_AS(average.add(values(INFINITY, 0), GradientFlow::present), Error);
  HeatAverage longer;
  longer.add(HostVector::Ones(3), GradientFlow::present);
  CHECK_THROWS_AS(average.merge(longer), Error);
  CHECK(average.count() == 1);
}

TEST_CASE("normalised heat lies in [0, 1] in proportion", "[cam][normalise][law]") {
  for (std::uint64_t number = 0; number < 100; ++number) {
    laws::Draw draw(number);
    CHECK(laws::check_normalise(scaled, draw.heat(draw.index(1, 9), 0, draw.real(0, 50))) == "");
  }
  CHECK(laws::check_normalise(scaled, HostVector::Zero(4)) == "");
  CHECK(laws::check_normalise(scaled, HostVector(0)) == "");
}

TEST_CASE("the law of normalisation rejects division by zero and stretching",
          "[cam][normalise][broken]") {
  CHECK(laws::check_normalise(laws::DividesByZero{}, HostVector::Zero(4)) ==
        "a value is not a number");
  CHECK(laws::check_normalise(laws::Stretches{}, values(1, 2)) == "proportions change");
}

TEST_CASE("one scale for all layers, and how concentrated a map is", "[cam][normalise]") {
  const std::vector<HostVector> maps{values(1, 2), values(0, 4), HostVector(0)};
  CHECK(common_maximum(maps) == 4);
  CHECK(normalise(maps[0], common_maximum(maps)) == values(0.25F, 0.5F));

  CHECK(concentration(values(3, 3)) == Approx(0).margin(1e-6));
  CHECK(concentration(values(0, 3)) == Approx(1));
  CHECK(concentration(values(0, 0)) == 0);
  // p = (1/4, 3/4): 1 − (0.25 ln 4 + 0.75 ln 4/3) / ln 2.
  const double entropy = 0.25 * std::log(4.0) + 0.75 * std::log(4.0 / 3);
  CHECK(concentration(values(1, 3)) == Approx(1 - entropy / std::log(2.0)));
}
