// SPDX-License-Identifier: MIT
/// \file run_study: a study on any adapter that shows attention and gradients.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <adapters/tokenizer/token_texts.hpp>
#include <infoflow/infoflow.hpp>

#include "study.hpp"

namespace infoflow::analyzers {

/// What the commands ask of an adapter beyond the library's concepts: a template for questions, with
/// its name, and the ids of a forced answer.
template <class A>
concept StudyAdapter = AttentionAdapter<A> && GradientAdapter<A> && TruncatableAdapter<A> &&
                       requires(const A& a, std::string_view text, std::size_t images) {
                         { a.question_prompt(text, images) } -> std::same_as<std::string>;
                         { a.question_template() } -> std::same_as<std::string>;
                         { a.encode_answer(text) } -> std::same_as<std::vector<TokenId>>;
                       };

namespace detail {

/// The probability that each row gives to its answer token.
inline std::vector<float> probabilities(const HostMatrix& logits,
                                        const std::vector<TokenId>& answer) {
  std::vector<float> found;
  for (std::size_t i = 0; i < answer.size(); ++i) {
    const auto row = logits.row(static_cast<Index>(i));
    const float most = row.maxCoeff();
    double sum = 0;
    for (const float logit : row) sum += std::exp(static_cast<double>(logit) - most);
    found.push_back(static_cast<float>(std::exp(static_cast<double>(row[answer[i]]) - most) / sum));
  }
  return found;
}

/// Bins of the attention maps: as narrow as `most` allows. A prompt with more role borders than that
/// gets a bin per run of one role, since bins never cross a border.
inline std::vector<PositionBin> map_bins(const TokenPartition& partition, Index most) {
  Index width = 1;
  while (width < partition.size() &&
         static_cast<Index>(position_bins(partition, width).size()) > most) {
    ++width;
  }
  return position_bins(partition, width);
}

inline std::vector<Site> sites_of(const std::vector<SiteKind>& kinds, int layers) {
  std::vector<Site> sites;
  for (const SiteKind kind : kinds) {
    for (const Site site : sites_at_all_layers(kind, layers)) sites.push_back(site);
  }
  return sites;
}

/// Each token of prompt and answer as text. The answer is a text of its own, as it is everywhere.
template <class A>
std::vector<std::string> texts_of(const A& adapter, const Prompt& prompt,
                                  const std::vector<TokenId>& answer) {
  const auto decode = [&](std::span<const TokenId> ids) { return adapter.decode(ids); };
  std::vector<std::string> texts = adapters::token_texts(prompt.ids, decode);
  for (const Span& image : prompt.partition.images()) {
    for (Index p = image.begin; p < image.end; ++p) texts[static_cast<std::size_t>(p)].clear();
  }
  for (std::string& text : adapters::token_texts(answer, decode)) texts.push_back(std::move(text));
  return texts;
}

inline std::vector<CamTarget> targets_of(const StudyRequest& request, std::size_t answer_length) {
  std::vector<CamTarget> targets = request.targets;
  const auto tokens = std::min<Index>(request.targets_per_token, static_cast<Index>(answer_length));
  for (Index i = 0; i < tokens; ++i) targets.push_back({i});
  return targets;
}

}  // namespace detail

/// The heat of one target at all sites that the request names.
template <StudyAdapter A>
[[nodiscard]] std::vector<SiteHeat> heat_of(const A& adapter, const Prompt& prompt,
                                            const std::vector<TokenId>& answer,
                                            const CamTarget& target, const StudyRequest& request) {
  using Weighting = AnyWeighting<typename A::Tensor>;
  std::vector<Weighting> weightings;
  for (const std::string& name : request.weightings) {
    weightings.push_back(weighting_named<typename A::Tensor>(name));
  }
  const GradCamSmoother<Weighting> smoother(request.smoothing, std::move(weightings),
                                            GaussianNoise{request.noise_sigma});
  const std::vector<Site> sites = detail::sites_of(request.sites, adapter.layer_count());
  if (target.token) return smoother(adapter, prompt, answer, AnswerToken{*target.token}, sites);
  return smoother(adapter, prompt, answer, AnswerSum{}, sites);
}

/// The prompt answered under a cut, held against the untouched model.
template <StudyAdapter A>
[[nodiscard]] CutAnswer cut_answer(const A& adapter, const Prompt& prompt,
                                   const ImageTokensOf<A>& tokens, const StudyRequest& request) {
  TruncationSweep<A> sweep(adapter, request.max_new_tokens);
  SweptItem item = sweep(prompt, tokens, std::span(&*request.cut, 1), {}, {});
  return {adapter.decode(item.runs.front().answer.ids), std::move(item.runs.front())};
}

/// A question in its template, a prompt as it stands.
template <StudyAdapter A>
[[nodiscard]] std::string prompt_text(const A& adapter, const StudyRequest& request) {
  if (!request.is_question) return request.text;
  return adapter.question_prompt(request.text, request.images.size());
}

/// Answers (or takes the forced answer), runs one traced pass over prompt + answer, and one backward
/// per target and noisy copy.
template <StudyAdapter A>
[[nodiscard]] Study run_study(const A& adapter, const StudyRequest& request,
                              const Progress& progress) {
  const Prompt prompt = adapter.prepare(request.images, prompt_text(adapter, request));
  const auto tokens = adapter.encode(prompt.pixels);

  Study study;
  if (request.answer) {
    study.answer_ids = adapter.encode_answer(*request.answer);
  } else {
    const auto so_far = [&](Index count) {
      progress(static_cast<int>(count), static_cast<int>(request.max_new_tokens));
    };
    Generation generation =
        generate(adapter, prompt, tokens, request.max_new_tokens, Truncation{}, so_far);
    study.answer_ids = std::move(generation.ids);
    study.stopped = generation.stopped;
  }
  const auto targets = detail::targets_of(request, study.answer_ids.size());
  const int steps = 2 + static_cast<int>(targets.size());
  int done = 0;
  progress(++done, steps);

  study.partition = prompt.partition.with_answer(static_cast<Index>(study.answer_ids.size()));
  study.layouts = prompt.layouts;
  study.patch_layouts = prompt.patch_layouts;
  study.ids = prompt.ids;
  study.ids.insert(study.ids.end(), study.answer_ids.begin(), study.answer_ids.end());
  study.answer = adapter.decode(study.answer_ids);
  study.pieces = detail::texts_of(adapter, prompt, study.answer_ids);

  const AttentionAggregator<> aggregate(study.partition);
  const std::vector<Index> rows = study.partition.predicting_rows();
  const auto observer = observe(on_attention(Layers::every(), [&](int layer, const auto& block) {
    if (!rows.empty()) study.attention.push_back(aggregate(layer, block, rows));
    if (request.most_map_bins > 0) {
      study.maps.push_back(
          pool_attention(layer, block, detail::map_bins(study.partition, request.most_map_bins)));
    }
  }));
  study.logits = TensorOps<typename A::Tensor>::to_host(
      forward(adapter, prompt, tokens, study.answer_ids, rows, observer));
  require_telling(study.logits);
  study.probabilities = detail::probabilities(study.logits, study.answer_ids);
  progress(++done, steps);

  if (request.cut) study.cut = cut_answer(adapter, prompt, tokens, request);
  if (study.answer_ids.empty()) return study;
  for (const CamTarget& target : targets) {
    study.heat.push_back({target, heat_of(adapter, prompt, study.answer_ids, target, request)});
    progress(++done, steps);
  }
  return study;
}

}  // namespace infoflow::analyzers
