// SPDX-License-Identifier: MIT
/// \file Trace: everything that was found out about one prompt, as plain values.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include <infoflow/attention/attention_aggregator.hpp>
#include <infoflow/attention/attention_map.hpp>
#include <infoflow/cam/site_heat.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/core/image_layout.hpp>
#include <infoflow/run/compared_answer.hpp>
#include <infoflow/run/trace_request.hpp>

namespace infoflow {

/// Heat of one target, per site: all layers of the request's first kind, then of the next …
struct TargetHeat {
  CamTarget target;
  std::vector<SiteHeat> sites;
};

/// What the model says under a cut.
struct CutAnswer {
  std::string answer;
  ComparedAnswer compared;
};

/// One prompt with its answer: who said what, where it attended, and where its gradients lie.
struct Trace {
  std::vector<TokenId> ids;  ///< Prompt and answer, as they went through the model.
  /// What each of them adds to the text; empty for image tokens and for all but the last token of a
  /// character. Those of the answer concatenate to it.
  std::vector<std::string> pieces;
  TokenPartition partition;  ///< With the answer.
  std::vector<ImageLayout> layouts;
  std::vector<ImageLayout> patch_layouts;  ///< As the prompt's: of encoder_last, or none.
  std::vector<TokenId> answer_ids;
  std::string answer;
  bool stopped = true;                    ///< False: the limit on new tokens came first.
  HostMatrix logits;                      ///< [T, V]: row i predicts answer token i.
  std::vector<float> probabilities;       ///< Of each answer token.
  std::vector<LayerAttention> attention;  ///< One per layer; none if the answer is empty.
  std::vector<AttentionMap> maps;         ///< One per layer, if asked for.
  std::vector<TargetHeat> heat;           ///< One per target; none if the answer is empty.
  std::optional<CutAnswer> cut;           ///< If a cut was asked for.
  /// The boxes that the answer names, in pixels of the picture; none if the model writes no boxes, or
  /// the prompt has not one picture.
  std::optional<std::vector<Rect>> answer_boxes{};

  /// Where the heat of a site lies on the first picture. \throws Error if the prompt has none
  [[nodiscard]] const ImageLayout& layout_at(SiteKind kind) const {
    if (layouts.empty()) {
      throw Error("the prompt has no picture", "Trace::layout_at", "ask of traces with one alone");
    }
    const bool patches = kind == SiteKind::encoder_last && !patch_layouts.empty();
    return patches ? patch_layouts.front() : layouts.front();
  }

  /// The first target's heat per site: with a request as it is by default, the paper's. None if there
  /// is no heat.
  [[nodiscard]] std::span<const SiteHeat> sites() const {
    return heat.empty() ? std::span<const SiteHeat>{} : heat.front().sites;
  }
};

}  // namespace infoflow
