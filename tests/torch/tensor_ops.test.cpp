// SPDX-License-Identifier: MIT
#include <catch_torch.hpp>

#include <infoflow/torch/tensor_ops.hpp>

#include "../laws/tensor_ops.laws.hpp"
#include "tensors.hpp"

using namespace infoflow;
using namespace infoflow::tests;

static_assert(MatrixTensor<at::Tensor> && AttentionTensor<at::Tensor>);

namespace {

using Ops = TensorOps<at::Tensor>;

/// Makes tensors for the laws.
struct Factory {
  using Matrix = at::Tensor;
  using Rows = at::Tensor;
  at::ScalarType type;
  double tolerance;

  [[nodiscard]] at::Tensor matrix(const RowMatrix<double>& m) const { return tensor_of(m, type); }
  [[nodiscard]] at::Tensor rows(const HeadMatrices<double>& r) const { return tensor_of(r, type); }
};

/// Adds up in the tensor's own type.
struct SumsNarrowly : Ops {
  static HostVector sum_over_channels(const at::Tensor& m) {
    at::Tensor sum = at::zeros({m.size(0), 1}, m.scalar_type());
    for (Index c = 0; c < m.size(1); ++c) sum = sum + m.narrow(1, c, 1);
    return to_host(sum);
  }
};

/// Query-major instead of head-major.
struct MixesHeadsAndQueries : Ops {
  static HostMatrix group_sums(const at::Tensor& r, std::span<const int> group, Index groups) {
    return Ops::group_sums(r.transpose(0, 1), group, groups);
  }
};

}  // namespace

TEST_CASE("tensors in any precision keep the laws of tensor operations",
          "[torch][tensor_ops][law]") {
  for (const Factory factory :
       {Factory{at::kDouble, 1e-5}, Factory{at::kFloat, 1e-5}, Factory{at::kBFloat16, 1e-2}}) {
    CHECK(laws::check_accumulation(factory) == "");
    for (std::uint64_t number = 0; number < 30; ++number) {
      laws::Draw draw(number);
      CAPTURE(at::toString(factory.type), number);
      CHECK(laws::check_matrix_ops(factory, draw) == "");
      CHECK(laws::check_rows_ops(factory, draw) == "");
    }
  }
}

TEST_CASE("the laws reject sums in half precision and mixed-up heads",
          "[torch][tensor_ops][broken]") {
  const Factory half{at::kBFloat16, 1e-2};
  CHECK(laws::check_accumulation<Factory, SumsNarrowly>(half) != "");
  int rejected = 0;
  for (std::uint64_t number = 0; number < 10; ++number) {
    laws::Draw draw(number);
    rejected += laws::check_rows_ops<Factory, MixesHeadsAndQueries>(half, draw) != "" ? 1 : 0;
  }
  CHECK(rejected > 0);  // With one head or one query there is nothing to mix up.
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
