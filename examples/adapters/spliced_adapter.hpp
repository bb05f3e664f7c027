// SPDX-License-Identifier: MIT
/// \file What all families share: image tokens spliced into embedded text, read by a decoder on lanes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include <adapters/chat/own_template.hpp>
#include <adapters/chat/plain_text.hpp>
#include <adapters/decoder/decoder.hpp>
#include <adapters/tokenizer/tokenizer.hpp>
#include <infoflow/adapter/model_adapter.hpp>
#include <infoflow/text/answer_text.hpp>
#include <infoflow/torch/backward.hpp>

namespace infoflow::adapters {

/// The half of an adapter behind the projector. A family derives from it, `class Mine : public
/// SplicedAdapter<Mine>`, and brings what is its own:
///
///     Prompt prepare(std::span<const RgbImage>, std::string_view text) const;
///     ImageTokens encode(std::span<const PixelImage> views) const;
///     ImageTokens project(const at::Tensor& features) const;
///     std::string chat_prompt(std::string_view text, std::size_t image_count) const;
///     std::string evaluation_template() const;
///
/// where `project` is the part of `encode` behind the vision tower, `chat_prompt` the template of the
/// family's evaluation, and the last one its name. A family whose image tokens are not the projector's
/// rows as they come has
///
///     at::Tensor in_places(const Prompt& prompt, const at::Tensor& projected) const;
///
/// and its `project` says that they are not in their places. A family whose pictures have position ids
/// of their own has
///
///     std::vector<PositionId> position_ids(const Prompt& prompt) const;
///
/// one for each position of the prompt. Shows every site; drops and masks tokens;
/// runs layer by layer.
template <class Family>
class SplicedAdapter {
 public:
  using Tensor = at::Tensor;
  using AttentionBlock = AttentionRows;

  /// The vision side of a prompt, all pictures one after the other. In float32, whatever the decoder
  /// runs in (float64 if that is float64).
  struct ImageTokens {
    Tensor features;        ///< [patches, C_v], as they enter the projector: the site encoder_last.
    Tensor tokens;          ///< [image tokens, C], or what leaves the projector.
    bool in_places = true;  ///< Which of the two.
  };

  [[nodiscard]] const Decoder& decoder() const { return decoder_; }
  [[nodiscard]] DecoderShape decoder_shape() const { return decoder_.shape(); }
  [[nodiscard]] int layer_count() const { return decoder_.layer_count(); }
  /// How this CPU multiplies weights in half precision, on which results depend; empty for others.
  [[nodiscard]] std::string half_products() const {
    return way_of_products(decoder_.weights().head.weight);
  }
  [[nodiscard]] std::vector<TokenId> stop_ids() const { return stop_ids_; }
  [[nodiscard]] std::string decode(std::span<const TokenId> ids) const {
    return tokenizer_.decode(ids);
  }
  /// An answer as the families' evaluations score it: without special tokens, and without white
  /// space at its ends.
  [[nodiscard]] std::string answer_text(std::span<const TokenId> ids) const {
    return std::string(text::strip(tokenizer_.decode(ids, /*skip_special=*/true)));
  }
  /// An answer to be forced: encoded by itself, so that it begins as a word where the family's answers
  /// do, without BOS and EOS.
  /// \throws Error if the model would read a part of it as something else than text
  [[nodiscard]] std::vector<TokenId> encode_answer(std::string_view text) const {
    require_marks(marks_in(text), {}, "answer");
    return tokenizer_.encode(text, SpecialTokens::none);
  }

  /// A question's prompt: in the checkpoint's own chat template, in the evaluation's if it has none.
  /// \throws Error if that template is not known, or if the model would read a part of the question
  ///         as something else than text
  [[nodiscard]] std::string question_prompt(std::string_view question,
                                            std::size_t image_count) const {
    const auto in_template = [&](std::string_view text) {
      if (!own_template_) return family().chat_prompt(text, image_count);
      return own_template_->chat()(text, image_count, family().marks_of(image_count));
    };
    return around(question, in_template);
  }

  /// A text of the family's evaluation (examples/adapters/evaluation) in the evaluation's template.
  /// \throws Error if the model would read a part of it as something else than text
  [[nodiscard]] std::string evaluation_prompt(std::string_view text,
                                              std::size_t image_count) const {
    const auto in_template = [&](std::string_view asked) {
      return family().evaluation_chat(asked, image_count);
    };
    return around(text, in_template);
  }
  /// The same before it is checked. A family whose evaluation puts pictures inside a sentence hides this.
  [[nodiscard]] std::string evaluation_chat(std::string_view text, std::size_t image_count) const {
    return family().chat_prompt(text, image_count);
  }

  /// What question_prompt() writes, by name.
  [[nodiscard]] std::string question_template() const {
    if (!own_template_) return family().evaluation_template();
    const std::string file = std::filesystem::path(own_template_->file).filename().string();
    return own_template_->known ? std::string(own_template_->known->name) + ", from " + file : file;
  }

  /// A prompt's text as it is tokenised. A family with marks around its image tokens hides this.
  [[nodiscard]] std::string spelt(std::string_view text) const { return std::string(text); }
  /// What of a prompt is read as something else than text by another tokenizer. A family with a second
  /// one hides this.
  [[nodiscard]] std::vector<std::string> further_marks_in(std::string_view) const { return {}; }
  /// The pictures' marks before a question, for templates that know only text.
  [[nodiscard]] std::string marks_of(std::size_t image_count) const {
    std::string marks;
    for (std::size_t i = 0; i < image_count; ++i) marks += "<image>\n";
    return marks;
  }

  [[nodiscard]] Tensor embed(std::span<const TokenId> ids) const { return decoder_.embed(ids); }

  /// The rows that stand in the prompt, [image tokens, C]: the site projector.
  /// \throws Error if they are not those of the prompt's pictures
  [[nodiscard]] Tensor image_rows(const Prompt& prompt, const ImageTokens& images) const {
    Tensor rows = images.tokens;
    if constexpr (requires { family().in_places(prompt, rows); }) {
      if (!images.in_places) rows = family().in_places(prompt, rows);
    }
    if (rows.size(0) == prompt.partition.count(Role::image)) return rows;
    throw Error(std::to_string(rows.size(0)) + " image tokens for " +
                    std::to_string(prompt.partition.count(Role::image)) + " places in the prompt",
                "begin", "encode the pictures of this prompt");
  }

  /// \throws Error if the image tokens are not those of the prompt's pictures, or the context is too
  ///         short
  [[nodiscard]] Lane<Tensor> begin(const Prompt& prompt, const ImageTokens& images,
                                   std::span<const TokenId> answer) const {
    require_context(static_cast<Index>(prompt.ids.size() + answer.size()));
    const Tensor image_tokens = image_rows(prompt, images);
    const std::span<const TokenId> ids(prompt.ids);
    std::vector<Tensor> parts;
    Index text_begin = 0;
    Index image_begin = 0;
    const auto add_text = [&](Index end) {
      if (end > text_begin) parts.push_back(embed(ids.subspan(text_begin, end - text_begin)));
    };
    for (const Span& image : prompt.partition.images()) {
      add_text(image.begin);
      parts.push_back(image_tokens.narrow(0, image_begin, image.size()));
      image_begin += image.size();
      text_begin = image.end;
    }
    add_text(prompt.partition.prompt_length());
    if (!answer.empty()) parts.push_back(embed(answer));
    Lane<Tensor> lane = decoder_.begin(joined(parts, 0), prompt.partition.prompt_length());
    if constexpr (requires { family().position_ids(prompt); }) {
      put_ids(lane, family().position_ids(prompt));
    }
    return lane;
  }

  template <class Observer>
  void run_layer(int layer, std::span<Lane<Tensor>> lanes, const Observer& observer) const {
    decoder_.run_layer(layer, lanes, observer);
  }
  [[nodiscard]] AttentionBlock attention(int layer, const Lane<Tensor>& lane) const {
    return decoder_.attention(layer, lane);
  }
  [[nodiscard]] Tensor logits(const Lane<Tensor>& lane, std::span<const Index> positions) const {
    return decoder_.logits(lane, positions);
  }

  /// As backward_through_lanes; at encoder_last the positions count patches through all views.
  template <Target T, class Observer>
  void backward(const Prompt& prompt, const ImageTokens& images, std::span<const TokenId> answer,
                const T& target, const Observer& observer) const {
    const c10::AutoGradMode on_the_tape(true);
    const bool features = observer.wants_gradient({0, SiteKind::encoder_last});
    const bool tokens = observer.wants_gradient({0, SiteKind::projector});
    ImageTokens taped = images;
    std::vector<TapedFeatures> before_decoder;
    if (features) {
      taped = family().project(images.features.detach().requires_grad_());
      std::vector<Index> patches(static_cast<std::size_t>(taped.features.size(0)));
      std::iota(patches.begin(), patches.end(), Index{0});
      before_decoder.push_back({{0, SiteKind::encoder_last}, std::move(patches), taped.features});
    }
    if (tokens) {
      taped = {taped.features, image_rows(prompt, taped)};
      if (taped.tokens.requires_grad()) {  // It does not without a picture, whatever is wanted.
        taped.tokens.retain_grad();
      } else {
        taped.tokens = taped.tokens.detach().requires_grad_();
      }
      before_decoder.push_back(
          {{0, SiteKind::projector}, prompt.partition.positions(Role::image), taped.tokens});
    }
    backward_through_lanes(family(), prompt, taped, answer, target, observer,
                           std::move(before_decoder));
  }

 protected:
  /// \param context_limit  the longest prompt with its answer that the decoder can read
  /// \param own_template  the chat template in the checkpoint's folder, if questions go through it
  SplicedAdapter(Decoder decoder, Tokenizer tokenizer, std::vector<TokenId> stop_ids,
                 Index context_limit, std::optional<OwnTemplate> own_template = {})
      : decoder_(std::move(decoder)),
        tokenizer_(std::move(tokenizer)),
        stop_ids_(std::move(stop_ids)),
        context_limit_(context_limit),
        own_template_(std::move(own_template)) {}

  [[nodiscard]] const Tokenizer& tokenizer() const { return tokenizer_; }

  /// The id of a token that the family's prompts need. \throws Error if the tokenizer lacks it
  [[nodiscard]] TokenId required_token(const std::string& piece) const {
    if (const auto id = tokenizer_.id_of(piece)) return *id;
    throw Error("the tokenizer has no token " + piece, "tokenizer",
                "its files must belong to the checkpoint's config.json");
  }

  void require_context(Index length) const {
    if (length <= context_limit_) return;
    throw Error("prompt and answer of " + std::to_string(length) + " tokens in a context of " +
                    std::to_string(context_limit_),
                "prompt and answer", "shorten the longer of them, or give fewer pictures");
  }

 private:
  /// Gives the prompt's rows these ids; the answer's count on from the largest.
  static void put_ids(Lane<Tensor>& lane, std::vector<PositionId> ids) {
    Index largest = -1;
    for (const PositionId& id : ids) largest = std::max(largest, id.largest());
    lane.id_offset = largest + 1 - static_cast<Index>(ids.size());
    for (auto position = static_cast<Index>(ids.size());
         position < static_cast<Index>(lane.positions.size()); ++position) {
      ids.emplace_back(position + lane.id_offset);
    }
    lane.position_ids = std::move(ids);
  }

  [[nodiscard]] const Family& family() const { return static_cast<const Family&>(*this); }

  /// What of a prompt is read as something else than text.
  [[nodiscard]] std::vector<std::string> marks_in(std::string_view prompt) const {
    constexpr std::string_view mark = "<image>";
    std::vector<std::string> marks;
    for (std::size_t at = prompt.find(mark); at != std::string_view::npos;
         at = prompt.find(mark, at + mark.size())) {
      marks.emplace_back(mark);
    }
    for (std::string& token : tokenizer_.marks_in(family().spelt(prompt))) {
      marks.push_back(std::move(token));
    }
    for (std::string& token : family().further_marks_in(prompt)) marks.push_back(std::move(token));
    return marks;
  }

  template <class InTemplate>
  [[nodiscard]] std::string around(std::string_view question, const InTemplate& in_template) const {
    std::string prompt = in_template(question);
    require_marks(marks_in(prompt), marks_in(in_template("")), "question");
    return prompt;
  }

  Decoder decoder_;
  Tokenizer tokenizer_;
  std::vector<TokenId> stop_ids_;
  Index context_limit_;
  std::optional<OwnTemplate> own_template_;
};

}  // namespace infoflow::adapters
