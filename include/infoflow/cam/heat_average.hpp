// SPDX-License-Identifier: MIT
/// \file A running average of heat over noisy copies, with its standard error.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>

#include <infoflow/core/error.hpp>
#include <infoflow/core/tensor_ops.hpp>

namespace infoflow {

/// What the gradient at a site is worth to a weighting.
enum class GradientFlow {
  none,       ///< It is exactly 0: by causality, no path leads from here to the answer.
  cancelled,  ///< It is there, but its terms sum to 0 over channels: by invariance.
  present,
};

/// Why a map is what it is. Three empty maps are told apart.
enum class HeatStatus {
  flowing,            ///< Some position has heat.
  clipped,            ///< There is a gradient, but every value was negative before ReLU.
  structurally_zero,  ///< The gradient is exactly 0: no path leads from here to the answer.
  cancelled           ///< The terms sum to 0 over channels: what reads this site does not see scale.
};

[[nodiscard]] constexpr std::string_view to_string(HeatStatus status) {
  switch (status) {
    case HeatStatus::flowing: return "flowing";
    case HeatStatus::clipped: return "clipped";
    case HeatStatus::structurally_zero: return "no flow";
    case HeatStatus::cancelled: return "cancels out";
  }
  return "";
}

/// Mean over copies of ReLU(heat) (eq. 5), position by position, in double.
///
/// Averages of disjoint sets of copies can be merged; order does not matter beyond rounding.
/// Laws: mean() equals the arithmetic mean of the added maps; merging equals adding everything to
/// one average.
class HeatAverage {
 public:
  /// Adds one copy's signed heat [positions], before ReLU. Unless the flow is present the heat is
  /// rounding at best, and counts as 0.
  /// \throws Error if the length differs from the copies before, or a value is not finite
  void add(const HostVector& signed_heat, GradientFlow flow) {
    if (!signed_heat.allFinite()) {
      throw Error("heat is not a number", "HeatAverage::add",
                  "use float32 or bfloat16; float16 overflows in gradients");
    }
    if (count_ == 0) mean_ = squares_ = Eigen::ArrayXd::Zero(signed_heat.size());
    require_length(signed_heat.size());
    const double counts = flow == GradientFlow::present ? 1 : 0;
    const Eigen::ArrayXd heat = counts * signed_heat.cast<double>().array().max(0.0);
    ++count_;
    const Eigen::ArrayXd delta = heat - mean_;
    mean_ += delta / static_cast<double>(count_);
    squares_ += delta * (heat - mean_);
    flow_ = std::max(flow_, flow);
  }

  /// Adds all copies of another average.
  void merge(const HeatAverage& other) {
    if (other.count_ == 0) return;
    if (count_ == 0) {
      *this = other;
      return;
    }
    require_length(other.mean_.size());
    const auto a = static_cast<double>(count_);
    const auto b = static_cast<double>(other.count_);
    const Eigen::ArrayXd delta = other.mean_ - mean_;
    mean_ += delta * (b / (a + b));
    squares_ += other.squares_ + delta.square() * (a * b / (a + b));
    count_ += other.count_;
    flow_ = std::max(flow_, other.flow_);
  }

  [[nodiscard]] Index count() const { return count_; }
  [[nodiscard]] HostVector mean() const { return mean_.cast<float>().matrix(); }

  /// Standard error of the mean per position; 0 with fewer than two copies.
  [[nodiscard]] HostVector standard_error() const {
    if (count_ < 2) return HostVector::Zero(mean_.size());
    const auto n = static_cast<double>(count_);
    return (squares_ / (n - 1) / n).sqrt().cast<float>().matrix();
  }

  /// The largest standard error as a fraction of the map's maximum: small when the map has settled.
  /// 0 for an empty map.
  [[nodiscard]] float relative_error() const {
    const double most = mean_.size() == 0 ? 0.0 : mean_.maxCoeff();
    return most <= 0 ? 0.0F : static_cast<float>(standard_error().maxCoeff() / most);
  }

  [[nodiscard]] HeatStatus status() const {
    if (flow_ == GradientFlow::none) return HeatStatus::structurally_zero;
    if (flow_ == GradientFlow::cancelled) return HeatStatus::cancelled;
    return (mean_ > 0).any() ? HeatStatus::flowing : HeatStatus::clipped;
  }

 private:
  void require_length(Index length) const {
    if (length == mean_.size()) return;
    throw Error("heat for " + std::to_string(length) + " positions after heat for " +
                    std::to_string(mean_.size()),
                "HeatAverage", "average maps of one prompt only");
  }

  Index count_ = 0;
  Eigen::ArrayXd mean_;
  Eigen::ArrayXd squares_;  ///< Sum of squared deviations from the mean.
  GradientFlow flow_ = GradientFlow::none;  ///< The most that a copy had.
};

}  // namespace infoflow
