// SPDX-License-Identifier: MIT
/// \file Rotary position embedding in halves, as the LLaMA family has it.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <span>
#include <vector>

#include <ATen/ATen.h>

#include <adapters/decoder/rope_scaling.hpp>
#include <infoflow/adapter/position_id.hpp>
#include <infoflow/torch/tensor_ops.hpp>

namespace infoflow::adapters {

namespace detail {

/// Each frequency divided by the factor where its wave is long against the trained length, left where
/// it is short, blended between.
[[nodiscard]] inline at::Tensor llama3_frequencies(const at::Tensor& plain,
                                                   const RopeScaling& rope) {
  const at::Tensor turns = plain * (rope.trained_length / (2 * std::numbers::pi));
  const at::Tensor kept =
      ((turns - rope.low_freq_factor) / (rope.high_freq_factor - rope.low_freq_factor));
  const at::Tensor blended = plain * (1 - kept) / rope.factor + plain * kept;
  const at::Tensor long_or_blended =
      at::where(turns < rope.low_freq_factor, plain / rope.factor, blended);
  return at::where(turns > rope.high_freq_factor, plain, long_or_blended);
}

/// A ramp over the channels from frequencies as they are to frequencies divided by the factor, between
/// those that make beta_fast and beta_slow turns within the trained length.
[[nodiscard]] inline at::Tensor yarn_frequencies(const at::Tensor& plain, const RopeScaling& rope,
                                                 Index channels, double theta) {
  const auto width = static_cast<double>(channels);
  const auto channel_of = [&](double turns) {
    return width * std::log(rope.trained_length / (turns * 2 * std::numbers::pi)) /
           (2 * std::log(theta));
  };
  double low = channel_of(rope.beta_fast);
  double high = channel_of(rope.beta_slow);
  if (rope.truncate) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  low = std::max(low, 0.0);
  high = std::min(high, width - 1);
  if (low == high) high += 0.001;
  const at::Tensor ramp =
      ((at::arange(channels / 2, plain.options()) - low) / (high - low)).clamp(0, 1);
  return plain / rope.factor * ramp + plain * (1 - ramp);
}

}  // namespace detail

/// How some rows are turned: x cos + (−x₂, x₁) sin. In half precision the result is rounded once, where
/// transformers rounds five times.
struct Rotation {
  at::Tensor cos, sin;  ///< [rows, 1, channels] in float32.

  /// \param heads  [rows, heads, channels]
  [[nodiscard]] at::Tensor operator()(const at::Tensor& heads) const {
    const at::Tensor wide = heads.to(accumulation_type(heads));
    const auto halves = wide.chunk(2, -1);
    const at::Tensor turned = at::cat({-halves[1], halves[0]}, -1);
    return (wide * cos + turned * sin).to(heads.scalar_type());
  }
};

/// The angles id · θ^(−2i/d) of channels i and i + d/2, or as the type of scaling changes these. With
/// sections (M-RoPE) the first channels take an id's time, the next its row, the next its column. Angles
/// in float32 as transformers has them.
class RotaryEmbedding {
 public:
  /// \param sections  how many frequencies each number of an id turns, [time, row, column]; those that
  ///                  are left are turned by the time
  RotaryEmbedding(Index channels, double theta, RopeScaling scaling, const at::Device& device,
                  const std::array<int, 3>& sections = {})
      : channels_(channels),
        theta_(theta),
        scaling_(scaling),
        device_(device),
        frequencies_(frequencies_of(theta)),
        numbers_(numbers_of(sections)) {}

  /// \param position_ids  one per row
  /// \param base_scales   one per row: what θ is multiplied by
  [[nodiscard]] Rotation rotation(std::span<const PositionId> position_ids,
                                  std::span<const double> base_scales) const {
    std::vector<Index> all;
    for (const PositionId& id : position_ids) {
      all.insert(all.end(), {id.time, id.row, id.column});
    }
    const at::Tensor ids = indices_on_device_of(frequencies_, std::span<const Index>(all))
                               .view({-1, 3})
                               .index_select(1, numbers_)
                               .to(at::kFloat);
    const at::Tensor half_angles = angles_of(ids, base_scales);
    const at::Tensor angles = at::cat({half_angles, half_angles}, -1).unsqueeze(1);
    const double factor = scaling_.attention_factor;
    return {angles.cos() * factor, angles.sin() * factor};
  }

  /// [channels / 2] with θ multiplied by `base_scale`.
  [[nodiscard]] at::Tensor frequencies(double base_scale) const {
    return base_scale == 1 ? frequencies_ : frequencies_of(theta_ * base_scale);
  }

 private:
  /// \param ids  [rows, channels / 2]
  /// \return [rows, channels / 2]; rows in a row that have one scale are worked out together.
  [[nodiscard]] at::Tensor angles_of(const at::Tensor& ids, std::span<const double> scales) const {
    std::vector<at::Tensor> parts;
    for (std::size_t begin = 0; begin < scales.size();) {
      std::size_t end = begin + 1;
      while (end < scales.size() && scales[end] == scales[begin]) ++end;
      parts.push_back(ids.slice(0, static_cast<Index>(begin), static_cast<Index>(end)) *
                      frequencies(scales[begin]));
      begin = end;
    }
    return parts.empty() ? ids * frequencies_ : joined(parts, 0);
  }

  [[nodiscard]] at::Tensor frequencies_of(double theta) const {
    const auto options = at::TensorOptions().dtype(at::kFloat).device(device_);
    const at::Tensor even = at::arange(0, channels_, 2, options);
    const at::Tensor plain = at::pow(theta, even / static_cast<double>(channels_)).reciprocal();
    switch (scaling_.type) {
      case RopeType::linear: return plain / scaling_.factor;
      case RopeType::llama3: return detail::llama3_frequencies(plain, scaling_);
      case RopeType::yarn: return detail::yarn_frequencies(plain, scaling_, channels_, theta);
      default: return plain;
    }
  }

  [[nodiscard]] at::Tensor numbers_of(const std::array<int, 3>& sections) const {
    std::vector<Index> numbers;
    for (std::size_t i = 0; i < sections.size(); ++i) {
      numbers.insert(numbers.end(), static_cast<std::size_t>(sections[i]), static_cast<Index>(i));
    }
    numbers.resize(static_cast<std::size_t>(channels_ / 2), 0);
    return indices_on_device_of(frequencies_, std::span<const Index>(numbers));
  }

  Index channels_;
  double theta_;
  RopeScaling scaling_;
  at::Device device_;
  at::Tensor frequencies_;  ///< [channels / 2], of θ itself.
  at::Tensor numbers_;      ///< [channels / 2]: which number of an id each is turned by.
};

}  // namespace infoflow::adapters
