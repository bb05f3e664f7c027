// SPDX-License-Identifier: MIT
/// \file Laws of TensorOps, for any tensor type.
///
/// A factory makes tensors from numbers in double:
///   using Matrix, Rows                           the tensor types
///   Matrix matrix(const RowMatrix<double>&)      [rows, channels]
///   Rows rows(const HeadMatrices<double>&)       [heads, queries, keys]
///   double tolerance                             relative, what the type's precision allows
/// `MatrixOps` and `RowsOps` are TensorOps unless a test wants to see a broken one rejected.
#pragma once

#include <vector>

#include "generators.hpp"
#include "law.hpp"

namespace infoflow::laws {

/// The operations on a matrix against plain loops, on one generated case.
template <class Factory, class Ops = TensorOps<typename Factory::Matrix>>
[[nodiscard]] Violation check_matrix_ops(const Factory& factory, Draw& draw) {
  const Index rows = draw.index(1, 9);
  const Index channels = draw.index(1, 12);
  // What the tensor type rounds a value to is the value.
  const auto a = factory.matrix(draw.matrix(rows, channels));
  const auto b = factory.matrix(draw.matrix(rows, channels));
  const HostMatrix x = Ops::to_host(a);
  const HostMatrix y = Ops::to_host(b);
  if (!(Ops::extents(a) == Extents{1, rows, channels})) return "extents are wrong";

  std::vector<Index> picked;
  for (Index n = draw.index(0, 12); n > 0; --n) picked.push_back(draw.index(0, rows - 1));
  HostMatrix taken(static_cast<Index>(picked.size()), channels);
  HostMatrix product(rows, channels);
  HostMatrix positive(rows, channels);
  HostMatrix mean = HostMatrix::Zero(1, channels);
  HostVector sums = HostVector::Zero(rows);
  for (Index i = 0; i < taken.rows(); ++i)
    taken.row(i) = x.row(picked[static_cast<std::size_t>(i)]);
  for (Index i = 0; i < rows; ++i) {
    for (Index c = 0; c < channels; ++c) {
      product(i, c) = x(i, c) * y(i, c);
      positive(i, c) = x(i, c) > 0 ? x(i, c) : 0;
      mean(0, c) += x(i, c) / static_cast<float>(rows);
      sums[i] += x(i, c);
    }
  }
  HostMatrix joined(2 * rows + taken.rows(), channels);
  joined << x, taken, y;
  const std::vector parts{a, Ops::take_rows(a, picked), b};
  HostMatrix scaled(rows, channels);
  const auto one_row = Ops::take_rows(b, std::vector<Index>{0});
  for (Index i = 0; i < rows; ++i) scaled.row(i) = x.row(i).cwiseProduct(y.row(0));

  const auto check = [&](const auto& got, const auto& wanted, const std::string& what) {
    return within(relative_error(got, wanted), factory.tolerance, what);
  };
  return first_of(check(Ops::to_host(Ops::take_rows(a, picked)), taken, "take_rows"),
                  check(Ops::to_host(Ops::join_rows(parts)), joined, "join_rows"),
                  check(Ops::to_host(Ops::multiply(a, b)), product, "multiply"),
                  check(Ops::to_host(Ops::multiply(a, one_row)), scaled, "multiply by one row"),
                  check(Ops::to_host(Ops::relu(a)), positive, "relu"),
                  check(Ops::to_host(Ops::mean_over_rows(a)), mean, "mean_over_rows"),
                  check(Ops::sum_over_channels(a), sums, "sum_over_channels"));
}

/// The operations on attention rows against plain loops, on one generated case.
template <class Factory, class Ops = TensorOps<typename Factory::Rows>>
[[nodiscard]] Violation check_rows_ops(const Factory& factory, Draw& draw) {
  const Index heads = draw.index(1, 5);
  const Index queries = draw.index(1, 4);
  const Index keys = draw.index(1, 15);
  const Index groups = draw.index(1, 4);
  const HeadMatrices<double> p = draw.attention(heads, queries, keys);
  const auto rows = factory.rows(p);
  std::vector<int> group_of_key;
  std::vector<float> weights;
  for (Index k = 0; k < keys; ++k)
    group_of_key.push_back(draw.integer(-1, static_cast<int>(groups) - 1));
  for (Index h = 0; h < heads; ++h) weights.push_back(static_cast<float>(draw.real(0, 1)));

  HostMatrix sums = HostMatrix::Zero(heads * queries, groups);
  HostMatrix mixed = HostMatrix::Zero(queries, keys);
  HostMatrix most = HostMatrix::Zero(queries, keys);
  for (Index h = 0; h < heads; ++h) {
    const auto at = static_cast<std::size_t>(h);
    for (Index q = 0; q < queries; ++q) {
      for (Index k = 0; k < keys; ++k) {
        const auto value = static_cast<float>(p[at](q, k));
        const int group = group_of_key[static_cast<std::size_t>(k)];
        if (group >= 0) sums(h * queries + q, group) += value;
        mixed(q, k) += weights[at] * value;
        most(q, k) = std::max(most(q, k), value);
      }
    }
  }
  if (!(Ops::extents(rows) == Extents{heads, queries, keys})) return "extents are wrong";
  const auto check = [&](const auto& got, const auto& wanted, const std::string& what) {
    return within(relative_error(got, wanted), factory.tolerance, what);
  };
  return first_of(check(Ops::group_sums(rows, group_of_key, groups), sums, "group_sums"),
                  check(Ops::weighted_heads(rows, weights), mixed, "weighted_heads"),
                  check(Ops::max_over_heads(rows), most, "max_over_heads"));
}

/// Sums over many values are accumulated in float32 or wider: 4096 values of 1 + 2⁻⁷ sum exactly.
template <class Factory, class Ops = TensorOps<typename Factory::Matrix>>
[[nodiscard]] Violation check_accumulation(const Factory& factory) {
  const auto many = factory.matrix(RowMatrix<double>::Constant(1, 4096, 1.0078125));
  const float sum = Ops::sum_over_channels(many)[0];
  return sum == 4128.0F ? "" : "a sum is accumulated in a narrow type";
}

}  // namespace infoflow::laws
