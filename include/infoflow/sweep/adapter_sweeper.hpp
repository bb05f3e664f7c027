// SPDX-License-Identifier: MIT
/// \file A sweeper for any adapter that shows attention and gradients and can truncate.
#pragma once

#include <concepts>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <infoflow/attention/attention_aggregator.hpp>
#include <infoflow/cam/grad_cam_smoother.hpp>
#include <infoflow/core/wall_clock.hpp>
#include <infoflow/run/generate.hpp>
#include <infoflow/run/questions.hpp>
#include <infoflow/sweep/sweep_wording.hpp>
#include <infoflow/sweep/sweeper.hpp>

namespace infoflow {

/// What a sweep needs: cuts, and the two instruments that it measures beside them.
template <class A>
concept SweepAdapter = AttentionAdapter<A> && GradientAdapter<A> && TruncatableAdapter<A>;

/// `DecoderShape decoder_shape() const`: the sizes that costs depend on.
template <class A>
concept HasDecoderShape = requires(const A& a) {
  { a.decoder_shape() } -> std::same_as<DecoderShape>;
};

namespace detail {

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

}  // namespace detail

template <SweepAdapter A>
class AdapterSweeper : public Sweeper {
 public:
  /// `adapter` must outlive the sweeper.
  AdapterSweeper(const A& adapter, SweepWording wording)
      : adapter_(adapter), wording_(std::move(wording)), encode_(adapter) {
    sweep_.emplace(adapter, wording_.max_new_tokens);
  }

  [[nodiscard]] int layers() const override { return adapter_.layer_count(); }
  [[nodiscard]] DecoderShape shape() const override {
    if constexpr (HasDecoderShape<A>) return adapter_.decoder_shape();
    return {};
  }

  void check(const SweepQuestion& question) const override {
    (void)prompt_of(question.item, question.image);
    if (question.image) (void)prompt_of(question.item, std::nullopt);
    if (question.other_image) (void)prompt_of(question.item, question.other_image);
    (void)reference_of(question.item);
  }

  [[nodiscard]] SweptQuestion operator()(const SweepQuestion& question) override {
    if (question.item.image != picture_) {
      // What is shared changes how sums are rounded. Within a picture the order is always the same.
      sweep_.emplace(adapter_, wording_.max_new_tokens);
      picture_ = question.item.image;
    }
    const auto [prompt, tokens] = asked(question.item, question.image);
    std::vector<OtherPrompt<A>> others;
    if (question.image) others.push_back(asked(question.item, std::nullopt));
    if (question.other_image) others.push_back(asked(question.item, question.other_image));
    SweptQuestion swept;
    swept.item =
        (*sweep_)(prompt, tokens, question.truncations, others, reference_of(question.item));
    swept.untouched = wording_.answer(swept.item.untouched.ids);
    for (const ComparedAnswer& run : swept.item.runs) {
      swept.answers.push_back(wording_.answer(run.answer.ids));
    }
    auto other = swept.item.others.begin();
    if (question.image) {
      swept.without_image = *other++;
      swept.answer_without_image = wording_.answer(swept.without_image->answer.ids);
    }
    if (question.other_image) {
      swept.with_other_image = *other++;
      swept.answer_with_other_image = wording_.answer(swept.with_other_image->answer.ids);
    }
    if (question.image && !swept.item.untouched.ids.empty()) {
      measure_flow(prompt, tokens, swept.item.untouched.ids, swept);
    }
    return swept;
  }

  [[nodiscard]] double seconds_to_answer(const SweepQuestion& question,
                                         const Truncation& truncation) override {
    const auto [prompt, tokens] = asked(question.item, question.image);
    const double begin = wall_seconds();
    (void)generate(adapter_, prompt, tokens, wording_.max_new_tokens, truncation);
    return wall_seconds() - begin;
  }

 private:
  [[nodiscard]] Prompt prompt_of(const BenchmarkItem& item,
                                 const std::optional<RgbImage>& image) const {
    std::vector<RgbImage> images;
    if (image) images.push_back(*image);
    return adapter_.prepare(images, wording_.prompt(item, images.size()));
  }

  /// Tokens of the right answer, for its probability; none where nobody can encode it.
  [[nodiscard]] std::vector<TokenId> reference_of(const BenchmarkItem& item) const {
    if constexpr (HasEncodeAnswer<A>) {
      if (!item.reference.empty()) return adapter_.encode_answer(item.reference);
    }
    return {};
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
      swept.image_share.push_back(aggregate(layer, block, rows).mean_shares()[Role::image]);
    };
    observe_pass(adapter_, prompt, tokens, answer, observe(on_attention(Layers::every(), shares)));
    const auto sites = sites_at_all_layers(SiteKind::post_attention_norm, adapter_.layer_count());
    for (const SiteHeat& heat : GradCamSmoother()(adapter_, prompt, answer, AnswerSum{}, sites)) {
      swept.cam_mass.push_back(heat.mass());
    }
  }

  const A& adapter_;
  SweepWording wording_;
  detail::EncodedPictures<A> encode_;
  std::optional<TruncationSweep<A>> sweep_;
  std::string picture_;
};

}  // namespace infoflow
