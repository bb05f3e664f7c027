// SPDX-License-Identifier: MIT
#include <functional>

#include <catch_compat.hpp>

#include <infoflow/core/random.hpp>
#include <infoflow/statistics/normal.hpp>
#include <infoflow/statistics/paired_interval.hpp>

#include "../laws/law.hpp"

using namespace infoflow;

namespace {

using PairedInterval = std::function<Interval(double b, double c, double n, double z)>;

struct Flipped {
  double b, c, n;
};

/// Counts of flips in small and large samples, none and all of them flipped included.
Flipped generated(std::uint64_t i) {
  const RandomStream random(3, key_of("paired_interval"), static_cast<std::uint32_t>(i));
  const double n = 1 + std::floor(std::pow(10.0, 3.5 * random.uniform(0)));
  const double flips = std::floor(random.uniform(1) * random.uniform(1) * (n + 1));
  const double b = std::floor(random.uniform(2) * (flips + 1));
  return {b, flips - b, n};
}

/// Holds the estimate within [−1, 1], is mirrored by swapping, proves nothing by the absence of
/// flips, and widens with z.
laws::Violation check_paired_interval(const PairedInterval& interval) {
  for (std::uint64_t i = 0; i < 300; ++i) {
    const auto [b, c, n] = generated(i);
    const Interval found = interval(b, c, n, normal_975);
    const Interval mirrored = interval(c, b, n, normal_975);
    const double difference = (b - c) / n;
    if (!(-1 <= found.low && found.low <= difference && difference <= found.high &&
          found.high <= 1)) {
      return "does not hold the difference within [-1, 1]";
    }
    if (std::abs(found.low + mirrored.high) > 1e-9) return "swapping does not mirror";
    if (interval(b, c, n, 2.5).low >= found.low && found.low > -1) return "does not widen with z";
    const double z2 = normal_975 * normal_975;
    if (std::abs(interval(0, 0, n, normal_975).low + z2 / (n + z2)) > 1e-9) {
      return "no flip does not give z²/(n + z²)";
    }
  }
  return "";
}

/// The log likelihood of the counts if p₁ − p₂ = δ and q is the rate of "only the second right".
double likelihood(const Flipped& f, double delta, double q) {
  const auto term = [](double count, double p) {
    return count == 0 ? 0.0 : count * std::log(std::max(p, 1e-300));
  };
  return term(f.b, q + delta) + term(f.c, q) + term(f.n - f.b - f.c, 1 - 2 * q - delta);
}

/// The score statistic at δ, its nuisance rate found by ternary search on the likelihood.
double score_by_search(const Flipped& f, double delta) {
  double low = std::max(0.0, -delta);
  double high = (1 - delta) / 2;
  for (int step = 0; step < 200; ++step) {
    const double third = (high - low) / 3;
    if (likelihood(f, delta, low + third) < likelihood(f, delta, high - third)) {
      low += third;
    } else {
      high -= third;
    }
  }
  const double q = (low + high) / 2;
  return (f.b - f.c - f.n * delta) / std::sqrt(f.n * (2 * q + delta - delta * delta));
}

}  // namespace

TEST_CASE("the paired interval gives the examples published with it", "[statistics][paired]") {
  // Tango (1998), 6.2: sleeping difficulties, 32 pairs, 9 and 3 discordant.
  const Interval sleep = paired_interval(9, 3, 32);
  CHECK(sleep.low == Approx(-0.027).margin(5e-4));
  CHECK(sleep.high == Approx(0.390).margin(5e-4));
  // Tango (1998), 6.1: contact lenses, 44 pairs, 0 and 1 discordant, 90 %.
  CHECK(paired_interval(0, 1, 44, normal_quantile(0.95)).low == Approx(-0.096).margin(5e-4));
  // Fagerland, Lydersen & Laake, "Statistical analysis of contingency tables" (2017), chapter 8:
  // response to consolidation therapy, 161 pairs, 6 and 16 discordant.
  const Interval response = paired_interval(6, 16, 161);
  CHECK(response.low == Approx(-0.1240).margin(5e-5));
  CHECK(response.high == Approx(-0.0054).margin(5e-5));
}

TEST_CASE("no flip in 300 items leaves 1.26 points open, in 400 items 0.95",
          "[statistics][paired]") {
  // z² = 3.8416: 3.8416 / 303.8416 = .012643; 3.8416 / 403.8416 = .009513.
  CHECK(paired_interval(0, 0, 300, 1.96).high == Approx(0.012643).margin(1e-6));
  CHECK(paired_interval(0, 0, 300, 1.96).low == Approx(-0.012643).margin(1e-6));
  CHECK(paired_interval(0, 0, 400, 1.96).high == Approx(0.009513).margin(1e-6));
}

TEST_CASE("the paired interval keeps its laws, and they reject others",
          "[statistics][paired][laws]") {
  CHECK(check_paired_interval([](double b, double c, double n, double z) {
          return paired_interval(b, c, n, z);
        }).empty());
  // Wald's: the standard error of what was seen, so none if nothing flipped.
  CHECK_FALSE(check_paired_interval([](double b, double c, double n, double z) {
                const double d = (b - c) / n;
                const double half = z * std::sqrt(std::max(0.0, (b + c) / n - d * d) / n);
                return Interval{std::max(-1.0, d - half), std::min(1.0, d + half)};
              }).empty());
  // One that forgets which of the two was better.
  CHECK_FALSE(check_paired_interval([](double b, double c, double n, double z) {
                return paired_interval(std::max(b, c), std::min(b, c), n, z);
              }).empty());
  // One for 95 % whatever is asked.
  CHECK_FALSE(check_paired_interval([](double b, double c, double n, double) {
                return paired_interval(b, c, n);
              }).empty());
}

TEST_CASE("at its ends the score statistic is z, by a search of its own", "[statistics][paired]") {
  for (std::uint64_t i = 0; i < 200; ++i) {
    const Flipped f = generated(i);
    const Interval interval = paired_interval(f.b, f.c, f.n);
    // Near ±1 the statistic is 0/0, and the search, flat to 1e-8 in q, can't follow it.
    if (interval.low > -0.98) {
      CHECK(score_by_search(f, interval.low) == Approx(normal_975).epsilon(2e-4));
    }
    if (interval.high < 0.98) {
      CHECK(score_by_search(f, interval.high) == Approx(-normal_975).epsilon(2e-4));
    }
  }
}

TEST_CASE("items that all flip, one item, and none give an interval", "[statistics][paired]") {
  CHECK(paired_interval(0, 0, 0) == Interval{-1, 1});
  CHECK(paired_interval(10, 0, 10).high == 1);
  CHECK(paired_interval(10, 0, 10).low == Approx(0.44493).margin(1e-5));
  CHECK(paired_interval(0, 10, 10).low == -1);
  CHECK(paired_interval(0, 0, 1).high == Approx(3.841459 / 4.841459));
}

TEST_CASE("counts that are not counts are an error", "[statistics][paired]") {
  CHECK_THROWS_AS(paired_interval(3, 2, 4), Error);
  CHECK_THROWS_AS(paired_interval(-1, 2, 4), Error);
  CHECK_THROWS_AS(paired_interval(NAN, 0, 4), Error);
}

TEST_CASE("normal quantiles are those of the tables, and the tail undoes them",
          "[statistics][normal]") {
  CHECK(normal_quantile(0.975) == Approx(normal_975).epsilon(1e-14));
  CHECK(normal_quantile(0.8) == Approx(0.8416212335729143).epsilon(1e-14));
  CHECK(normal_quantile(0.5) == Approx(0).margin(1e-15));
  for (const double p : {1e-12, 1e-3, 0.2, 0.6, 0.999}) {
    CHECK(normal_cdf(normal_quantile(p)) == Approx(p).epsilon(1e-10));
  }
  CHECK_THROWS_AS(normal_quantile(0), Error);
  CHECK_THROWS_AS(normal_quantile(1), Error);
}
