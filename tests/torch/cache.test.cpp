// SPDX-License-Identifier: MIT
#include <catch_torch.hpp>

#include <infoflow/torch/cache.hpp>

#include "tensors.hpp"

using namespace infoflow;
using namespace infoflow::tests;

namespace {

CacheSegment<at::Tensor> grown(const std::vector<at::Tensor>& pieces) {
  CacheSegment<at::Tensor> segment;
  for (const at::Tensor& piece : pieces) {
    const std::vector<Index> positions(static_cast<std::size_t>(piece.size(0)), 0);
    append(segment, piece.clone(), piece.neg(), positions);
  }
  return segment;
}

std::vector<at::Tensor> pieces_of(std::uint64_t number, int count) {
  laws::Draw draw(number);
  std::vector<at::Tensor> pieces;
  for (int i = 0; i < count; ++i) pieces.push_back(normal_tensor(draw, {draw.index(1, 3), 2, 4}));
  return pieces;
}

}  // namespace

TEST_CASE("a cache that grew holds what was added, in order", "[torch][cache][law]") {
  for (std::uint64_t number = 0; number < 5; ++number) {
    const auto pieces = pieces_of(number, 20);
    const auto segment = grown(pieces);
    CHECK(segment.keys.equal(joined(pieces, 0)));
    CHECK(segment.values.equal(joined(pieces, 0).neg()));
    CHECK(static_cast<std::int64_t>(segment.positions.size()) == segment.keys.size(0));
  }
}

TEST_CASE("growing row by row moves the cache rarely", "[torch][cache]") {
  laws::Draw draw(1);
  CacheSegment<at::Tensor> segment;
  const Index position = 0;
  int moves = 0;
  for (int i = 0; i < 1000; ++i) {
    const void* before = i == 0 ? nullptr : segment.keys.const_data_ptr();
    const at::Tensor row = normal_tensor(draw, {1, 2, 4});
    append(segment, row, row, std::span(&position, 1));
    if (segment.keys.const_data_ptr() != before) ++moves;
  }
  CHECK(moves <= 12);  // 1, 2, 4, …, 1024
}

TEST_CASE("a copied cache and its original do not write into each other", "[torch][cache][law]") {
  const auto pieces = pieces_of(3, 9);
  auto original = grown(pieces);  // With room to spare.
  auto copy = original;
  laws::Draw draw(4);
  const Index position = 99;
  const at::Tensor one = normal_tensor(draw, {1, 2, 4});
  const at::Tensor other = normal_tensor(draw, {1, 2, 4});
  append(original, one, one, std::span(&position, 1));
  append(copy, other, other, std::span(&position, 1));
  CHECK(original.keys.equal(at::cat({joined(pieces, 0), one})));
  CHECK(copy.keys.equal(at::cat({joined(pieces, 0), other})));
}

TEST_CASE("a cache on the tape passes gradients to every row", "[torch][cache]") {
  laws::Draw draw(5);
  const at::Tensor first = normal_tensor(draw, {2, 1, 3}).requires_grad_();
  const at::Tensor second = normal_tensor(draw, {1, 1, 3}).requires_grad_();
  const std::vector<Index> positions{0, 1};
  CacheSegment<at::Tensor> segment;
  append(segment, first, first, positions);
  append(segment, second, second, std::span(positions).first(1));
  segment.keys.sum().backward();
  CHECK(first.grad().equal(at::ones_like(first)));
  CHECK(second.grad().equal(at::ones_like(second)));
}
