// SPDX-License-Identifier: MIT
// Pictures as units: Student's quantiles, effective numbers, the tilted limit and means.
#include <algorithm>
#include <cmath>

#include <catch_compat.hpp>

#include <infoflow/core/random.hpp>
#include <infoflow/statistics/cluster_mean.hpp>

using namespace infoflow;

namespace {

using Limit = double (*)(std::span<const ClusterSum>, double);

/// Wald's: the standard error of the sample.
double wald_limit(std::span<const ClusterSum> sums, double quantile) {
  double n = 0, total = 0, square = 0;
  for (const ClusterSum& sum : sums) n += sum.items, total += sum.effect;
  for (const ClusterSum& sum : sums) {
    const double residual = sum.effect - total / n * sum.items;
    square += residual * residual;
  }
  return total / n - quantile * std::sqrt(square) / n;
}

/// How often the limit lies above the true mean, −0.05, when one picture in 25 loses all of its 1 to
/// 5 items and gains elsewhere are none, and half of the pictures gain a tenth.
double misses(Limit limit, int pictures, int trials) {
  int above = 0;
  for (int trial = 0; trial < trials; ++trial) {
    const RandomStream random(3, key_of("tilt"), static_cast<std::uint32_t>(trial));
    std::vector<ClusterSum> sums;
    for (int p = 0; p < pictures; ++p) {
      const double items = 1 + std::floor(5 * random.uniform(static_cast<std::uint64_t>(2 * p)));
      sums.push_back(
          {random.uniform(static_cast<std::uint64_t>(2 * p + 1)) < 0.05 ? -items : 0, items});
    }
    above += limit(sums, 1.96) > -0.05 ? 1 : 0;
  }
  return above / static_cast<double>(trials);
}

}  // namespace

TEST_CASE("Student's quantiles are those that scipy gives", "[statistics][student]") {
  // scipy 1.17.1: scipy.stats.t.ppf(p, df). Simpson's rule on 128 pieces is good for 1e-7.
  CHECK(student_quantile(0.975, 1) == Approx(12.706204736174694).epsilon(1e-7));
  CHECK(student_quantile(0.975, 2.5) == Approx(3.5746548420036817).epsilon(1e-7));
  CHECK(student_quantile(0.975, 30) == Approx(2.0422724563012378).epsilon(1e-7));
  CHECK(student_quantile(0.9995, 400) == Approx(3.315015223397567).epsilon(1e-7));
  CHECK(student_quantile(0.025, 5e5) == Approx(-1.9599687290938048).epsilon(1e-7));
  for (const double freedom : {1.0, 3.0, 17.5, 300.0}) {
    CHECK(student_quantile(0.5, freedom) == Approx(0).margin(1e-12));
    for (const double p : {0.001, 0.2, 0.9, 0.999}) {
      CHECK(student_cdf(student_quantile(p, freedom), freedom) == Approx(p).epsilon(1e-6));
      CHECK(student_quantile(p, freedom) == Approx(-student_quantile(1 - p, freedom)));
    }
    CHECK(student_quantile(0.975, freedom) > normal_quantile(0.975));
  }
  CHECK_THROWS_AS(student_quantile(0.9, 0.5), Error);
  CHECK_THROWS_AS(student_quantile(1, 3), Error);
}

TEST_CASE("clusters weigh as much as n² / Σm² of equal size", "[statistics][clusters]") {
  const auto of = [](std::vector<double> items) {
    std::vector<ClusterSum> sums;
    for (const double m : items) sums.push_back({0, m});
    return effective_clusters(sums);
  };
  CHECK(of({6, 6, 6}) == Approx(3));
  CHECK(of({4, 1, 1}) == Approx(36.0 / 18));
  CHECK(of({5}) == Approx(1));
  CHECK(of({}) == 0);
}

TEST_CASE("the tilted limit by hand: one cluster in four lost", "[statistics][clusters]") {
  // Tilted to a loss of d, the variance of a cluster is d(1 − d); 1/4 is z standard errors above:
  // (d − 1/4)² · 4 = z² d(1 − d). For z = 1: 5d² − 3d + 1/4 = 0, d = (3 + 2) / 10 = 1/2.
  const std::vector<ClusterSum> sums{{-1, 1}, {0, 1}, {0, 1}, {0, 1}};
  CHECK(tilted_limit(sums, 1) == Approx(-0.5).epsilon(1e-6));
}

TEST_CASE("the tilted limit keeps its laws", "[statistics][clusters]") {
  for (std::uint32_t seed = 0; seed < 40; ++seed) {
    const RandomStream random(5, key_of("clusters"), seed);
    std::vector<ClusterSum> sums, copied;
    double n = 0, total = 0, least = 1, one_less = 0;
    for (std::uint64_t k = 0; k < 50; ++k) {
      const double items = 1 + std::floor(6 * random.uniform(2 * k));
      const double effect = items * (std::floor(3 * random.uniform(2 * k + 1)) - 1);
      sums.push_back({effect, items});
      copied.push_back({4 * effect, 4 * items});
      n += items, total += effect, least = std::min(least, effect / items), one_less += 1;
    }
    const double limit = tilted_limit(sums, 1.96);
    CHECK(limit <= total / n);
    CHECK(limit >= least - 1e-9);
    CHECK(tilted_limit(sums, 3) < limit);
    CHECK(tilted_limit(copied, 1.96) == Approx(limit));
  }
  const std::vector<ClusterSum> alike(20, {0.5, 2});
  CHECK(tilted_limit(alike, 1.96) == Approx(0.25));
  CHECK(tilted_limit({}, 1.96) == 0);
}

TEST_CASE("it misses a rare loss no more often than it says; the sample's standard error does",
          "[statistics][clusters][simulation]") {
  // Nominal 2.5 %; √(.025 · .975 / 2000) = .0035.
  CHECK(misses(tilted_limit, 200, 2000) <= 0.025 + 3 * 0.0035);
  CHECK(misses(wald_limit, 200, 2000) > 0.025 + 3 * 0.0035);
}

TEST_CASE("a mean over few pictures has a value and no interval", "[statistics][clusters]") {
  const std::vector<double> values(300, 0.4);
  std::vector<Index> cluster(300, 0);
  CHECK(cluster_mean(values, cluster, 1).value == Approx(0.4));
  CHECK_FALSE(cluster_mean(values, cluster, 1).interval(0.025));
  CHECK_FALSE(cluster_mean({}, {}, 0).value);
  for (std::size_t i = 0; i < 300; ++i) cluster[i] = static_cast<Index>(i / 5);
  REQUIRE(cluster_mean(values, cluster, 60).interval(0.025));
  CHECK(cluster_mean(values, cluster, 60).interval(0.025)->low == Approx(0.4));
  std::vector<double> mixed = values;
  for (std::size_t i = 0; i < 150; ++i) mixed[i] = 0.6;
  // 60 pictures, half 0.4, half 0.6: standard error 0.1 / √60 = .01291, t(59) = 2.0010.
  const Interval interval = *cluster_mean(mixed, cluster, 60).interval(0.025);
  CHECK(interval.low == Approx(0.5 - 2.001 * 0.01291).margin(0.001));
  CHECK(interval.high == Approx(0.5 + 2.001 * 0.01291).margin(0.001));
}
