// SPDX-License-Identifier: MIT
// Pixel shuffle: which patches become one vector, and in which order.
#include <catch_torch.hpp>

#include <adapters/vision/pixel_shuffle.hpp>

#include "../laws/law.hpp"

using namespace infoflow;
using namespace infoflow::adapters;
using Catch::Matchers::ContainsSubstring;
using infoflow::laws::Violation;

namespace {

/// [views, side², channels] in which every value says where it stands.
at::Tensor numbered(Index views, Index side, Index channels) {
  return at::arange(views * side * side * channels, at::kDouble)
      .view({views, side * side, channels});
}

/// The law: the vector of row r and column c is the patches (merge · r + y, merge · c + x), row by
/// row, one after the other.
template <class Shuffle>
Violation check_shuffle(const Shuffle& shuffle, const at::Tensor& patches, Index side, Index merge,
                        ShuffleOrder order) {
  const at::Tensor merged = shuffle(patches, merge, order);
  const Index merged_side = side / merge;
  if (merged.size(1) != merged_side * merged_side) return "another number of vectors";
  for (Index view = 0; view < patches.size(0); ++view) {
    for (Index token = 0; token < merged.size(1); ++token) {
      const bool by_row = order == ShuffleOrder::by_row;
      const Index row = by_row ? token / merged_side : token % merged_side;
      const Index column = by_row ? token % merged_side : token / merged_side;
      std::vector<at::Tensor> parts;
      for (Index y = 0; y < merge; ++y) {
        for (Index x = 0; x < merge; ++x) {
          parts.push_back(patches[view][(merge * row + y) * side + merge * column + x]);
        }
      }
      if (!merged[view][token].equal(at::cat(parts))) return "a vector of other patches";
    }
  }
  return "";
}

}  // namespace

TEST_CASE("a grid of four by four becomes four vectors", "[internvl][shuffle]") {
  // One channel, patch i has the value i:  0  1  2  3
  //                                        4  5  6  7
  //                                        8  9 10 11
  //                                       12 13 14 15
  const at::Tensor patches = numbered(1, 4, 1);
  const at::Tensor by_row = pixel_shuffle(patches, 2, ShuffleOrder::by_row);
  CHECK(by_row[0].equal(
      at::tensor({0., 1., 4., 5., 2., 3., 6., 7., 8., 9., 12., 13., 10., 11., 14., 15.})
          .view({4, 4})));
  const at::Tensor by_column = pixel_shuffle(patches, 2, ShuffleOrder::by_column);
  CHECK(by_column[0].equal(by_row[0].index_select(0, at::tensor({0, 2, 1, 3}))));
}

TEST_CASE("every vector holds its own patches, for any size", "[internvl][shuffle][law]") {
  for (const Index merge : {1, 2, 3}) {
    for (const Index merged_side : {1, 2, 4}) {
      const Index side = merge * merged_side;
      const at::Tensor patches = numbered(2, side, 3);
      for (const auto order : {ShuffleOrder::by_row, ShuffleOrder::by_column}) {
        CAPTURE(merge, side);
        CHECK(check_shuffle(pixel_shuffle, patches, side, merge, order) == "");
      }
    }
  }
}

TEST_CASE("the shuffle can be undone: it only rearranges", "[internvl][shuffle][law]") {
  const at::Tensor patches = numbered(2, 6, 5);
  const at::Tensor merged = pixel_shuffle(patches, 3, ShuffleOrder::by_row);
  const at::Tensor back =
      merged.view({2, 2, 2, 3, 3, 5}).permute({0, 1, 3, 2, 4, 5}).reshape({2, 36, 5});
  CHECK(back.equal(patches));
}

TEST_CASE("the law of the shuffle rejects other rearrangements", "[internvl][shuffle][broken]") {
  const at::Tensor patches = numbered(2, 4, 3);
  // Channels first, as image libraries unshuffle pixels.
  const auto channels_first = [](const at::Tensor& p, Index merge, ShuffleOrder) {
    const at::Tensor pictures = p.view({p.size(0), 4, 4, 3}).permute({0, 3, 1, 2});
    return at::pixel_unshuffle(pictures, merge).flatten(2).transpose(1, 2);
  };
  CHECK(check_shuffle(channels_first, patches, 4, 2, ShuffleOrder::by_row) ==
        "a vector of other patches");
  const auto neighbours_in_a_row = [](const at::Tensor& p, Index merge, ShuffleOrder) {
    return p.reshape({p.size(0), p.size(1) / (merge * merge), -1});
  };
  CHECK(check_shuffle(neighbours_in_a_row, patches, 4, 2, ShuffleOrder::by_row) ==
        "a vector of other patches");
  const auto other_order = [](const at::Tensor& p, Index merge, ShuffleOrder) {
    return pixel_shuffle(p, merge, ShuffleOrder::by_row);
  };
  CHECK(check_shuffle(other_order, patches, 4, 2, ShuffleOrder::by_column) ==
        "a vector of other patches");
}

TEST_CASE("a grid that cannot be merged is one clear error", "[internvl][shuffle][errors]") {
  CHECK_THROWS_WITH(pixel_shuffle(at::zeros({1, 5, 2}), 1, ShuffleOrder::by_row),
                    ContainsSubstring("5 patches cannot be merged by 1 × 1"));
  CHECK_THROWS_WITH(pixel_shuffle(at::zeros({1, 16, 2}), 3, ShuffleOrder::by_row),
                    ContainsSubstring("16 patches cannot be merged by 3 × 3"));
}
