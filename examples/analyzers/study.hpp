// SPDX-License-Identifier: MIT
/// \file A study: everything that the commands want to know about one prompt, and what came of it.
/// Plain values, so that files on both sides (models with libtorch, reports with fmt) can share it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <infoflow/attention/attention_aggregator.hpp>
#include <infoflow/attention/attention_map.hpp>
#include <infoflow/cam/grad_cam_smoother.hpp>

#include "sweeper.hpp"

namespace infoflow::analyzers {

/// What the gradient is taken of: the sum over the answer's tokens (eq. 1) or one of them.
struct CamTarget {
  std::optional<Index> token;  ///< None: the sum.

  [[nodiscard]] std::string name() const {
    return token ? "token:" + std::to_string(*token) : "sum";
  }
};

/// "sum" or "token:I". \throws Error otherwise
[[nodiscard]] CamTarget parse_cam_target(std::string_view text);

struct StudyRequest {
  std::vector<RgbImage> images;
  std::string text;
  bool is_question = true;  ///< Goes through the model's template; else used as it stands.
  std::optional<std::string> answer;  ///< Forced; else the model's own, greedily.
  Index max_new_tokens = 64;
  std::vector<SiteKind> sites{SiteKind::post_attention_norm};
  std::vector<std::string> weightings{"mean"};
  std::vector<CamTarget> targets{CamTarget{}};
  Index targets_per_token = 0;  ///< Further targets: the answer's first tokens, one by one.
  SmoothingSettings smoothing;
  float noise_sigma = 0.1F;
  Index most_map_bins = 0;  ///< Pool whole attention maps to about this many bins; 0: no maps.
  std::optional<Truncation> cut{};  ///< Also answered under this one, for comparison.
};

/// Heat for one target: per site (all layers of the first kind, then of the next …), per weighting.
struct TargetHeat {
  CamTarget target;
  std::vector<SiteHeat> sites;
};

/// What the model says under a cut.
struct CutAnswer {
  std::string answer;
  ComparedAnswer compared;
};

struct Study {
  std::vector<TokenId> ids;         ///< Prompt and answer, as they went through the model.
  /// What each of them adds to the text; empty for image tokens and for all but the last token of a
  /// character. Those of the answer concatenate to it.
  std::vector<std::string> pieces;
  TokenPartition partition;         ///< With the answer.
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

  /// Where the heat of a site lies on the first picture.
  [[nodiscard]] const ImageLayout& layout_at(SiteKind kind) const {
    const bool patches = kind == SiteKind::encoder_last && !patch_layouts.empty();
    return patches ? patch_layouts.front() : layouts.front();
  }
};

/// What a model is called and how it was loaded.
struct ModelInfo {
  std::string name;    ///< The last two folders of the checkpoint's path.
  std::string family;  ///< model_type of its configuration.
  std::string dtype;
  std::string device;
  int layers = 0;
  DecoderShape shape{};
  std::string question_template{};    ///< Through which a question goes, by name.
  std::string evaluation_template{};  ///< Through which a benchmark's goes.
};

/// `progress(done, total)` is called between steps.
using Progress = std::function<void(int done, int total)>;

/// A loaded model, behind an interface that knows neither its family nor its tensors.
class Model {
 public:
  virtual ~Model() = default;
  [[nodiscard]] virtual const ModelInfo& info() const = 0;
  [[nodiscard]] virtual Study study(const StudyRequest& request,
                                    const Progress& progress) const = 0;
  /// Looks at the request's texts without running anything.
  /// \throws Error if a question or a forced answer cannot be put as it stands
  virtual void check(const StudyRequest& request) const = 0;

  /// What asks the task's questions under many cuts; must not outlive the model.
  /// \param max_new_tokens  0: as many as the family's evaluation of the task allows
  [[nodiscard]] virtual std::unique_ptr<Sweeper> sweeper(const std::string& task,
                                                         Index max_new_tokens) const = 0;
  [[nodiscard]] virtual Index answer_limit(const std::string& task) const = 0;
};

}  // namespace infoflow::analyzers
