// SPDX-License-Identifier: MIT
#include <cmath>
#include <numeric>

#include <catch_compat.hpp>

#include <infoflow/statistics/rank_correlation.hpp>

#include "items_and_widths.hpp"

using namespace infoflow;
using namespace statistics_test;

namespace {

std::vector<Index> each_its_own(std::size_t n) {
  std::vector<Index> cluster(n);
  std::iota(cluster.begin(), cluster.end(), Index{0});
  return cluster;
}

RankCorrelation correlate(const std::vector<double>& x, const std::vector<double>& y) {
  return rank_correlation(x, y, each_its_own(x.size()), static_cast<Index>(x.size()));
}

/// `copies` of every item of a noisy relation, all in its picture.
RankCorrelation copied(int pictures, int copies, bool grouped) {
  const RandomStream random(5, key_of("copied"), 0);
  std::vector<double> x, y;
  std::vector<Index> cluster;
  for (int p = 0; p < pictures; ++p) {
    const auto at = static_cast<std::uint64_t>(2 * p);
    for (int copy = 0; copy < copies; ++copy) {
      x.push_back(random.normal(at));
      y.push_back(random.normal(at) + 2 * random.normal(at + 1));
      cluster.push_back(grouped ? p : p * copies + copy);
    }
  }
  return rank_correlation(x, y, cluster, grouped ? pictures : pictures * copies);
}

}  // namespace

TEST_CASE("Spearman's rho by hand, without and with ties", "[statistics][rank]") {
  // Ranks of y: 1 6 8 7 10 9 3 5 2 4; Σd² = 194: ρ = 1 − 6 · 194 / (10 · 99) = −.17576.
  const std::vector<double> x{86, 97, 99, 100, 101, 103, 106, 110, 112, 113};
  const std::vector<double> y{2, 20, 28, 27, 50, 29, 7, 17, 6, 12};
  CHECK(*correlate(x, y).rho == Approx(-29.0 / 165));
  // Ranks 1.5 1.5 3 and 1 2 3 about their mean 2: −.5 −.5 1 and −1 0 1;
  // Σxy = 1.5, Σx² = 1.5, Σy² = 2: ρ = 1.5 / √3 = .8660.
  CHECK(*correlate({4, 4, 9}, {1, 2, 3}).rho == Approx(std::sqrt(3.0) / 2));
}

TEST_CASE("rho keeps under increasing maps, under a swap, and turns under a reversal",
          "[statistics][rank]") {
  const RandomStream random(1, 2, 3);
  std::vector<double> x, y, mapped, reversed;
  for (std::uint64_t i = 0; i < 70; ++i) {
    x.push_back(std::floor(8 * random.uniform(2 * i)));  // Ties, as cliffs have.
    y.push_back(x.back() + 6 * random.uniform(2 * i + 1));
    mapped.push_back(std::exp(x.back()));
    reversed.push_back(-x.back());
  }
  const RankCorrelation straight = correlate(x, y);
  CHECK(*correlate(mapped, y).rho == Approx(*straight.rho));
  CHECK(*correlate(y, x).rho == Approx(*straight.rho));
  CHECK(*correlate(reversed, y).rho == Approx(-*straight.rho));
  CHECK(straight.interval.low < *straight.rho);
  CHECK(*straight.rho < straight.interval.high);
  CHECK(correlate(x, y).interval == straight.interval);
}

TEST_CASE("copies of an item in its picture prove nothing; taken for independent they would",
          "[statistics][rank]") {
  const RankCorrelation once = copied(60, 1, true);
  const RankCorrelation grouped = copied(60, 5, true);
  const RankCorrelation apart = copied(60, 5, false);
  CHECK(*once.rho == Approx(*grouped.rho).margin(0.01));  // Ranks of ties round differently.
  CHECK(width(grouped.interval) == Approx(width(once.interval)).epsilon(0.1));
  CHECK(width(apart.interval) < 0.6 * width(grouped.interval));
}

TEST_CASE("the interval holds the true rho about as often as it says", "[statistics][rank]") {
  // Independent x and y: ρ = 0. 200 samples, 95 %: 10 misses expected, 20 are 3.2 standard errors.
  int misses = 0;
  for (std::uint32_t sample = 0; sample < 200; ++sample) {
    const RandomStream random(9, key_of("coverage"), sample);
    std::vector<double> x, y;
    for (std::uint64_t i = 0; i < 60; ++i) {
      x.push_back(random.normal(2 * i));
      y.push_back(random.normal(2 * i + 1));
    }
    const Interval found = rank_correlation(x, y, each_its_own(60), 60, {200, sample}).interval;
    misses += found.low > 0 || found.high < 0 ? 1 : 0;
  }
  CHECK(misses <= 20);
}

TEST_CASE("nothing to rank gives no rho and an interval that says nothing", "[statistics][rank]") {
  const Interval nothing{-1, 1};
  CHECK_FALSE(correlate({}, {}).rho);
  CHECK_FALSE(correlate({1}, {2}).rho);
  CHECK_FALSE(correlate({3, 3, 3}, {1, 2, 3}).rho);
  CHECK(correlate({3, 3, 3}, {1, 2, 3}).interval == nothing);
  CHECK(*correlate({1, 2}, {3, 4}).rho == Approx(1));
  CHECK(correlate({1, 2}, {3, 4}).interval == nothing);
  const std::vector<double> x{1, 2, 3, 4, 5};
  const std::vector<Index> one(5, 0);
  CHECK(rank_correlation(x, x, one, 1).interval == nothing);  // One picture.
  CHECK(correlate(x, x).interval == nothing);                 // Five pictures.
  // Sixty items in perfect order still leave room below 1.
  std::vector<double> ordered(60);
  std::iota(ordered.begin(), ordered.end(), 0.0);
  CHECK(correlate(ordered, ordered).interval.high == 1);
  CHECK(correlate(ordered, ordered).interval.low < 0.99);
  CHECK(correlate(ordered, ordered).interval.low > 0.9);
  CHECK_THROWS_AS(rank_correlation(x, {}, one, 1), Error);
}
