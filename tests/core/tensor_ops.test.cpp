// SPDX-License-Identifier: MIT
#include <catch_compat.hpp>

#include "../laws/broken_tensor_ops.hpp"
#include "../laws/tensor_ops.laws.hpp"

using namespace infoflow;

namespace {
template <class Scalar>
struct EigenFactory {
  using Matrix = RowMatrix<Scalar>;
  using Rows = HeadMatrices<Scalar>;
  double tolerance = 1e-5;  // Results come to the host in float32.

  Matrix matrix(const RowMatrix<double>& m) const { return m.template cast<Scalar>(); }
  Rows rows(const HeadMatrices<double>& heads) const {
    Rows rows;
    for (const auto& head : heads) rows.push_back(head.template cast<Scalar>());
    return rows;
  }
};

/// The first violation in many cases.
template <class Check>
laws::Violation in_cases(Check check) {
  for (std::uint64_t number = 0; number < 200; ++number) {
    laws::Draw draw(number);
    if (const auto violation = check(draw); !violation.empty()) return violation;
  }
  return "";
}
}  // namespace

TEMPLATE_TEST_CASE("Eigen's tensor operations agree with plain loops", "[core][tensor_ops][law]",
                   float, double) {
  const EigenFactory<TestType> factory;
  CHECK(in_cases([&](auto& draw) { return laws::check_matrix_ops(factory, draw); }) == "");
  CHECK(in_cases([&](auto& draw) { return laws::check_rows_ops(factory, draw); }) == "");
  CHECK(laws::check_accumulation(factory) == "");
}

TEST_CASE("the laws of tensor operations reject broken ones", "[core][tensor_ops][broken]") {
  using Factory = EigenFactory<float>;
  using Catch::Matchers::StartsWith;
  const Factory factory;
  const auto matrix = [&](auto ops) {
    return in_cases(
        [&](auto& d) { return laws::check_matrix_ops<Factory, decltype(ops)>(factory, d); });
  };
  const auto rows = [&](auto ops) {
    return in_cases(
        [&](auto& d) { return laws::check_rows_ops<Factory, decltype(ops)>(factory, d); });
  };

  CHECK_THAT(matrix(laws::SortsRows{}), StartsWith("take_rows"));
  CHECK_THAT(matrix(laws::JoinsBackwards{}), StartsWith("join_rows"));
  CHECK_THAT(matrix(laws::ForgetsBroadcast{}), StartsWith("multiply by one row"));
  CHECK_THAT(rows(laws::GroupsEverything{}), StartsWith("group_sums"));
  CHECK_THAT(rows(laws::MixesHeadsAndQueries{}), StartsWith("group_sums"));
  CHECK_THAT(rows(laws::IgnoresWeights{}), StartsWith("weighted_heads"));
  CHECK(laws::check_accumulation<Factory, laws::SumsNarrowly>(factory) ==
        "a sum is accumulated in a narrow type");
}

TEST_CASE("attention rows without heads have no extent", "[core][tensor_ops]") {
  CHECK(TensorOps<HeadMatrices<float>>::extents({}) == Extents{0, 0, 0});
}
