// SPDX-License-Identifier: MIT
/// \file How Qwen (2023) reads prompts that are longer than those it was trained at.
#pragma once

#include <algorithm>
#include <cmath>

#include <infoflow/core/tensor_ops.hpp>

namespace infoflow::adapters {

/// Log-n scaled queries and a rotary base that grows with the prompt (dynamic NTK). Up to the trained
/// length both change nothing.
///
/// Source: Qwen-VL's published configuration (use_logn_attn, use_dynamic_ntk, seq_length).
struct LongContext {
  Index trained_length = 2048;
  bool log_n = true;
  bool dynamic_ntk = true;

  /// What the query at `position` is multiplied by: log(position + 1) to the base of the trained
  /// length, at least 1. By the position in the whole sequence, whatever a cut has renumbered.
  [[nodiscard]] float query_scale(Index position) const {
    if (!log_n || position < trained_length) return 1.0F;
    return static_cast<float>(std::log(static_cast<double>(position + 1)) /
                              std::log(static_cast<double>(trained_length)));
  }

  /// What θ is multiplied by: α^(d / (d − 2)), α = 2^⌈log₂(prompt / trained) + 1⌉ − 1, at least 1. It
  /// is the prompt's, and stays so while an answer grows.
  [[nodiscard]] double base_scale(Index prompt_length, Index head_channels) const {
    if (!dynamic_ntk || prompt_length <= trained_length) return 1;
    const double ratio = static_cast<double>(prompt_length) / static_cast<double>(trained_length);
    const double alpha = std::max(std::exp2(std::ceil(std::log2(ratio) + 1)) - 1, 1.0);
    const auto channels = static_cast<double>(head_channels);
    return std::pow(alpha, channels / (channels - 2));
  }
};

}  // namespace infoflow::adapters
