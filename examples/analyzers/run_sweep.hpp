// SPDX-License-Identifier: MIT
/// \file A sweeper for any adapter that shows attention and gradients and can truncate.
#pragma once

#include <chrono>
#include <concepts>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <infoflow/infoflow.hpp>

#include "run_study.hpp"
#include "sweeper.hpp"

namespace infoflow::analyzers {

/// What a sweep asks of an adapter beyond a study: how its family's evaluation puts a benchmark's
/// questions and reads answers, and the sizes that costs depend on.
template <class A>
concept SweepAdapter =
    StudyAdapter<A> && requires(const A& a, std::string_view task, const BenchmarkItem& item,
                                std::size_t images, std::span<const TokenId> ids) {
      { a.evaluation_prompt(task, item, images) } -> std::same_as<std::string>;
      { a.evaluation_template() } -> std::same_as<std::string>;
      { a.answer_text(ids) } -> std::same_as<std::string>;
      { a.answer_limit(task) } -> std::same_as<Index>;
      { a.decoder_shape() } -> std::same_as<DecoderShape>;
    };

/// Image tokens of the last few pictures: questions about one picture come one after another, and a
/// picture serves as another item's control, too.
template <SweepAdapter A>
class EncodedPictures {
 public:
  explicit EncodedPictures(const A& adapter) : adapter_(adapter) {}

  [[nodiscard]] ImageTokensOf<A> operator()(const std::vector<PixelImage>& pixels) {
    for (const auto& [known, tokens] : recent_) {
      if (known == pixels) return tokens;
    }
    recent_.emplace_front(pixels, adapter_.encode(pixels));
    if (recent_.size() > 4) recent_.pop_back();
    return recent_.front().second;
  }

 private:
  const A& adapter_;
  std::deque<std::pair<std::vector<PixelImage>, ImageTokensOf<A>>> recent_;
};

template <SweepAdapter A>
class AdaptedSweeper : public Sweeper {
 public:
  /// `adapter` must outlive the sweeper.
  AdaptedSweeper(const A& adapter, std::string task, Index max_new_tokens)
      : adapter_(adapter),
        task_(std::move(task)),
        max_new_tokens_(max_new_tokens),
        encode_(adapter) {
    sweep_.emplace(adapter, max_new_tokens);
  }

  void check(const SweepQuestion& question) const override {
    (void)prompt_of(question.item, question.image);
    if (question.image) (void)prompt_of(question.item, std::nullopt);
    if (question.other_image) (void)prompt_of(question.item, question.other_image);
    if (!question.item.reference.empty()) (void)adapter_.encode_answer(question.item.reference);
  }

  [[nodiscard]] SweptQuestion operator()(const SweepQuestion& question) override {
    if (question.item.image != picture_) {
      // What is shared changes how sums are rounded. Within a picture the order is always the same.
      sweep_.emplace(adapter_, max_new_tokens_);
      picture_ = question.item.image;
    }
    const auto [prompt, tokens] = asked(question.item, question.image);
    std::vector<OtherPrompt<A>> others;
    if (question.image) others.push_back(asked(question.item, std::nullopt));
    if (question.other_image) others.push_back(asked(question.item, question.other_image));
    std::vector<TokenId> reference;
    if (!question.item.reference.empty()) {
      reference = adapter_.encode_answer(question.item.reference);
    }
    SweptQuestion swept;
    swept.item = (*sweep_)(prompt, tokens, question.truncations, others, reference);
    swept.untouched = adapter_.answer_text(swept.item.untouched.ids);
    for (const ComparedAnswer& run : swept.item.runs) {
      swept.answers.push_back(adapter_.answer_text(run.answer.ids));
    }
    auto other = swept.item.others.begin();
    if (question.image) {
      swept.without_image = *other++;
      swept.answer_without_image = adapter_.answer_text(swept.without_image->answer.ids);
    }
    if (question.other_image) {
      swept.with_other_image = *other++;
      swept.answer_with_other_image = adapter_.answer_text(swept.with_other_image->answer.ids);
    }
    if (question.image && !swept.item.untouched.ids.empty()) {
      measure_flow(prompt, tokens, swept.item.untouched.ids, swept);
    }
    return swept;
  }

  [[nodiscard]] double seconds_to_answer(const SweepQuestion& question,
                                         const Truncation& truncation) override {
    const auto [prompt, tokens] = asked(question.item, question.image);
    const auto begin = std::chrono::steady_clock::now();
    (void)generate(adapter_, prompt, tokens, max_new_tokens_, truncation);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  }

 private:
  [[nodiscard]] Prompt prompt_of(const BenchmarkItem& item,
                                 const std::optional<RgbImage>& image) const {
    std::vector<RgbImage> images;
    if (image) images.push_back(*image);
    return adapter_.prepare(images, adapter_.evaluation_prompt(task_, item, images.size()));
  }

  [[nodiscard]] OtherPrompt<A> asked(const BenchmarkItem& item,
                                     const std::optional<RgbImage>& image) {
    Prompt prompt = prompt_of(item, image);
    auto tokens = encode_(prompt.pixels);
    return {std::move(prompt), std::move(tokens)};
  }

  /// The two instruments that do not cut, on the untouched answer: one traced pass, one backward.
  void measure_flow(const Prompt& prompt, const ImageTokensOf<A>& tokens,
                    const std::vector<TokenId>& answer, SweptQuestion& swept) const {
    const TokenPartition partition =
        prompt.partition.with_answer(static_cast<Index>(answer.size()));
    const AttentionAggregator<> aggregate(partition);
    const std::vector<Index> rows = partition.predicting_rows();
    const auto shares = [&](int layer, const auto& block) {
      swept.image_share.push_back(aggregate(layer, block, rows).mean_shares()[1]);
    };
    (void)forward(adapter_, prompt, tokens, answer, rows,
                  observe(on_attention(Layers::every(), shares)));
    const auto sites = sites_at_all_layers(SiteKind::post_attention_norm, adapter_.layer_count());
    for (const SiteHeat& heat : GradCamSmoother<>()(adapter_, prompt, answer, AnswerSum{}, sites)) {
      swept.cam_mass.push_back(heat.mass());
    }
  }

  const A& adapter_;
  std::string task_;
  Index max_new_tokens_;
  EncodedPictures<A> encode_;
  std::optional<TruncationSweep<A>> sweep_;
  std::string picture_;
};

}  // namespace infoflow::analyzers
