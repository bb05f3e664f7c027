// SPDX-License-Identifier: MIT
#include <catch_torch.hpp>

#include <infoflow/torch/tensor_ops.hpp>

#include "tensors.hpp"

using namespace infoflow;
using namespace infoflow::tests;

static_assert(MatrixTensor<at::Tensor> && AttentionTensor<at::Tensor>);

namespace {

using Ops = TensorOps<at::Tensor>;
using EigenOps = TensorOps<RowMatrix<double>>;
using EigenHeadOps = TensorOps<HeadMatrices<double>>;

/// Float32 results of sums over some dozens of numbers near 1.
constexpr double tolerance = 1e-5;

double difference(const HostMatrix& a, const RowMatrix<double>& b) {
  return laws::relative_error(a.cast<double>(), b);
}

}  // namespace

TEST_CASE("a matrix tensor computes what Eigen computes", "[torch][tensor_ops][law]") {
  for (const auto type : {at::kDouble, at::kFloat}) {
    for (std::uint64_t number = 0; number < 10; ++number) {
      laws::Draw draw(number);
      const RowMatrix<double> a = draw.matrix(draw.index(1, 9), draw.index(1, 9));
      const RowMatrix<double> b = draw.matrix(a.rows(), a.cols());
      const at::Tensor ta = tensor_of(a, type);
      const at::Tensor tb = tensor_of(b, type);
      const std::vector<Index> rows{a.rows() - 1, 0, a.rows() - 1};
      CAPTURE(number, a.rows(), a.cols());

      CHECK(Ops::extents(ta) == EigenOps::extents(a));
      CHECK(difference(Ops::to_host(ta), a) < tolerance);
      CHECK(difference(Ops::to_host(Ops::take_rows(ta, rows)), EigenOps::take_rows(a, rows)) < tolerance);
      CHECK(difference(Ops::to_host(Ops::multiply(ta, tb)), EigenOps::multiply(a, b)) < tolerance);
      const at::Tensor row = tb.narrow(0, 0, 1);
      CHECK(difference(Ops::to_host(Ops::multiply(ta, row)), EigenOps::multiply(a, b.topRows(1))) <
            tolerance);
      CHECK(difference(Ops::to_host(Ops::relu(ta)), EigenOps::relu(a)) < tolerance);
      CHECK(difference(Ops::to_host(Ops::mean_over_rows(ta)), EigenOps::mean_over_rows(a)) < tolerance);
      CHECK(difference(Ops::sum_over_channels(ta), EigenOps::sum_over_channels(a).cast<double>()) <
            tolerance);
    }
  }
}

TEST_CASE("attention rows in a tensor compute what Eigen computes", "[torch][tensor_ops][law]") {
  for (std::uint64_t number = 0; number < 10; ++number) {
    laws::Draw draw(number);
    const auto heads = draw.attention(draw.index(1, 4), draw.index(1, 3), draw.index(2, 9));
    const at::Tensor tensor = tensor_of(heads, at::kFloat);
    const auto [count, queries, keys] = EigenHeadOps::extents(heads);
    std::vector<int> group_of_key;
    for (Index k = 0; k < keys; ++k) group_of_key.push_back(draw.integer(-1, 2));
    std::vector<float> weights;
    for (Index h = 0; h < count; ++h) weights.push_back(static_cast<float>(draw.normal()));

    CHECK(Ops::extents(tensor) == EigenHeadOps::extents(heads));
    CHECK(laws::relative_error(Ops::group_sums(tensor, group_of_key, 3),
                               EigenHeadOps::group_sums(heads, group_of_key, 3)) < tolerance);
    CHECK(laws::relative_error(Ops::weighted_heads(tensor, weights),
                               EigenHeadOps::weighted_heads(heads, weights)) < tolerance);
    CHECK(laws::relative_error(Ops::max_over_heads(tensor), EigenHeadOps::max_over_heads(heads)) <
          tolerance);
  }
}

TEST_CASE("no rows and no groups give empty results", "[torch][tensor_ops]") {
  const at::Tensor matrix = at::empty({0, 5}, at::kFloat);
  CHECK(Ops::to_host(matrix).rows() == 0);
  CHECK(Ops::sum_over_channels(matrix).size() == 0);
  CHECK(Ops::extents(Ops::take_rows(at::ones({3, 5}), {})) == Extents{1, 0, 5});
  CHECK(Ops::group_sums(at::ones({2, 0, 4}), std::vector<int>{0, 0, 1, 1}, 2).size() == 0);
}

TEST_CASE("half-precision tensors are summed in float32", "[torch][tensor_ops]") {
  // 256 ones and one 2⁻⁷: bfloat16 holds 8 bits, so it cannot even hold the sum.
  const at::Tensor ones = at::ones({1, 257}, at::kBFloat16);
  ones[0][256] = 0.0078125;
  CHECK(Ops::sum_over_channels(ones)[0] == 256.0078125F);
  CHECK(Ops::to_host(Ops::mean_over_rows(ones.t()))(0, 0) == Approx(256.0078125 / 257));
  CHECK(ones.sum().item<float>() == 256.0F);  // What a sum in the tensor's own type would give.
  const at::Tensor third = at::full({1, 1}, 1.0 / 3, at::kBFloat16);
  const float value = third.item<float>();
  CHECK(Ops::to_host(Ops::multiply(third, third))(0, 0) == value * value);
}

TEST_CASE("no operation joins the tape", "[torch][tensor_ops]") {
  const at::Tensor m = at::ones({3, 2}).requires_grad_();
  const std::vector<Index> rows{0, 2};
  CHECK_FALSE(Ops::take_rows(m, rows).requires_grad());
  CHECK_FALSE(Ops::multiply(m, m).requires_grad());
  CHECK_FALSE(Ops::relu(m).requires_grad());
  CHECK_FALSE(Ops::mean_over_rows(m).requires_grad());
  CHECK(m.mul(m).requires_grad());  // The tape was running.
}

TEST_CASE("rows that are not contiguous are read in their own order", "[torch][tensor_ops]") {
  const at::Tensor m = at::arange(6, at::kFloat).view({2, 3}).t();
  CHECK(Ops::to_host(m)(1, 1) == 4);
  CHECK(Ops::sum_over_channels(m)[2] == 2 + 5);
}
