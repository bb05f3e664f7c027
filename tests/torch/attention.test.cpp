// SPDX-License-Identifier: MIT
#include <catch_torch.hpp>

#include <infoflow/torch/attention.hpp>
#include <infoflow/torch/cache.hpp>

#include "tensors.hpp"

using namespace infoflow;
using namespace infoflow::tests;

namespace {

/// A lane in one layer: what it has cached before, and the rows in flight.
struct Case {
  Lane<at::Tensor> lane;
  at::Tensor queries;  ///< [rows, heads, channels]
  KeysAndValues all;   ///< With the rows' own.
};

std::vector<Index> counting(Index begin, Index end) {
  std::vector<Index> positions;
  for (Index p = begin; p < end; ++p) positions.push_back(p);
  return positions;
}

CacheSegment<at::Tensor> segment(laws::Draw& draw, std::vector<Index> positions, Index key_heads,
                                 Index channels) {
  const auto rows = static_cast<std::int64_t>(positions.size());
  return {normal_tensor(draw, {rows, key_heads, channels}),
          normal_tensor(draw, {rows, key_heads, channels}), std::move(positions)};
}

/// `shared` rows in a shared segment, `own` in the tail, then `rows` in flight.
Case make_case(std::uint64_t number, Index shared, Index own, Index rows, Index groups) {
  laws::Draw draw(number);
  const Index key_heads = 2;
  const Index channels = 4;
  Case c;
  LayerCache<at::Tensor> cache;
  if (shared > 0) {
    cache.shared.push_back(std::make_shared<CacheSegment<at::Tensor>>(
        segment(draw, counting(0, shared), key_heads, channels)));
  }
  if (own > 0) cache.tail = segment(draw, counting(shared, shared + own), key_heads, channels);
  const auto flying =
      segment(draw, counting(shared + own, shared + own + rows), key_heads, channels);
  append(cache.tail, flying.keys, flying.values, flying.positions);
  c.lane.positions = flying.positions;
  c.queries = normal_tensor(draw, {rows, key_heads * groups, channels});
  c.all = keys_and_values(cache);
  return c;
}

/// softmax(q·k/√c) over what `Lane::sees` allows, number by number: [heads, rows, keys].
at::Tensor probabilities_by_hand(const Case& c) {
  const at::Tensor keys = joined(c.all.keys, 0);
  const auto rows = c.queries.size(0);
  const auto heads = c.queries.size(1);
  const auto groups = heads / keys.size(1);
  at::Tensor probabilities = at::zeros({heads, rows, keys.size(0)}, at::kDouble);
  for (Index h = 0; h < heads; ++h) {
    for (Index q = 0; q < rows; ++q) {
      double sum = 0;
      for (Index k = 0; k < keys.size(0); ++k) {
        if (!c.lane.sees(c.lane.positions[q], c.all.positions[k])) continue;
        const double score = (c.queries[q][h] * keys[k][h / groups]).sum().item<double>();
        const double weight = std::exp(score / std::sqrt(static_cast<double>(c.queries.size(2))));
        probabilities[h][q][k] = weight;
        sum += weight;
      }
      probabilities[h][q] /= sum;
    }
  }
  return probabilities;
}

at::Tensor output_by_hand(const Case& c) {
  const at::Tensor values = joined(c.all.values, 0);
  const auto groups = c.queries.size(1) / values.size(1);
  const at::Tensor by_head = values.repeat_interleave(groups, 1).transpose(0, 1);
  return probabilities_by_hand(c).matmul(by_head).transpose(0, 1).flatten(1);
}

at::Tensor output(const Case& c) {
  return attend(c.queries, c.lane.positions, c.all, c.lane.masked);
}

AttentionRows block_of(const Case& c) {
  const auto project = [&c](std::span<const Index> rows) {
    return AttentionRows::QueriesAndKeys{
        c.queries.index_select(0, indices_on_device_of(c.queries, rows)), c.all.keys};
  };
  return {project, c.lane.positions, c.all.positions, c.lane.masked};
}

}  // namespace

TEST_CASE("attention is the softmax over visible keys, on every way", "[torch][attention]") {
  for (const Index groups : {1, 2}) {
    for (std::uint64_t number = 0; number < 3; ++number) {
      CAPTURE(groups, number);
      const Case fresh = make_case(number, 0, 0, 7, groups);
      CHECK(relative_error(output(fresh), output_by_hand(fresh)) < 1e-12);
      const Case next = make_case(number, 0, 9, 1, groups);
      CHECK(relative_error(output(next), output_by_hand(next)) < 1e-12);
      const Case behind_shared = make_case(number, 5, 0, 3, groups);
      CHECK(relative_error(output(behind_shared), output_by_hand(behind_shared)) < 1e-12);
      Case masked = make_case(number, 3, 2, 4, groups);
      masked.lane.masked = {1, 4, 6};  // 6 is in flight: it still sees itself.
      CHECK(relative_error(output(masked), output_by_hand(masked)) < 1e-12);
    }
  }
}

TEST_CASE("attention of more rows than fit into one chunk is the same", "[torch][attention]") {
  const Case fused = make_case(5, 0, 0, 300, 1);
  const at::Tensor chunked =
      infoflow::detail::chunked_attention(fused.queries, fused.lane.positions, fused.all, {});
  CHECK(relative_error(chunked, output(fused)) < 1e-12);
}

TEST_CASE("rows beside the main pass are its probabilities", "[torch][attention]") {
  Case c = make_case(8, 3, 2, 4, 2);
  c.lane.masked = {2, 7};
  const std::vector<Index> asked{8, 5};  // Not in order.
  const at::Tensor rows = block_of(c).rows(asked);
  const at::Tensor all = probabilities_by_hand(c);
  CHECK(relative_error(rows, at::stack({all.select(1, 3), all.select(1, 0)}, 1)) < 1e-12);
  CHECK(relative_error(rows.sum(-1), at::ones({4, 2}, at::kDouble)) < 1e-12);
  const AttentionRows block = block_of(c);
  const auto keys = block.key_positions();
  CHECK(std::vector<Index>(keys.begin(), keys.end()) == counting(0, 9));
}

TEST_CASE("rows are never on the tape", "[torch][attention]") {
  Case c = make_case(8, 0, 0, 4, 1);
  c.queries.requires_grad_();
  CHECK_FALSE(block_of(c).rows(c.lane.positions).requires_grad());
  CHECK(output(c).requires_grad());
}

TEST_CASE("asking for a row that is not in flight is an error", "[torch][attention]") {
  const Case c = make_case(8, 3, 0, 4, 1);
  const std::vector<Index> asked{1};
  CHECK_THROWS_AS(block_of(c).rows(asked), Error);
}

TEST_CASE("the check against numbers by hand rejects a mask that hides a row from itself",
          "[torch][attention][broken]") {
  Case c = make_case(4, 0, 0, 4, 1);
  c.lane.masked = {2};
  const at::Tensor right = output_by_hand(c);
  at::Tensor hidden =
      infoflow::detail::hidden_keys(c.queries, c.lane.positions, c.all.positions, c.lane.masked);
  hidden[2][2] = true;
  const at::Tensor wrong = infoflow::detail::attention_probabilities(c.queries, c.all.keys, hidden)
                               .matmul(c.all.values[0].transpose(0, 1))
                               .transpose(0, 1)
                               .flatten(1);
  CHECK(relative_error(wrong, right) > 1e-3);
}
