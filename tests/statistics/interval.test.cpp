// SPDX-License-Identifier: MIT
#include <catch_compat.hpp>

#include <infoflow/statistics/interval.hpp>

using namespace infoflow;

TEST_CASE("the score interval of 8 in 10 is Wilson's", "[statistics][interval]") {
  // z² = 3.8415: centre = (.8 + .19207) / 1.38415 = .71674;
  // half = 1.95996 / 1.38415 · √(.016 + .0096037) = 1.41601 · .160012 = .22658.
  const Interval interval = score_interval(8, 10);
  CHECK(interval.low == Approx(0.4902).margin(5e-4));
  CHECK(interval.high == Approx(0.9433).margin(5e-4));
}

TEST_CASE("no hit in n gives an upper bound of z²/(n + z²)", "[statistics][interval]") {
  const double z2 = normal_975 * normal_975;
  for (const Index n : {1, 10, 300, 400}) {
    const Interval none = score_interval(0, n);
    CHECK(none.low == 0.0);
    CHECK(none.high == Approx(z2 / (static_cast<double>(n) + z2)));
    CHECK(score_interval(n, n).low == Approx(1 - none.high));
  }
}

TEST_CASE("the interval holds the rate and stays in [0, 1]", "[statistics][interval]") {
  for (Index n = 1; n < 40; ++n) {
    for (Index hits = 0; hits <= n; ++hits) {
      const double rate = static_cast<double>(hits) / static_cast<double>(n);
      const Interval interval = score_interval(hits, n);
      CHECK((0 <= interval.low && interval.low <= rate && rate <= interval.high &&
             interval.high <= 1));
    }
  }
}
