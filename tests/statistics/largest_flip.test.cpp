// SPDX-License-Identifier: MIT
// What one answer can weigh, for every kind of metric, and what many claims on a page may cost.
#include <algorithm>
#include <cmath>

#include <catch_compat.hpp>

#include <infoflow/benchmarks/pope/pope.hpp>
#include <infoflow/benchmarks/text_vqa/text_vqa.hpp>
#include <infoflow/core/random.hpp>
#include <infoflow/statistics/holm.hpp>
#include <infoflow/statistics/largest_flip.hpp>
#include <infoflow/statistics/normal.hpp>

#include "items_and_widths.hpp"

using namespace infoflow;
using namespace statistics_test;

namespace {

double largest(const MetricSummary& metric, const std::vector<std::vector<Statistics>>& runs) {
  std::vector<ItemStatistics> all;
  for (const auto& run : runs) all.push_back(pointers(run));
  return largest_flip(metric, all);
}

/// The F1 of POPE's own statistics.
MetricSummary pope_f1() {
  MetricSummary metric = summary_of(Pope{});
  metric.name = "f1";
  metric.per_item_binary = false;
  metric.values = [pope = Pope{}](std::span<const double> sums) {
    return std::vector<NamedValue>{pope.values(sums)[3]};
  };
  return metric;
}

/// All right: `yes` of 1,000 questions have the label yes.
std::vector<Statistics> right_answers(int yes) {
  std::vector<Statistics> items;
  for (int i = 0; i < 1000; ++i) {
    items.push_back(Pope{}.statistics(i < yes ? "yes" : "no", i < yes ? YesNo::yes : YesNo::no));
  }
  return items;
}

}  // namespace

TEST_CASE("a flip weighs 1 in a mean of 0s and 1s, of soft scores too",
          "[statistics][largest-flip]") {
  CHECK(largest(summary_of(Pope{}), {right_answers(500)}) == 1);
  const MetricSummary soft = summary_of(TextVqa{});
  REQUIRE_FALSE(soft.per_item_binary);
  CHECK(largest(soft, {{{1, 1}, {0.3, 1}, {0.6, 1}}, {{0, 1}, {0.3, 1}, {1, 1}}}) == Approx(1));
  CHECK(largest(soft, {{{1, 1}, {1, 1}}}) == Approx(1));  // No run differs.
}

TEST_CASE("in an F1 with 5 % yes a flip weighs ten, though none was ever seen",
          "[statistics][largest-flip]") {
  // All right: F1 = 100 / 100. A missed yes: 98 / 99, 1000 / 99 = 10.10; a false yes: 100 / 101.
  CHECK(largest(pope_f1(), {right_answers(50)}) == Approx(1000.0 / 99));
  // Half yes: 998 / 999.
  CHECK(largest(pope_f1(), {right_answers(500)}) == Approx(1000.0 / 999));
  // 1 / 20 of the labels is 20 times as much as all: the weight goes as 1 / yes.
  CHECK(largest(pope_f1(), {right_answers(10)}) == Approx(1000.0 / 19));
}

TEST_CASE("in a ratio of sums the longest caption weighs most, and the picture's own count stays",
          "[statistics][largest-flip]") {
  const MetricSummary chair_i{
      "chair_i",
      Direction::lower_is_better,
      false,
      {"hallucinated", "mentions"},
      [](std::span<const double> s) {
        return std::vector<NamedValue>{NamedValue::ratio("chair_i", s[0], s[1])};
      }};
  // 0 / 2, 0 / 8: the second becomes 8 / 8: 8 / 10, twice.
  CHECK(largest(chair_i, {{{0, 2}, {0, 8}}, {{0, 2}, {8, 8}}}) == Approx(1.6));
  // 0 of 10 mentions of three captions: 8 of 10, three times.
  CHECK(largest(chair_i, {{{0, 1}, {0, 1}, {0, 8}}, {{0, 1}, {0, 1}, {8, 8}}}) == Approx(2.4));
  const MetricSummary recall{
      "recall",
      Direction::higher_is_better,
      false,
      {"recalled", "objects"},
      [](std::span<const double> s) {
        return std::vector<NamedValue>{NamedValue::ratio("recall", s[0], s[1])};
      }};
  // 5 of 5 and 1 of 1: the first can lose 5 of 6, times 2; objects are the picture's.
  CHECK(largest(recall, {{{5, 5}, {1, 1}}, {{0, 5}, {0, 1}}}) == Approx(2 * 5.0 / 6));
}

TEST_CASE("Holm's claims are those of the p-values, and no more are wrong than the rate",
          "[statistics][holm]") {
  // Four claims, eight hypotheses: .05/8 = .00625, then .05/7 = .00714, then .05/5 = .01, ….
  const std::vector<double> p{0.006, 0.007, 0.0072, 0.3};
  const auto stands = [&](std::vector<double> values) {
    return holm(values.size(), 0.05,
                [&](std::size_t i, double level) { return values[i] <= level; });
  };
  CHECK(stands(p) == std::vector<bool>{true, true, true, false});
  CHECK(stands({0.0063, 0.007, 0.0072, 0.3}) == std::vector<bool>{false, false, false, false});
  CHECK(stands({}).empty());

  int any_wrong = 0;
  int any_alone = 0;
  for (std::uint32_t trial = 0; trial < 2000; ++trial) {
    const RandomStream random(2, key_of("holm"), trial);
    std::vector<double> two_sided;
    for (std::uint64_t i = 0; i < 20; ++i) {
      const double z = random.normal(i);
      two_sided.push_back(1 - normal_cdf(std::abs(z)));
    }
    const std::vector<bool> wrong = stands(two_sided);
    any_wrong += std::find(wrong.begin(), wrong.end(), true) != wrong.end() ? 1 : 0;
    any_alone +=
        std::any_of(two_sided.begin(), two_sided.end(), [](double v) { return v < 0.025; });
  }
  // √(.05 · .95 / 2000) = .0049.
  CHECK(any_wrong / 2000.0 <= 0.05 + 3 * 0.0049);
  CHECK(any_alone / 2000.0 > 0.5);
}
