// SPDX-License-Identifier: MIT
#include <catch_compat.hpp>

#include <infoflow/metrics/interval.hpp>

using namespace infoflow;

TEST_CASE("the score interval of 8 in 10 is Wilson's", "[metrics][interval]") {
  // z² = 3.8415: centre = (.8 + .19207) / 1.38415 = .71674;
  // half = 1.95996 / 1.38415 · √(.016 + .0096037) = 1.41601 · .160012 = .22658.
  const Interval interval = score_interval(8, 10);
  CHECK(interval.low == Approx(0.4902).margin(5e-4));
  CHECK(interval.high == Approx(0.9433).margin(5e-4));
}

TEST_CASE("no hit in n gives an upper bound of z²/(n + z²)", "[metrics][interval]") {
  const double z2 = normal_975 * normal_975;
  for (const Index n : {1, 10, 300, 400}) {
    const Interval none = score_interval(0, n);
    CHECK(none.low == 0.0);
    CHECK(none.high == Approx(z2 / (static_cast<double>(n) + z2)));
    CHECK(score_interval(n, n).low == Approx(1 - none.high));
  }
}

TEST_CASE("the interval holds the rate and stays in [0, 1]", "[metrics][interval]") {
  for (Index n = 1; n < 40; ++n) {
    for (Index hits = 0; hits <= n; ++hits) {
      const double rate = static_cast<double>(hits) / static_cast<double>(n);
      const Interval interval = score_interval(hits, n);
      CHECK((0 <= interval.low && interval.low <= rate && rate <= interval.high &&
             interval.high <= 1));
    }
  }
}

TEST_CASE("clusters that agree within themselves widen the interval", "[metrics][interval]") {
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
  CHECK(wide.high - wide.low == Approx(forty.high - forty.low).epsilon(0.15));
}

TEST_CASE("the same seed gives the same interval", "[metrics][interval]") {
  const std::vector<ClusterCount> clusters{{1, 3}, {0, 2}, {4, 4}, {2, 5}, {1, 6}};
  CHECK(cluster_interval(clusters, 7) == cluster_interval(clusters, 7));
  CHECK(cluster_interval({}, 7) == Interval{0, 1});
}
