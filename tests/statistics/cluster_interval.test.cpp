// SPDX-License-Identifier: MIT
#include <array>
#include <cstdint>
#include <vector>

#include <catch_compat.hpp>

#include <infoflow/statistics/cluster_interval.hpp>

using namespace infoflow;

namespace {

/// Pictures whose own rates are uniform on (0, 1), so that the rate over all pictures is a half.
std::vector<ClusterCount> pictures_of_unequal_ease(std::uint64_t seed, int pictures,
                                                   Index questions) {
  const RandomStream stream(seed, key_of("pictures_of_unequal_ease"), 0);
  std::vector<ClusterCount> clusters;
  std::uint64_t at = 0;
  for (int p = 0; p < pictures; ++p) {
    const double ease = stream.uniform(at++);
    ClusterCount cluster{0, questions};
    for (Index q = 0; q < questions; ++q) cluster.hits += stream.uniform(at++) < ease ? 1 : 0;
    clusters.push_back(cluster);
  }
  return clusters;
}

/// How often the interval of such pictures does not hold one half.
template <class IntervalOf>
double misses(int pictures, IntervalOf interval_of) {
  constexpr int repetitions = 1000;
  int missed = 0;
  for (int r = 0; r < repetitions; ++r) {
    const auto seed = static_cast<std::uint64_t>(r);
    const Interval interval = interval_of(pictures_of_unequal_ease(seed, pictures, 20), seed);
    missed += interval.low <= 0.5 && 0.5 <= interval.high ? 0 : 1;
  }
  return static_cast<double>(missed) / repetitions;
}

}  // namespace

TEST_CASE("clusters that agree within themselves widen the interval", "[statistics][interval]") {
  // 40 pictures with 6 questions each, all or none of which are hit: 40 effective items, not 240.
  std::vector<ClusterCount> together;
  std::vector<ClusterCount> mixed;
  for (int i = 0; i < 40; ++i) {
    together.push_back({i % 2 == 0 ? 6 : 0, 6});
    mixed.push_back({3, 6});
  }
  const Interval wide = cluster_interval(together);
  const Interval narrow = cluster_interval(mixed);
  CHECK(wide.high - wide.low > 2 * (narrow.high - narrow.low));
  // Pictures that are all alike have no spread at all: the score interval is the floor.
  CHECK(narrow == score_interval(120, 240));
  // About what 40 independent items give.
  const Interval forty = score_interval(20, 40);
  CHECK(wide.high - wide.low == Approx(forty.high - forty.low).epsilon(0.2));
}

TEST_CASE("the same seed gives the same interval", "[statistics][interval]") {
  const std::vector<ClusterCount> clusters{{1, 3}, {0, 2}, {4, 4}, {2, 5}, {1, 6}, {3, 4}};
  CHECK(cluster_interval(clusters, 7) == cluster_interval(clusters, 7));
  CHECK(cluster_interval({}, 7) == Interval{0, 1});
}

TEST_CASE("few pictures with many questions are missed no more often than said",
          "[statistics][interval][law]") {
  // Nominal 5 %; 1,000 repetitions have a standard error of 0.7 %.
  for (const int pictures : {4, 5, 10, 40}) {
    CAPTURE(pictures);
    CHECK(misses(pictures, [](const auto& clusters, std::uint64_t seed) {
            return cluster_interval(clusters, seed, 400);
          }) <= 0.065);
  }
}

TEST_CASE("items taken as independent are missed far more often", "[statistics][interval][law]") {
  // What the law above rejects: 200 items on 10 pictures are not 200 independent ones.
  CHECK(misses(10, [](const auto& clusters, std::uint64_t) {
          Index hits = 0;
          Index n = 0;
          for (const ClusterCount& c : clusters) {
            hits += c.hits;
            n += c.n;
          }
          return score_interval(hits, n);
        }) > 0.3);
}

TEST_CASE("fewer than four pictures say nothing of others", "[statistics][interval]") {
  CHECK(cluster_interval(std::vector<ClusterCount>{{20, 40}}) == Interval{0, 1});
  CHECK(cluster_interval(std::vector<ClusterCount>{{20, 40}, {10, 40}, {30, 40}}) ==
        Interval{0, 1});
  // One that holds nearly all items leaves fewer than four in effect.
  CHECK(cluster_interval(std::vector<ClusterCount>{{90, 100}, {1, 2}, {1, 2}}) == Interval{0, 1});
}
