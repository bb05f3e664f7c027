// SPDX-License-Identifier: MIT
/// \file An analysis as pictures and figures.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "analysis.hpp"

namespace infoflow::analyzers {

/// A file to write into the folder, by its name there.
struct AnalysisFile {
  std::string name;
  std::function<std::string()> content;
};

/// Per picture of the prompt: cam/layer_NN.png (eq. 3, weighting mean, one scale for all layers)
/// and the strips cam_strip.png, hires_strip.png and attention_strip.png. None if the answer is
/// empty. The files refer to `analysis`.
[[nodiscard]] std::vector<AnalysisFile> heat_pictures(const Analysis& analysis);

/// shares.svg, flow.svg (Fig. 1) and attention/layer_NN.svg (Fig. 2B). None if the answer is empty.
/// The files refer to `analysis`.
[[nodiscard]] std::vector<AnalysisFile> figures(const Analysis& analysis);

}  // namespace infoflow::analyzers
