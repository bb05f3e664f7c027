// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>

#include <catch_compat.hpp>

#include <infoflow/statistics/paired_gain.hpp>
#include <infoflow/statistics/power.hpp>

#include "items_and_widths.hpp"

using namespace infoflow;
using namespace statistics_test;

namespace {

/// right / n.
MetricSummary accuracy(bool per_item_binary = true) {
  return {"accuracy",
          Direction::higher_is_better,
          per_item_binary,
          {"right", "n"},
          [](std::span<const double> s) {
            return std::vector<NamedValue>{NamedValue::ratio("accuracy", s[0], s[1])};
          }};
}

/// Hallucinated mentions / mentions: a caption may have none.
MetricSummary hallucination() {
  return {"chair_i",
          Direction::lower_is_better,
          false,
          {"hallucinated", "mentions"},
          [](std::span<const double> s) {
            return std::vector<NamedValue>{NamedValue::ratio("chair_i", s[0], s[1])};
          }};
}

/// Items answered twice, with the pictures that they ask about.
struct Answers {
  std::vector<Statistics> before, after;
  std::vector<Index> cluster;
  Index clusters = 0;

  void add(double was, double is, Index picture) {
    before.push_back({was, 1});
    after.push_back({is, 1});
    cluster.push_back(picture);
    clusters = std::max(clusters, picture + 1);
  }
};

PairedGain gain_of(const Answers& a, const MetricSummary& metric = accuracy(),
                   const ClusterBootstrap& bootstrap = {}) {
  const auto before = pointers(a.before);
  const auto after = pointers(a.after);
  return paired_gain(metric, {before, after, a.cluster, a.clusters}, bootstrap);
}

Interval interval_of(const PairedGain& gain) {
  return gain.interval(0.025, design_effect(std::span(&gain.flips, 1)));
}

/// `pictures` of one item each, some of which flip, and `copies` of it.
Answers flipping(int pictures, int copies, double worse, double better) {
  Answers answers;
  for (int p = 0; p < pictures; ++p) {
    const double at = (p + 0.5) / pictures;
    for (int copy = 0; copy < copies; ++copy) {
      answers.add(at >= worse && at < worse + better ? 0 : 1, at < worse ? 0 : 1, p);
    }
  }
  return answers;
}

}  // namespace

TEST_CASE("a draw holds as many clusters as there are, the same for whoever asks",
          "[statistics][bootstrap]") {
  const ClusterBootstrap bootstrap{50, 3};
  Eigen::RowVectorXd all = Eigen::RowVectorXd::Zero(7);
  for (int draw = 0; draw < 2000; ++draw) {
    const Eigen::RowVectorXd counts = bootstrap.counts(draw, 7);
    CHECK(counts.sum() == 7);
    CHECK(counts == ClusterBootstrap{1, 3}.counts(draw, 7));
    all += counts;
  }
  // Each cluster 2000 times; the standard error is √(14000 · 1/7 · 6/7) = 41.4.
  CHECK((all.array() - 2000).abs().maxCoeff() < 5 * 41.4);
  CHECK(bootstrap.counts(0, 7) != bootstrap.counts(1, 7));
  CHECK(bootstrap.counts(0, 100) != (ClusterBootstrap{50, 4}.counts(0, 100)));
  CHECK(bootstrap.counts(0, 0).size() == 0);
}

TEST_CASE("sums are those of the clusters drawn", "[statistics][bootstrap]") {
  RowMatrix<double> table(3, 2);
  table << 1, 10, 2, 20, 4, 40;
  const ClusterBootstrap bootstrap{20, 1};
  const RowMatrix<double> sums = bootstrap.sums(table);
  for (int draw = 0; draw < 20; ++draw) {
    const Eigen::RowVectorXd counts = bootstrap.counts(draw, 3);
    CHECK(sums(draw, 0) == counts[0] + 2 * counts[1] + 4 * counts[2]);
    CHECK(sums(draw, 1) == 10 * sums(draw, 0));  // One draw for all columns.
  }
}

TEST_CASE("before and after meet the same draws: no change is no change in every draw",
          "[statistics][bootstrap]") {
  Answers answers;
  for (int i = 0; i < 300; ++i) answers.add(i % 3 == 0 ? 0 : 1, i % 3 == 0 ? 0 : 1, i / 4);
  const PairedGain same = gain_of(answers);
  CHECK(same.gain == 0);
  CHECK(std::all_of(same.draws.begin(), same.draws.end(), [](double d) { return d == 0; }));
  // What is left is what 75 pictures without a flip leave open, whose items might flip together:
  // z²/(75 + z²) = 4.872 points; of 300 items on as many pictures it would be 1.264.
  CHECK(same.interval(0.025).low == Approx(-0.048724).margin(1e-6));
  CHECK(same.interval(0.025).high == Approx(0.048724).margin(1e-6));
}

TEST_CASE("one item a picture and 0 or 1 each: the interval is Tango's where it is the wider",
          "[statistics][bootstrap]") {
  // 4 of 400 got worse, 2 better.
  const PairedGain few = gain_of(flipping(400, 1, 0.01, 0.005));
  CHECK(few.gain == Approx(-0.005));
  CHECK(few.flips.worse == Approx(4));
  CHECK(few.flips.better == Approx(2));
  CHECK(few.flips.size == Approx(1));
  CHECK(few.flips.rate == Approx(0.015));
  const Interval tango = paired_interval(2, 4, 400);
  CHECK(few.interval(0.025).low <= tango.low + 1e-9);
  CHECK(few.interval(0.025).high >= tango.high - 1e-9);
  // The upper end is that of one loss less.
  CHECK(few.interval(0.025).high >= paired_interval(2, 3, 400).high - 1e-9);
  CHECK(width(few.interval(0.025)) < 1.1 * width(tango));
  // Independent items have a design effect of exactly 1.
  CHECK(design_effect(std::span(&few.flips, 1)) == Approx(1));
}

TEST_CASE("copies of an item in its picture do not narrow the interval; taken apart they would",
          "[statistics][bootstrap]") {
  const PairedGain once = gain_of(flipping(200, 1, 0.06, 0.04));
  const PairedGain copied = gain_of(flipping(200, 6, 0.06, 0.04));
  // Σ over pictures of (6e)² = 36 Σe², Σ over items 6 Σe²: 6, but for g/(g − 1) and n/(n − 1).
  CHECK(design_effect(std::span(&copied.flips, 1)) == Approx(6).epsilon(0.01));
  CHECK(copied.gain == Approx(once.gain));
  CHECK(interval_of(copied).low == Approx(interval_of(once).low).epsilon(0.01));
  CHECK(interval_of(copied).high == Approx(interval_of(once).high).epsilon(0.01));

  Answers apart = flipping(200, 6, 0.06, 0.04);
  for (std::size_t i = 0; i < apart.cluster.size(); ++i) apart.cluster[i] = static_cast<Index>(i);
  apart.clusters = static_cast<Index>(apart.cluster.size());
  CHECK(width(interval_of(gain_of(apart))) < 0.5 * width(interval_of(copied)));
}

TEST_CASE("a design effect is learnt from all changes, and is never below 1",
          "[statistics][bootstrap]") {
  const Flips none = gain_of(flipping(50, 4, 0, 0)).flips;
  const Flips together = gain_of(flipping(50, 4, 0.5, 0)).flips;
  Answers balanced;  // In each picture one item gets worse and one better.
  for (int p = 0; p < 50; ++p) {
    balanced.add(1, 0, p);
    balanced.add(0, 1, p);
  }
  CHECK(design_effect(std::span(&none, 1)) == 1);
  CHECK(design_effect(std::vector<Flips>{none, together}) == Approx(4).epsilon(0.02));
  CHECK(design_effect(std::vector<Flips>{gain_of(balanced).flips}) == 1);
  CHECK(design_effect({}) == 1);
}

TEST_CASE("item effects are exchanges of one answer: by hand for a ratio of sums",
          "[statistics][bootstrap]") {
  // Captions with 1/4, 0/2, 1/4 hallucinated mentions: 2/10. The second becomes 1/5: 3/13, or, done
  // last, 1/10 becomes 2/13. The third becomes 0/4: 1/10, or, done last, 3/13 becomes 2/13.
  const std::vector<Statistics> before{{1, 4}, {0, 2}, {1, 4}};
  const std::vector<Statistics> after{{1, 4}, {1, 5}, {0, 4}};
  const auto was = pointers(before);
  const auto is = pointers(after);
  const std::vector<Index> cluster{0, 1, 2};
  const std::vector<double> effects = item_effects(hallucination(), {was, is, cluster, 3});
  CHECK(effects[0] == 0);
  CHECK(effects[1] == Approx(-3 * ((3.0 / 13 - 0.2) + (2.0 / 13 - 0.1)) / 2));
  CHECK(effects[2] == Approx(3 * (0.1 + 1.0 / 13) / 2));
  // Lower is better: 2/10 → 2/13 is a gain.
  CHECK(paired_gain(hallucination(), {was, is, cluster, 3}).gain == Approx(0.2 - 2.0 / 13));
}

TEST_CASE("soft scores: flips of one size that keep mean and variance", "[statistics][bootstrap]") {
  const std::vector<double> effects{0.3, -0.6, 0, 0, 0.3};
  const std::vector<Index> cluster{0, 1, 2, 3, 4};
  const Flips flips = flips_of(effects, cluster, 5);
  // Σ|e| = 1.2, Σe² = .54: size .45; better .6/.45, worse .6/.45.
  CHECK(flips.size == Approx(0.45));
  CHECK(flips.better == Approx(0.6 / 0.45));
  CHECK(flips.worse == Approx(0.6 / 0.45));
  CHECK(flips.size * flips.size * (flips.better + flips.worse) == Approx(0.54));
  CHECK(flips.rate == Approx(0.108));
}

TEST_CASE("a small change of a soft score is no proof either", "[statistics][bootstrap]") {
  Answers answers;
  for (int i = 0; i < 300; ++i) answers.add(1, i == 0 ? 0.9 : 1, i);
  const Interval interval = gain_of(answers, accuracy(false)).interval(0.025);
  CHECK(interval.low <= -0.0126);
  CHECK(interval.high >= 0.0122);
}

TEST_CASE("draws without a value are no number, values that do not exist give no interval",
          "[statistics][bootstrap]") {
  // One caption in three mentions anything; with three pictures many draws hold none of it.
  Answers sparse;
  sparse.before = {{1, 4}, {0, 0}, {0, 0}};
  sparse.after = {{0, 4}, {0, 0}, {0, 0}};
  sparse.cluster = {0, 1, 2};
  sparse.clusters = 3;
  const PairedGain gain = gain_of(sparse, hallucination(), {300, 0});
  CHECK(gain.defined);
  // (2/3)³ = 8/27 of the draws hold no mention: 211 ± 8 are left.
  const auto nothing =
      std::count_if(gain.draws.begin(), gain.draws.end(), [](double d) { return std::isnan(d); });
  CHECK(300 - nothing > 170);
  CHECK(300 - nothing < 252);
  CHECK(std::all_of(gain.draws.begin(), gain.draws.end(),
                    [](double d) { return std::isnan(d) || std::abs(d - 0.25) < 1e-12; }));

  Answers silent = sparse;
  silent.after = {{0, 0}, {0, 0}, {0, 0}};
  CHECK_FALSE(gain_of(silent, hallucination()).defined);
  CHECK(gain_of(silent, hallucination()).interval(0.025) == Interval{-1, 1});
  CHECK(gain_of({}).interval(0.025) == Interval{-1, 1});

  Answers one_picture;
  for (int i = 0; i < 1000; ++i) one_picture.add(1, 1, 0);
  CHECK(gain_of(one_picture).interval(0.025) == Interval{-1, 1});

  Answers broken = sparse;
  broken.after[0] = {1};
  CHECK_THROWS_AS(gain_of(broken, hallucination()), Error);
}

TEST_CASE("a metric's own interval: Wilson's for few pictures alike, wider where pictures differ",
          "[statistics][bootstrap]") {
  Answers alike, split;
  for (int i = 0; i < 240; ++i) {
    alike.add(i % 2, 0, i / 6);
    split.add((i / 6) % 2, 0, i / 6);
  }
  const auto of = [](const Answers& a, const MetricSummary& metric) {
    const std::vector<ItemStatistics> runs{pointers(a.before)};
    return value_interval(metric, Resampling(metric, runs, a.cluster, a.clusters, {}), 0);
  };
  CHECK(of(alike, accuracy()) == score_interval(120, 240));
  CHECK(width(of(split, accuracy())) > 2 * width(of(alike, accuracy())));
  // No mean of 0s and 1s: at least what 240 items that are all alike leave open, on both sides.
  const double unseen = score_interval(0, 240).high;
  CHECK(of(alike, accuracy(false)) == Interval{0.5 - unseen, 0.5 + unseen});
  CHECK(of({}, accuracy()) == Interval{0, 1});
}

TEST_CASE("power: 1,785 items at 2 % flips and 4,020 at 5 % for one point", "[statistics][power]") {
  // The plain formula, (1.959964 + .841621)² · rate / margin², says 1,570 and 3,924: too few, since
  // Tango's test takes the variance under a loss of the margin.
  const NonInferiority test;
  const auto flips = [](double n, double rate, double design = 1) {
    return ExpectedFlips{n, rate, design, n};
  };
  CHECK(items_to_pass(0.8, flips(1000, 0.02), test) == 1785);
  CHECK(items_to_pass(0.8, flips(1000, 0.05), test) == 4020);
  CHECK(power_to_pass(flips(1785, 0.02), test) == Approx(0.8).margin(0.001));
  CHECK(items_to_pass(0.8, flips(1000, 0.02, 2), test) == Approx(2 * 1785).margin(1));
  // Without flips nothing passes below 3.8415 · .99 / .01 = 380.3 pictures, everything above.
  CHECK(items_to_pass(0.8, flips(1000, 0), test) == 381);
  CHECK(power_to_pass(flips(380, 0), test) == 0);
  CHECK(power_to_pass(flips(381, 0), test) == 1);
  CHECK(paired_interval(0, 0, 380).low <= -0.01);
  CHECK(paired_interval(0, 0, 381).low > -0.01);
  CHECK(power_to_pass(flips(0, 0.02), test) == 0);
  CHECK(power_to_pass(flips(3000, 0.02), test) > power_to_pass(flips(2000, 0.02), test));
  CHECK(power_to_pass(flips(2000, 0.02), test) > power_to_pass(flips(2000, 0.02, 1.5), test));
  // Twelve items on each of 250 pictures: whole pictures may have flipped unseen.
  CHECK(power_to_pass({3000, 0.02, 1, 250}, test) == 0);
  // Flips of ten times the size: 3.8415 · 999 = 3837.6 pictures without one.
  CHECK(clusters_to_pass(test, 10) == 3838);
}

TEST_CASE("the power is the share of harmless changes that pass", "[statistics][power]") {
  // 2 % flips in 1,785 items, each to the better or the worse. The standard error of 4,000 trials
  // is .0063; 36 flips are as near to normal as two points of power tell.
  int passed = 0;
  constexpr std::uint32_t trials = 4000;
  for (std::uint32_t trial = 0; trial < trials; ++trial) {
    const RandomStream random(11, key_of("power"), trial);
    double better = 0, worse = 0;
    for (std::uint64_t i = 0; i < 1785; ++i) {
      const double u = random.uniform(i);
      better += u < 0.01 ? 1 : 0;
      worse += u > 0.99 ? 1 : 0;
    }
    passed += paired_interval(better, worse, 1785).low > -0.01 ? 1 : 0;
  }
  CHECK(passed / static_cast<double>(trials) == Approx(0.8).margin(0.02 + 2 * 0.0063));
}
