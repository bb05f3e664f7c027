// SPDX-License-Identifier: MIT
/// \file A running average of heat over noisy copies, with its standard error.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

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
  cancelled  ///< The terms sum to 0 over channels: what reads this site does not see scale.
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
    for (const float value : signed_heat) {
      if (std::isfinite(value)) continue;
      throw Error("heat is not a number", "HeatAverage::add",
                  "use float32 or bfloat16; float16 overflows in gradients");
    }
    const auto positions = static_cast<std::size_t>(signed_heat.size());
    if (count_ == 0) mean_ = squares_ = std::vector<double>(positions);
    require_length(positions);
    ++count_;
    for (std::size_t p = 0; p < positions; ++p) {
      const double value = signed_heat[static_cast<Index>(p)];
      const double heat = flow == GradientFlow::present ? std::max(value, 0.0) : 0.0;
      const double delta = heat - mean_[p];
      mean_[p] += delta / static_cast<double>(count_);
      squares_[p] += delta * (heat - mean_[p]);
    }
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
    for (std::size_t p = 0; p < mean_.size(); ++p) {
      const double delta = other.mean_[p] - mean_[p];
      mean_[p] += delta * (b / (a + b));
      squares_[p] += other.squares_[p] + delta * delta * (a * b / (a + b));
    }
    count_ += other.count_;
    flow_ = std::max(flow_, other.flow_);
  }

  [[nodiscard]] Index count() const { return count_; }
  [[nodiscard]] HostVector mean() const {
    HostVector mean(static_cast<Index>(mean_.size()));
    std::transform(mean_.begin(), mean_.end(), mean.data(),
                   [](double value) { return static_cast<float>(value); });
    return mean;
  }

  /// Standard error of the mean per position; 0 with fewer than two copies.
  [[nodiscard]] HostVector standard_error() const {
    HostVector error = HostVector::Zero(static_cast<Index>(mean_.size()));
    if (count_ < 2) return error;
    const auto n = static_cast<double>(count_);
    std::transform(squares_.begin(), squares_.end(), error.data(), [n](double squares) {
      return static_cast<float>(std::sqrt(squares / (n - 1) / n));
    });
    return error;
  }

  /// The largest standard error as a fraction of the map's maximum: small when the map has settled.
  /// 0 for an empty map.
  [[nodiscard]] float relative_error() const {
    const double most = mean_.empty() ? 0.0 : *std::max_element(mean_.begin(), mean_.end());
    if (most <= 0) return 0;
    const HostVector error = standard_error();
    return static_cast<float>(*std::max_element(error.begin(), error.end()) / most);
  }

  [[nodiscard]] HeatStatus status() const {
    if (flow_ == GradientFlow::none) return HeatStatus::structurally_zero;
    if (flow_ == GradientFlow::cancelled) return HeatStatus::cancelled;
    const bool any = std::any_of(mean_.begin(), mean_.end(), [](double heat) { return heat > 0; });
    return any ? HeatStatus::flowing : HeatStatus::clipped;
  }

 private:
  void require_length(std::size_t length) const {
    if (length == mean_.size()) return;
    throw Error("heat for " + std::to_string(length) + " positions after heat for " +
                    std::to_string(mean_.size()),
                "HeatAverage", "average maps of one prompt only");
  }

  Index count_ = 0;
  std::vector<double> mean_;
  std::vector<double> squares_;             ///< Sum of squared deviations from the mean.
  GradientFlow flow_ = GradientFlow::none;  ///< The most that a copy had.
};

}  // namespace infoflow
