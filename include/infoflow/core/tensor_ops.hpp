// SPDX-License-Identifier: MIT
/// \file The one customisation point for tensors: eleven operations that the components need.
#pragma once

#include <concepts>
#include <span>

#include <Eigen/Core>

#include <infoflow/core/token_partition.hpp>

namespace infoflow {

/// Rows of numbers on the host, row-major as everywhere in this field.
template <class Scalar>
using RowMatrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

using HostMatrix = RowMatrix<float>;  ///< A small result on the host.
using HostVector = Eigen::VectorXf;   ///< One value per position, head or layer.

/// How the library computes with a tensor type. Specialise it for a type of your own.
///
/// It is a class template, not a set of overloads: overloads for a type of another namespace would
/// not be found by argument-dependent lookup. Two shapes occur: a *matrix* [rows, channels] and
/// *attention rows* [heads, queries, keys]; one type may serve both (at::Tensor does). A type that
/// is only used in one of the shapes needs only that shape's operations (the concepts below).
///
/// Work stays on the tensor's device; only the results of `group_sums`, `weighted_heads`,
/// `max_over_heads`, `sum_over_channels` and `to_host` come to the host, in float32. Sums are
/// accumulated in float32 or wider, whatever the tensor's own type.
template <class Tensor>
struct TensorOps;  // Eigen: eigen_tensor_ops.hpp.  at::Tensor: torch/tensor_ops.hpp.

/// Shape of a tensor: [heads, rows, columns]; a matrix has one head.
struct Extents {
  Index heads = 1;
  Index rows = 0;
  Index columns = 0;

  friend constexpr bool operator==(const Extents&, const Extents&) = default;
};

/// A matrix [rows, channels]: features, gradients, hidden rows, logits.
///   extents(m)               its shape
///   take_rows(m, indices)    the rows named, in that order            → matrix
///   join_rows(parts)         the rows of one part after the other's   → matrix
///   multiply(a, b)           elementwise; b may be a single row       → matrix
///   relu(m)                  max(0, x)                                → matrix
///   mean_over_rows(m)        [1, channels]                            → matrix
///   sum_over_channels(m)     [rows]                                   → host
///   to_host(m)               [rows, channels]                         → host
///   unit_roundoff(m)         of its type, as a double; optional, float32's is assumed
template <class T>
concept MatrixTensor = std::movable<T> && requires(const T& m, std::span<const Index> indices,
                                                   std::span<const T> parts) {
  { TensorOps<T>::extents(m) } -> std::same_as<Extents>;
  { TensorOps<T>::take_rows(m, indices) } -> std::same_as<T>;
  { TensorOps<T>::join_rows(parts) } -> std::same_as<T>;
  { TensorOps<T>::multiply(m, m) } -> std::same_as<T>;
  { TensorOps<T>::relu(m) } -> std::same_as<T>;
  { TensorOps<T>::mean_over_rows(m) } -> std::same_as<T>;
  { TensorOps<T>::sum_over_channels(m) } -> std::same_as<HostVector>;
  { TensorOps<T>::to_host(m) } -> std::same_as<HostMatrix>;
};

/// Attention rows [heads, queries, keys], each row summing to 1 over the keys.
///   extents(r)                           its shape
///   group_sums(r, group_of_key, groups)  sums over the keys of each group (−1: in no group)
///                                        → host [heads · queries, groups], head-major
///   weighted_heads(r, weights)           Σ_h weights[h] · r[h]        → host [queries, keys]
///   max_over_heads(r)                    max_h r[h]                   → host [queries, keys]
template <class T>
concept AttentionTensor =
    std::movable<T> && requires(const T& r, std::span<const int> groups, std::span<const float> w) {
      { TensorOps<T>::extents(r) } -> std::same_as<Extents>;
      { TensorOps<T>::group_sums(r, groups, Index{}) } -> std::same_as<HostMatrix>;
      { TensorOps<T>::weighted_heads(r, w) } -> std::same_as<HostMatrix>;
      { TensorOps<T>::max_over_heads(r) } -> std::same_as<HostMatrix>;
    };

}  // namespace infoflow
