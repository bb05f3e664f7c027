// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <catch_compat.hpp>

#include <infoflow/core/random.hpp>
#include <infoflow/statistics/sequence_power.hpp>

using namespace infoflow;

namespace {

constexpr int draws = 20000;
const NonInferiority one_point{.margin = 0.01};

/// A test of 1,000 items on as many pictures of which 2 % flip, with draws of its own.
SequenceTest test_of(std::uint64_t number) {
  const RandomStream stream(7, number, 0);
  std::vector<double> gains;
  for (int i = 0; i < draws; ++i) gains.push_back(stream.normal(static_cast<std::uint64_t>(i)));
  return {{.n = 1000, .rate = 0.02, .clusters = 1000}, standings(gains)};
}

double alone(const SequenceTest& test) {
  return power_to_pass(test.flips, one_point);
}

}  // namespace

TEST_CASE("a draw stands where its gain does, and one without a value is the worst",
          "[statistics][power]") {
  const double none = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> gains{3, none, 1, 2};
  // In order: none, 1, 2, 3 at 1/8, 3/8, 5/8, 7/8.
  CHECK(standings(gains) == std::vector<double>{0.875, 0.125, 0.375, 0.625});
  CHECK(standings({}).empty());
}

TEST_CASE("the power of a sequence is one test's, its product, or what lies between",
          "[statistics][power][law]") {
  const SequenceTest first = test_of(1);
  const SequenceTest second = test_of(2);
  const double power = alone(first);
  REQUIRE(power > 0.3);
  REQUIRE(power < 0.9);
  const auto of = [](std::vector<SequenceTest> tests) { return sequence_power(tests, one_point); };

  CHECK(of({first}) == Approx(power).margin(1.0 / draws));
  CHECK(of({first, first}) == Approx(power).margin(1.0 / draws));  // They fail together.
  // Apart: the product, within five standard errors of so many draws.
  CHECK(of({first, second}) == Approx(power * power).margin(5 * 0.5 / std::sqrt(draws)));
  SequenceTest opposite = first;
  for (double& standing : opposite.standing) standing = 1 - standing;
  CHECK(of({first, opposite}) == Approx(std::max(0.0, 2 * power - 1)).margin(2.0 / draws));
  CHECK(of({}) == 0);
}

TEST_CASE("more items give a sequence its power", "[statistics][power]") {
  const std::vector<SequenceTest> tests{test_of(1), test_of(2), test_of(3)};
  const double needed = items_for_sequence(0.8, tests, one_point);
  CHECK(needed > 1000);
  CHECK(sequence_power(tests, one_point, needed / 1000) >= 0.8 - 1e-3);
  CHECK(sequence_power(tests, one_point, 0.98 * needed / 1000) < 0.8);
}
