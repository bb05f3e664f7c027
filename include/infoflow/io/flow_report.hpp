// SPDX-License-Identifier: MIT
/// \file What a report of one prompt shows, as plain values.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <infoflow/attention/attention_aggregator.hpp>
#include <infoflow/cam/heat_average.hpp>
#include <infoflow/core/image.hpp>
#include <infoflow/core/image_layout.hpp>
#include <infoflow/core/site.hpp>
#include <infoflow/io/measured_rate.hpp>

namespace infoflow {

/// A picture of the prompt and where its tokens lie on it.
struct ReportPicture {
  std::string name;
  RgbImage pixels;
  ImageLayout layout;
};

/// CAM of one target with one weighting, at every layer.
struct ReportHeat {
  std::optional<Index> token;  ///< The answer token that the gradient is of; none: their sum.
  std::string weighting;
  std::vector<HostVector> layers;  ///< Per layer [image tokens of all pictures], not normalised.
  std::vector<HeatStatus> status;  ///< Per layer.
};

/// One prompt through one model. Texts may hold anything; whoever shows them escapes them.
struct FlowReport {
  std::string model;  ///< What the model is called.
  std::string question;
  std::string answer;
  TokenPartition partition;               ///< With the answer.
  std::vector<std::string> pieces;        ///< Each token as text; image tokens are not shown.
  std::vector<float> probabilities;       ///< Of each answer token.
  std::vector<LayerAttention> attention;  ///< Per layer; none if the answer is empty.
  SiteKind site = SiteKind::post_attention_norm;
  std::vector<ReportHeat> heat;         ///< The first is the paper's: eq. 3 of the sum.
  std::vector<double> cam_mass;         ///< Per layer, of the first target.
  std::vector<ReportPicture> pictures;  ///< One per image of the prompt.
  std::vector<MeasuredRate> rates;
  std::vector<std::pair<std::string, std::string>> run;  ///< What was run: name, value.
  std::vector<std::string> notes;
  bool as_in_paper = false;  ///< Jet, blended at 0.4, nothing below half of the maximum.
  Interpolation between = Interpolation::bilinear;  ///< How the page begins; it has a switch.
};

}  // namespace infoflow
