// SPDX-License-Identifier: MIT
/// \file Averages and scales that break one law each.
#pragma once

#include <infoflow/cam/heat_average.hpp>
#include <infoflow/cam/normalise.hpp>

namespace infoflow::laws {

/// Averages signed maps and takes ReLU at the end: copies of opposite sign cancel.
struct ReluAtTheEnd {
  HostVector sum;
  Index n = 0;
  void add(const HostVector& heat, GradientFlow) {
    if (n++ == 0) sum = HostVector::Zero(heat.size());
    sum += heat;
  }
  void merge(const ReluAtTheEnd& other) {
    if (other.n == 0) return;
    if (n == 0) sum = HostVector::Zero(other.sum.size());
    sum += other.sum;
    n += other.n;
  }
  [[nodiscard]] Index count() const { return n; }
  [[nodiscard]] HostVector mean() const { return (sum / static_cast<float>(n)).cwiseMax(0.0F); }
  [[nodiscard]] HostVector standard_error() const { return HostVector::Zero(sum.size()); }
};

/// Divides the spread by n, not by n − 1: too sure of itself with few copies.
struct TooSure : HeatAverage {
  [[nodiscard]] HostVector standard_error() const {
    const auto n = static_cast<float>(count());
    return HeatAverage::standard_error() * std::sqrt((n - 1) / n);
  }
};

/// Merges by the mean of the two means, however many copies each has.
struct MergesEvenly : HeatAverage {
  void merge(const MergesEvenly& other) {
    HeatAverage even;
    for (const HeatAverage& half : {static_cast<const HeatAverage&>(*this), HeatAverage(other)}) {
      if (half.count() > 0) even.add(half.mean(), GradientFlow::present);
    }
    static_cast<HeatAverage&>(*this) = even;
  }
};

/// Divides by the maximum, 0 or not: the released code.
struct DividesByZero {
  HostVector operator()(const HostVector& heat) const { return heat / heat.maxCoeff(); }
};

/// Stretches the smallest value to 0 as well.
struct Stretches {
  HostVector operator()(const HostVector& heat) const {
    const float low = heat.minCoeff();
    return ((heat.array() - low) / (heat.maxCoeff() - low + 1e-30F)).matrix();
  }
};

/// Calls small what is small in one unit of measurement.
struct ComparesWithANumber {
  bool operator()(const HostMatrix& terms) const { return terms.rowwise().sum().norm() < 1e-5F; }
};

/// Knows only exact zeros.
struct WaitsForZero {
  bool operator()(const HostMatrix& terms) const {
    return terms.norm() > 0 && terms.rowwise().sum().norm() == 0;
  }
};

}  // namespace infoflow::laws
