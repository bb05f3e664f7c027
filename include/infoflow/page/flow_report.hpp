// SPDX-License-Identifier: MIT
/// \file What a report of one prompt shows, as plain values.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <infoflow/core/image.hpp>
#include <infoflow/core/image_layout.hpp>
#include <infoflow/core/painted_heat.hpp>
#include <infoflow/figure/measured_rate.hpp>
#include <infoflow/run/trace_result.hpp>

namespace infoflow {

/// A picture of the prompt and where its tokens lie on it.
struct ReportPicture {
  std::string name;
  RgbImage pixels;
  ImageLayout layout;
};

/// One prompt through one model. Texts may hold anything; whoever shows them escapes them.
struct FlowReport {
  std::string model;  ///< What the model is called.
  std::string question;
  Trace trace;  ///< Its first target's first weighting is the paper's: eq. 3 of the sum.
  std::vector<ReportPicture> pictures;  ///< One per image of the prompt.
  std::vector<MeasuredRate> rates;
  std::vector<std::pair<std::string, std::string>> run;  ///< What was run: name, value.
  std::vector<std::string> notes;
  std::string smoothing{};   ///< Said under heat: how it was averaged; empty: one clean pass.
  bool as_in_paper = false;  ///< Jet, blended at 0.4, nothing below half of the maximum.
  Interpolation between = Interpolation::bilinear;  ///< How the page begins; it has a switch.
};

/// Heads in every layer; 0 if the layers' heads were not kept or differ in number.
[[nodiscard]] inline std::size_t heads_of(const FlowReport& report) {
  if (report.trace.attention.empty()) return 0;
  const std::size_t heads = report.trace.attention.front().head_shares.size();
  const bool same =
      std::all_of(report.trace.attention.begin(), report.trace.attention.end(),
                  [&](const LayerAttention& layer) { return layer.head_shares.size() == heads; });
  return same ? heads : 0;
}

}  // namespace infoflow
