// SPDX-License-Identifier: MIT
#include <vector>

#include <catch_compat.hpp>

#include <infoflow/run/cost.hpp>

using namespace infoflow;

namespace {
// Two query heads of 4 channels share one key head.
const DecoderShape shape{.channels = 8,
                         .query_channels = 8,
                         .key_channels = 4,
                         .inner_channels = 12,
                         .vocabulary = 20,
                         .bytes_per_value = 2};
}  // namespace

TEST_CASE("operations of a prompt, by hand", "[run][cost]") {
  // One layer, 3 rows. q and o: 2 · 3 · 8 · 8 each = 384; k and v: 2 · 3 · 8 · 4 = 192 each.
  // 6 pairs of row and key: scores 2 · 6 · 8 = 96, values 96. MLP: 3 matrices of 2 · 3 · 8 · 12 = 576.
  // Head: 2 · 8 · 20 = 320.
  const std::vector<Index> rows{3};
  CHECK(prefill_flops(shape, rows) == 2 * 384 + 2 * 192 + 2 * 96 + 3 * 576 + 320);
}

TEST_CASE("operations of an answer, by hand", "[run][cost]") {
  // Two tokens behind 3 rows: 4 + 5 keys are read. Per token q, o: 128 each; k, v: 64 each; MLP 3 · 192.
  const std::vector<Index> rows{3};
  CHECK(decode_flops(shape, rows, 2) == 2 * (2 * 128 + 2 * 64 + 3 * 192 + 320) + 2 * (2 * 9 * 8));
}

TEST_CASE("a prompt and an answer cost what a prompt of both would, but for the head",
          "[run][cost]") {
  const std::vector<Index> prompt{5, 5};
  const std::vector<Index> both{9, 9};
  CHECK(prefill_flops(shape, prompt) + decode_flops(shape, prompt, 4) ==
        prefill_flops(shape, both) + 4 * head_flops(shape));
}

TEST_CASE("the cache holds keys and values of the rows that went through each layer",
          "[run][cost]") {
  const std::vector<Index> cut_in_the_middle{10, 10, 4, 4};
  CHECK(cache_bytes(shape, cut_in_the_middle) == 28 * 2 * 4 * 2);
}
