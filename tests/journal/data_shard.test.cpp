// SPDX-License-Identifier: MIT
#include <map>
#include <vector>

#include <catch_compat.hpp>

#include <infoflow/journal/data_shard.hpp>

using namespace infoflow;

namespace {

struct Item {
  std::string image;
  std::string id;
};

std::vector<Item> six_questions_on_each_of(int pictures) {
  std::vector<Item> items;
  for (int i = 0; i < 6 * pictures; ++i) {
    items.push_back({"COCO_" + std::to_string(i / 6) + ".jpg", std::to_string(i)});
  }
  return items;
}

/// Each item in exactly one shard, all items of a picture in the same. `holds(item, index, shard)`.
template <class Holds>
std::string check_shards(const std::vector<Item>& items, Index count, Holds holds) {
  std::map<std::string, Index> shard_of;
  for (std::size_t i = 0; i < items.size(); ++i) {
    Index found = 0;
    for (Index number = 1; number <= count; ++number) {
      if (!holds(items[i], i, Shard{number, count})) continue;
      if (found != 0) return "an item is in two shards";
      found = number;
    }
    if (found == 0) return "an item is in no shard";
    const auto [of_picture, is_new] = shard_of.try_emplace(items[i].image, found);
    if (of_picture->second != found) return "a picture is in two shards";
  }
  return "";
}

}  // namespace

TEST_CASE("each item is in exactly one shard, and all of a picture in the same",
          "[journal][shard][law]") {
  const std::vector<Item> items = six_questions_on_each_of(60);
  for (const Index count : {1, 2, 3, 7, 64}) {
    CHECK(check_shards(items, count, [](const Item& item, std::size_t, const Shard& shard) {
            return in_shard(item.image, item.id, shard);
          }) == "");
  }
  // Dealing items out one by one is the broken way.
  CHECK(check_shards(items, 4, [](const Item&, std::size_t i, const Shard& shard) {
          return static_cast<Index>(i) % shard.count == shard.number - 1;
        }) == "a picture is in two shards");
}

TEST_CASE("shards are of like size, also for pictures that are numbered", "[journal][shard]") {
  std::vector<int> pictures(4, 0);
  for (int i = 0; i < 2000; ++i) {
    for (Index number = 1; number <= 4; ++number) {
      const std::string image = std::to_string(i) + ".jpg";
      if (in_shard(image, "", {number, 4})) ++pictures[static_cast<std::size_t>(number - 1)];
    }
  }
  for (const int n : pictures) {  // 500 ± 19; five standard deviations on either side.
    CHECK(n > 403);
    CHECK(n < 597);
  }
}

TEST_CASE("items without a picture are split by their id", "[journal][shard]") {
  int first = 0;
  for (int i = 0; i < 100; ++i) first += in_shard("", std::to_string(i), {1, 2}) ? 1 : 0;
  CHECK(first > 20);
  CHECK(first < 80);
}

TEST_CASE("a shard is written i/n, counted from 1", "[journal][shard]") {
  CHECK(parse_shard("2/4") == Shard{2, 4});
  CHECK(to_string(parse_shard("4/4")) == "4/4");
  for (const std::string text :
       {"", "2", "0/4", "5/4", "0/0", "-1/4", "1/4/2", "1/", "a/b", "1/9999999999999"}) {
    INFO(text);
    CHECK_THROWS_AS(parse_shard(text), Error);
  }
}
