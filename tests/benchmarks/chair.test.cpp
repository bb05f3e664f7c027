// SPDX-License-Identifier: MIT
#include <string>
#include <vector>

#include <catch_compat.hpp>

#include <infoflow/benchmarks/chair/chair.hpp>

using namespace infoflow;

TEST_CASE("CHAIR counts mentions, and rates are those of the corpus", "[benchmarks][chair]") {
  const Chair chair;
  // Mentions: dog, cat, dog, cat, cat; three cats of five mentions are not in the picture, which
  // also has a bowl. Tokens: "a dog , a cat , a dog and two cats . the cat ."
  const Statistics first =
      chair.statistics("A dog, a cat, a dog and two cats. The cat.", {"dog", "bowl"});
  CHECK(first == Statistics{5, 3, 1, 1, 1, 2, 15});
  const Statistics second = chair.statistics("a bowl", {"bowl"});
  CHECK(second == Statistics{1, 0, 1, 0, 1, 1, 2});
  const Statistics third = chair.statistics("", {"car"});
  CHECK(third == Statistics{0, 0, 1, 0, 0, 1, 0});

  Statistics sums = first;
  add_to(sums, second);
  add_to(sums, third);
  const std::vector<NamedValue> values = chair.values(sums);
  CHECK(values == std::vector<NamedValue>{{"chair_s", 1.0 / 3, true},
                                          {"chair_i", 3.0 / 6, true},
                                          {"recall", 2.0 / 4, true},
                                          {"length", 17.0 / 3, true}});
}

TEST_CASE("a corpus without mentions or objects has rates of 0 that are marked",
          "[benchmarks][chair]") {
  const Chair chair;
  CHECK(
      chair.values(chair.statistics("nothing", {})) ==
      std::vector<NamedValue>{
          {"chair_s", 0, true}, {"chair_i", 0, false}, {"recall", 0, false}, {"length", 1, true}});
  CHECK_FALSE(chair.values(Statistics(7, 0.0)).front().defined);
}

TEST_CASE("what is hallucinated keeps its order and its repetitions", "[benchmarks][chair]") {
  const Chair chair;
  const ChairReading reading = chair.read("a cat, a dog, a cup, another kitten");
  CHECK(Chair::hallucinated(reading, {"dog"}) == std::vector<std::string>{"cat", "cup", "cat"});
  CHECK(Chair::hallucinated(reading, {"dog", "cat", "cup"}).empty());
}

TEST_CASE("the summary of CHAIR says that less is better, one 0 or 1 an item",
          "[benchmarks][chair]") {
  const MetricSummary summary = summary_of(Chair());
  CHECK(summary.name == "chair_s");
  CHECK(summary.direction == Direction::lower_is_better);
  CHECK(summary.per_item_binary);
  CHECK(summary.statistic_names.size() == 7);
  CHECK(summary.value(Statistics{4, 1, 2, 1, 1, 1, 9}) == 0.5);
}
