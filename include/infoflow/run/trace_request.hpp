// SPDX-License-Identifier: MIT
/// \file What is asked of a trace.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <infoflow/cam/grad_cam_smoother.hpp>
#include <infoflow/core/image.hpp>
#include <infoflow/core/site.hpp>
#include <infoflow/cut/cut_schedule.hpp>

namespace infoflow {

/// What a gradient is taken of: the sum over the answer's tokens (eq. 1) or one of them.
struct CamTarget {
  std::optional<Index> token;  ///< None: the sum.

  [[nodiscard]] std::string name() const {
    return token ? "token:" + std::to_string(*token) : "sum";
  }
};

/// One prompt, and what to find out about it. What the adapter has not (gradients, cuts, a way to
/// encode an answer) must not be asked for; everything else has a value to begin with.
struct TraceRequest {
  std::vector<RgbImage> images;
  std::string text;
  /// A question goes through the adapter's template, if it has one; other texts are put as they stand.
  bool is_question = true;
  std::optional<std::string> answer{};  ///< Forced; else the model's own, greedily.
  Index max_new_tokens = 64;
  std::vector<SiteKind> sites{SiteKind::post_attention_norm};
  std::vector<std::string> weightings{"mean"};  ///< By name, as weighting_named() knows them.
  std::vector<CamTarget> targets{CamTarget{}};  ///< A backward per target and copy; none: no heat.
  Index targets_per_token = 0;  ///< Further targets: the answer's first tokens, one by one.
  SmoothingSettings smoothing{};
  float noise_sigma = 0.1F;         ///< Of the noisy copies, in [0, 1] pixels.
  Index most_map_bins = 0;          ///< Pool whole attention maps to about this many bins; 0: none.
  std::optional<Truncation> cut{};  ///< Also answered under this one, for comparison.

  /// All targets for an answer of so many tokens.
  [[nodiscard]] std::vector<CamTarget> targets_for(std::size_t answer_length) const {
    std::vector<CamTarget> all = targets;
    const Index tokens = std::min<Index>(targets_per_token, static_cast<Index>(answer_length));
    for (Index i = 0; i < tokens; ++i) all.push_back({i});
    return all;
  }
};

}  // namespace infoflow
