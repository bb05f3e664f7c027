// SPDX-License-Identifier: MIT
#include <catch_compat.hpp>

#include <infoflow/core/token_partition.hpp>

#include "../laws/broken_partition.hpp"
#include "../laws/generators.hpp"
#include "../laws/partition.laws.hpp"

using namespace infoflow;

TEST_CASE("roles are disjoint, cover the sequence and keep order", "[core][partition][law]") {
  for (std::uint64_t number = 0; number < 300; ++number) {
    laws::Draw draw(number);
    const TokenPartition partition = draw.partition();
    INFO("case " << number);
    CHECK(laws::check_partition(partition) == "");
    CHECK(laws::check_answer(partition, draw.index(0, 5)) == "");
    std::vector<Index> left;
    for (Index p = 0; p < partition.size(); ++p) {
      if (draw.coin()) left.push_back(p);
    }
    CHECK(laws::check_restriction(partition, left) == "");
  }
}

TEST_CASE("the partition laws reject broken partitions", "[core][partition][broken]") {
  const std::vector<Span> images{{1, 3}, {4, 6}};

  CHECK(laws::check_partition(laws::ForgetsTheFirstImage(8, images)) ==
        "position 3 has a wrong role");
  CHECK(laws::check_partition(laws::OffByOne(8, images)) ==
        "a position does not have exactly one role");
  CHECK(laws::check_answer(laws::ForgetsTheShift(8, images), 2) ==
        "the predicting rows are not shifted by one");
}

TEST_CASE("two images with text around them give the roles one expects", "[core][partition]") {
  // BOS "a" <image 2> "and" <image 1> "?" + two answer tokens.
  const TokenPartition partition = TokenPartition(7, {{2, 4}, {5, 6}}).with_answer(2);

  const std::vector<Role> expected{Role::system, Role::system, Role::image,
                                   Role::image,  Role::user,   Role::image,
                                   Role::user,   Role::answer, Role::answer};
  CHECK(std::vector<Role>(partition.roles().begin(), partition.roles().end()) == expected);
  CHECK(partition.predicting_rows() == std::vector<Index>{6, 7});
  CHECK(partition.count(Role::image) == 3);
}

TEST_CASE("a prompt without an image is all system", "[core][partition]") {
  const TokenPartition partition(3, {});

  CHECK(partition.count(Role::system) == 3);
  CHECK(partition.count(Role::user) == 0);
}

TEST_CASE("a span that is empty, overlaps or leaves the prompt is an error", "[core][partition]") {
  using Spans = std::vector<Span>;
  CHECK_THROWS_AS(TokenPartition(5, Spans{{2, 2}}), Error);
  CHECK_THROWS_AS(TokenPartition(5, Spans{{3, 2}}), Error);
  CHECK_THROWS_AS(TokenPartition(5, Spans{{0, 3}, {2, 4}}), Error);
  CHECK_THROWS_AS(TokenPartition(5, Spans{{3, 6}}), Error);
  CHECK_THROWS_AS(TokenPartition(5, Spans{{-1, 2}}), Error);
  CHECK_THROWS_AS(TokenPartition(-1, Spans{}), Error);
}
