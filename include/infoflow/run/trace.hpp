// SPDX-License-Identifier: MIT
/// \file trace: one prompt through any adapter, with all that can be seen of it.
#pragma once

#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <infoflow/attention/attention_aggregator.hpp>
#include <infoflow/attention/attention_map.hpp>
#include <infoflow/cam/grad_cam_smoother.hpp>
#include <infoflow/run/divergence.hpp>
#include <infoflow/run/generate.hpp>
#include <infoflow/run/progress.hpp>
#include <infoflow/run/questions.hpp>
#include <infoflow/run/token_texts.hpp>
#include <infoflow/run/trace_request.hpp>
#include <infoflow/run/trace_result.hpp>
#include <infoflow/run/truncation_sweep.hpp>

namespace infoflow {

namespace detail {

/// The probability that each row gives to its answer token.
[[nodiscard]] inline std::vector<float> probabilities(const HostMatrix& logits,
                                                      const std::vector<TokenId>& answer) {
  std::vector<float> found;
  for (std::size_t i = 0; i < answer.size(); ++i) {
    const LogProbabilities row = log_probabilities(logits.row(static_cast<Index>(i)));
    found.push_back(static_cast<float>(std::exp(row[static_cast<std::size_t>(answer[i])])));
  }
  return found;
}

/// Bins of the attention maps: as narrow as `most` allows. A prompt with more role borders than that
/// gets a bin per run of one role, since bins never cross a border.
[[nodiscard]] inline std::vector<PositionBin> map_bins(const TokenPartition& partition,
                                                       Index most) {
  Index width = 1;
  while (width < partition.size() &&
         static_cast<Index>(position_bins(partition, width).size()) > most) {
    ++width;
  }
  return position_bins(partition, width);
}

[[nodiscard]] inline std::vector<Site> sites_of(const std::vector<SiteKind>& kinds, int layers) {
  std::vector<Site> sites;
  for (const SiteKind kind : kinds) {
    for (const Site site : sites_at_all_layers(kind, layers)) sites.push_back(site);
  }
  return sites;
}

/// Each token of prompt and answer as text. The answer is a text of its own, as it is everywhere.
template <class A>
[[nodiscard]] std::vector<std::string> texts_of(const A& adapter, const Prompt& prompt,
                                                const std::vector<TokenId>& answer) {
  const auto decode = [&](std::span<const TokenId> ids) { return adapter.decode(ids); };
  std::vector<std::string> texts = token_texts(prompt.ids, decode);
  for (const Span& image : prompt.partition.images()) {
    for (Index p = image.begin; p < image.end; ++p) texts[static_cast<std::size_t>(p)].clear();
  }
  for (std::string& text : token_texts(answer, decode)) texts.push_back(std::move(text));
  return texts;
}

/// \throws Error if the request asks for what the adapter has not, before anything is run
template <class A>
void require_able(const TraceRequest& request) {
  if (!GradientAdapter<A> && (!request.targets.empty() || request.targets_per_token > 0)) {
    throw Error("heat is wanted of an adapter without `backward`", "TraceRequest::targets",
                "leave the targets empty, or give it one (explain<A>() says which)");
  }
  if (!TruncatableAdapter<A> && request.cut) {
    throw Error("a cut is wanted of an adapter that can drop no tokens", "TraceRequest::cut",
                "leave it empty, or let `forward` take a Truncation");
  }
  if (!HasEncodeAnswer<A> && request.answer) {
    throw Error("an answer is forced on an adapter without `encode_answer`", "TraceRequest::answer",
                "leave it to the model, or give the adapter one");
  }
}

/// The heat of one target at all sites that the request names.
template <GradientAdapter A>
[[nodiscard]] std::vector<SiteHeat> heat_of(const A& adapter, const Prompt& prompt,
                                            const std::vector<TokenId>& answer,
                                            const CamTarget& target, const TraceRequest& request) {
  const auto smoother = GradCamSmoother(request.smoothing, request.weightings)
                            .with_noise(GaussianNoise{request.noise_sigma});
  const std::vector<Site> sites = sites_of(request.sites, adapter.layer_count());
  if (target.token) return smoother(adapter, prompt, answer, AnswerToken{*target.token}, sites);
  return smoother(adapter, prompt, answer, AnswerSum{}, sites);
}

/// The boxes that an answer names, on the prompt's one picture.
template <class A>
[[nodiscard]] std::optional<std::vector<Rect>> boxes_of(
    [[maybe_unused]] const A& adapter, [[maybe_unused]] const Prompt& prompt,
    [[maybe_unused]] const std::vector<TokenId>& answer) {
  if constexpr (HasAnswerBoxes<A>) {
    if (prompt.layouts.size() != 1) return std::nullopt;
    std::vector<Rect> boxes = adapter.answer_boxes(adapter.decode(answer));
    const Preprocessing& way = prompt.layouts.front().preprocessing();
    for (Rect& box : boxes) box = way.shares_to_source(box);
    return boxes;
  } else {
    return std::nullopt;
  }
}

/// The prompt answered under a cut, held against the untouched model.
template <TruncatableAdapter A>
[[nodiscard]] CutAnswer cut_answer(const A& adapter, const Prompt& prompt,
                                   const ImageTokensOf<A>& tokens, const Truncation& cut,
                                   Index max_new_tokens) {
  TruncationSweep<A> sweep(adapter, max_new_tokens);
  SweptItem item = sweep(prompt, tokens, std::span(&cut, 1), {}, {});
  return {adapter.decode(item.runs.front().answer.ids), std::move(item.runs.front())};
}

}  // namespace detail

/// The text that a request puts to the model: a question in its template, a prompt as it stands.
template <class A>
[[nodiscard]] std::string prompt_text(const A& adapter, const TraceRequest& request) {
  if (!request.is_question) return request.text;
  return question_prompt(adapter, request.text, request.images.size());
}

/// Answers (or takes the forced answer), runs one pass over prompt + answer that shows the attention
/// of the rows which predict it, one backward per target and noisy copy, and the answer under a cut.
/// \throws Error if the adapter has not what the request asks for, does not show what it declares, or
///         gives numbers that are none
template <AttentionAdapter A>
[[nodiscard]] Trace trace(const A& adapter, const TraceRequest& request,
                          const Progress& progress = {}) {
  detail::require_able<A>(request);
  const auto tell = [&](Index done, Index total) {
    if (progress) progress(static_cast<int>(done), static_cast<int>(total));
  };
  const Prompt prompt = adapter.prepare(request.images, prompt_text(adapter, request));
  const auto tokens = adapter.encode(prompt.pixels);

  Trace found;
  if (request.answer) {
    found.answer_ids = encode_answer(adapter, *request.answer);
  } else {
    const auto so_far = [&](Index count) { tell(count, request.max_new_tokens); };
    Generation generation = generate(adapter, prompt, tokens, request.max_new_tokens, so_far);
    found.answer_ids = std::move(generation.ids);
    found.stopped = generation.stopped;
  }
  // An answer without tokens has nothing that a gradient could be of.
  const std::vector<CamTarget> targets = found.answer_ids.empty()
                                             ? std::vector<CamTarget>{}
                                             : request.targets_for(found.answer_ids.size());
  const auto steps = static_cast<Index>(2 + targets.size());
  Index done = 0;
  tell(++done, steps);

  found.partition = prompt.partition.with_answer(static_cast<Index>(found.answer_ids.size()));
  found.layouts = prompt.layouts;
  found.patch_layouts = prompt.patch_layouts;
  found.ids = prompt.ids;
  found.ids.insert(found.ids.end(), found.answer_ids.begin(), found.answer_ids.end());
  found.answer = adapter.decode(found.answer_ids);
  found.pieces = detail::texts_of(adapter, prompt, found.answer_ids);
  found.answer_boxes = detail::boxes_of(adapter, prompt, found.answer_ids);

  const AttentionAggregator<> aggregate(found.partition);
  const std::vector<Index> rows = found.partition.predicting_rows();
  std::vector<PositionBin> bins;
  if (request.most_map_bins > 0) bins = detail::map_bins(found.partition, request.most_map_bins);
  const auto observer = observe(on_attention(Layers::every(), [&](int layer, const auto& block) {
    if (!rows.empty()) found.attention.push_back(aggregate(layer, block, rows));
    if (!bins.empty()) found.maps.push_back(pool_attention(layer, block, bins));
  }));
  found.logits = TensorOps<typename A::Tensor>::to_host(
      forward(adapter, prompt, tokens, found.answer_ids, rows, observer));
  require_telling(found.logits);
  found.probabilities = detail::probabilities(found.logits, found.answer_ids);
  tell(++done, steps);

  if constexpr (TruncatableAdapter<A>) {
    if (request.cut) {
      found.cut = detail::cut_answer(adapter, prompt, tokens, *request.cut, request.max_new_tokens);
    }
  }
  if constexpr (GradientAdapter<A>) {
    for (const CamTarget& target : targets) {
      found.heat.push_back(
          {target, detail::heat_of(adapter, prompt, found.answer_ids, target, request)});
      tell(++done, steps);
    }
  }
  return found;
}

}  // namespace infoflow
