// SPDX-License-Identifier: MIT
/// \file One item under many cuts: what each says, and how far it is from the untouched model.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <infoflow/core/wall_clock.hpp>
#include <infoflow/run/compared_answer.hpp>
#include <infoflow/run/cut_prefill.hpp>
#include <infoflow/run/generate.hpp>
#include <infoflow/run/logits.hpp>

namespace infoflow {

/// An item's untouched answer, and what its runs made of it.
struct SweptItem {
  Generation untouched;
  std::vector<ComparedAnswer> runs;    ///< One per truncation.
  std::vector<ComparedAnswer> others;  ///< One per other prompt.
};

/// Another prompt whose answer is compared with the item's: without its image, with another image.
template <class Adapter>
struct OtherPrompt {
  Prompt prompt;
  ImageTokensOf<Adapter> tokens;
};

/// Runs items under a list of truncations, on any model that can truncate.
///
/// A layerwise adapter takes the fast way: one prefill for all cuts (CutPrefill), then the untouched
/// answer is put behind every lane in one pass. Where a lane would have chosen each of its tokens, the
/// lane's answer is known to be the same without decoding it; the others decode from the first token
/// that differs, as one batch. Other adapters, and truncations that mask, take the plain way: one
/// `generate` and one forced pass per truncation.
///
/// Law: both ways give the same (logits to 1e-4 in float32; tokens wherever the two best logits lie
/// ten times that apart).
template <TruncatableAdapter A>
class TruncationSweep {
 public:
  using Tensor = typename A::Tensor;
  using Ops = TensorOps<Tensor>;

  /// `adapter` must outlive this.
  TruncationSweep(const A& adapter, Index max_new_tokens)
      : adapter_(adapter), max_new_tokens_(max_new_tokens), prefill_(make_prefill(adapter)) {}

  /// \param reference  tokens of the right answer; empty if its probability is not wanted
  /// \throws Error as `forward` with a truncation and require_telling() do
  [[nodiscard]] SweptItem operator()(const Prompt& prompt, const ImageTokensOf<A>& tokens,
                                     std::span<const Truncation> truncations,
                                     std::span<const OtherPrompt<A>> others,
                                     std::span<const TokenId> reference) {
    const double begin = wall_seconds();
    SweptItem item = run(prompt, tokens, truncations, others, reference);
    const double taken = wall_seconds() - begin;
    const auto count = static_cast<double>(item.runs.size() + item.others.size());
    const double each = count > 0 ? taken / count : 0;
    for (auto* runs : {&item.runs, &item.others}) {
      for (ComparedAnswer& r : *runs) r.seconds = each;
    }
    return item;
  }

 private:
  static constexpr bool layerwise = LayerwiseAdapter<A>;
  struct Nothing {};

  static auto make_prefill(const A& adapter) {
    if constexpr (layerwise) {
      return CutPrefill<A>(adapter);
    } else {
      return Nothing{};
    }
  }

  SweptItem run(const Prompt& prompt, const ImageTokensOf<A>& tokens,
                std::span<const Truncation> truncations, std::span<const OtherPrompt<A>> others,
                std::span<const TokenId> reference) {
    if constexpr (layerwise) {
      const bool masks = std::any_of(truncations.begin(), truncations.end(),
                                     [](const auto& t) { return t.mode == CutMode::mask; });
      if (!masks) return run_together(prompt, tokens, truncations, others, reference);
    }
    return run_one_by_one(prompt, tokens, truncations, others, reference);
  }

  // ---- The plain way.

  SweptItem run_one_by_one(const Prompt& prompt, const ImageTokensOf<A>& tokens,
                           std::span<const Truncation> truncations,
                           std::span<const OtherPrompt<A>> others,
                           std::span<const TokenId> reference) const {
    SweptItem item;
    item.untouched = generate(adapter_, prompt, tokens, max_new_tokens_);
    const std::vector<TokenId>& ids = item.untouched.ids;
    const auto predicted = predictions_of(forced(prompt, tokens, ids, {}), ids.size());
    const auto compare_run = [&](const Prompt& p, const ImageTokensOf<A>& t,
                                 const Truncation& how) {
      const auto dropped = std::make_shared<std::map<int, Index>>();
      Truncation noting = how;
      noting.schedule = noted(how.schedule, dropped);
      ComparedAnswer run;
      run.answer = generate(adapter_, p, t, max_new_tokens_, noting);
      run.agrees = run.answer.ids == ids && run.answer.stopped == item.untouched.stopped;
      measure_divergences(predicted, forced(p, t, ids, noting), run);
      if (!reference.empty()) {
        run.reference_probability = probability_of(forced(p, t, reference, noting), reference);
      }
      count_prompt_rows(
          p.partition, adapter_.layer_count(),
          [&](int l) { return dropped->contains(l) ? dropped->at(l) : 0; }, run);
      return run;
    };
    for (const Truncation& t : truncations) item.runs.push_back(compare_run(prompt, tokens, t));
    for (const auto& o : others) item.others.push_back(compare_run(o.prompt, o.tokens, {}));
    return item;
  }

  /// Logits [tokens, V] of the rows that predict `answer`.
  [[nodiscard]] HostMatrix forced(const Prompt& prompt, const ImageTokensOf<A>& tokens,
                                  std::span<const TokenId> answer, const Truncation& how) const {
    if (answer.empty()) return HostMatrix(0, 0);
    const auto partition = prompt.partition.with_answer(static_cast<Index>(answer.size()));
    HostMatrix logits = Ops::to_host(
        forward(adapter_, prompt, tokens, answer, partition.predicting_rows(), observe(), how));
    require_telling(logits);
    return logits;
  }

  static CutSchedule noted(const CutSchedule& schedule,
                           const std::shared_ptr<std::map<int, Index>>& dropped) {
    std::vector<Cut> cuts;
    for (const Cut& cut : schedule.cuts()) {
      cuts.push_back({cut.layer, NotingPolicy{cut.policy, dropped}});
    }
    return CutSchedule(std::move(cuts));
  }

  // ---- The fast way.

  SweptItem run_together(const Prompt& prompt, const ImageTokensOf<A>& tokens,
                         std::span<const Truncation> truncations,
                         std::span<const OtherPrompt<A>> others, std::span<const TokenId> reference)
    requires layerwise
  {
    std::vector<Truncation> with_untouched{Truncation{}};
    with_untouched.insert(with_untouched.end(), truncations.begin(), truncations.end());
    Lanes lanes = prefill_(prompt, tokens, with_untouched);
    const PrefilledLane<Tensor> untouched = lanes.front();
    lanes.erase(lanes.begin());

    SweptItem item;
    item.runs.resize(truncations.size());
    item.others.resize(others.size());
    std::vector<ComparedAnswer*> runs;
    for (ComparedAnswer& run : item.runs) runs.push_back(&run);
    for (std::size_t i = 0; i < runs.size(); ++i) {
      count_prompt_rows(
          prompt.partition, adapter_.layer_count(),
          [&](int l) { return static_cast<Index>(lanes[i].cuts->dropped(l).size()); }, *runs[i]);
    }
    for (std::size_t i = 0; i < others.size(); ++i) {
      const std::vector<Truncation> uncut{Truncation{}};
      CutPrefill<A> alone(adapter_);
      lanes.push_back(std::move(alone(others[i].prompt, others[i].tokens, uncut).front()));
      count_prompt_rows(
          others[i].prompt.partition, adapter_.layer_count(), [](int) { return 0; },
          item.others[i]);
      runs.push_back(&item.others[i]);
    }

    item.untouched = decode_untouched(untouched);
    follow(item.untouched, untouched, lanes, runs, reference);
    if (!reference.empty() && !std::ranges::equal(reference, item.untouched.ids)) {
      const std::vector<HostMatrix> logits = logits_behind(lanes, reference);
      for (std::size_t i = 0; i < runs.size(); ++i) {
        runs[i]->reference_probability = probability_of(logits[i], reference);
      }
    }
    return item;
  }

  using Lanes = std::vector<PrefilledLane<Tensor>>;

  [[nodiscard]] Generation decode_untouched(const PrefilledLane<Tensor>& lane) const {
    std::vector<Generation> answers(1);
    decode({lane}, {&answers.front()});
    return std::move(answers.front());
  }

  /// Puts `answer` in flight behind every lane. Per lane the logits [tokens + 1, V] of the rows from
  /// the prompt's last to the answer's last.
  [[nodiscard]] std::vector<HostMatrix> logits_behind(Lanes& lanes,
                                                      std::span<const TokenId> answer) const {
    if (!answer.empty()) {
      const std::vector<std::vector<TokenId>> same(lanes.size(), {answer.begin(), answer.end()});
      run_tokens(adapter_, std::span(lanes), same);
    }
    std::vector<HostMatrix> behind;
    if (!answer.empty()) {
      behind = logits_of_all_rows(adapter_, std::span<const PrefilledLane<Tensor>>(lanes));
    }
    std::vector<HostMatrix> logits;
    for (std::size_t i = 0; i < lanes.size(); ++i) {
      HostMatrix& rows = logits.emplace_back(answer.size() + 1, lanes[i].next_logits.size());
      rows.row(0) = lanes[i].next_logits.transpose();
      if (!answer.empty()) rows.bottomRows(rows.rows() - 1) = behind[i];
    }
    return logits;
  }

  /// Puts the untouched answer behind every lane, compares, and decodes on where a lane departs.
  void follow(const Generation& untouched, const PrefilledLane<Tensor>& untouched_lane, Lanes lanes,
              const std::vector<ComparedAnswer*>& runs, std::span<const TokenId> reference) const {
    const std::vector<TokenId>& ids = untouched.ids;
    lanes.push_back(untouched_lane);
    const std::vector<HostMatrix> logits = logits_behind(lanes, ids);
    const auto predicted = predictions_of(logits.back(), ids.size());
    Lanes departing;
    std::vector<Generation*> unfinished;
    for (std::size_t i = 0; i < runs.size(); ++i) {
      measure_divergences(predicted, logits[i], *runs[i]);
      if (!reference.empty() && std::ranges::equal(reference, ids)) {
        runs[i]->reference_probability = probability_of(logits[i], reference);
      }
      const std::size_t same = tokens_in_common(untouched, logits[i]);
      const bool ends = untouched.stopped && same == ids.size() &&
                        is_stop(most_likely_at(logits[i], static_cast<Index>(same)));
      runs[i]->agrees = same == ids.size() && (ends || !untouched.stopped);
      runs[i]->answer.ids.assign(ids.begin(), ids.begin() + static_cast<Index>(same));
      runs[i]->answer.stopped = ends;
      if (runs[i]->agrees) continue;
      PrefilledLane<Tensor>& lane = departing.emplace_back(std::move(lanes[i]));
      lane.length += static_cast<Index>(same) - static_cast<Index>(ids.size());
      crop_tails(lane.lane, lane.length);
      lane.next_logits = logits[i].row(static_cast<Index>(same)).transpose();
      unfinished.push_back(&runs[i]->answer);
    }
    decode(std::move(departing), std::move(unfinished));
  }

  /// How many of the untouched answer's tokens a lane would have chosen before the first other one.
  [[nodiscard]] static std::size_t tokens_in_common(const Generation& untouched,
                                                    const HostMatrix& logits) {
    std::size_t same = 0;
    while (same < untouched.ids.size() &&
           most_likely_at(logits, static_cast<Index>(same)) == untouched.ids[same]) {
      ++same;
    }
    return same;
  }

  /// Goes on greedily from each lane's next logits until all have stopped or reached the limit.
  void decode(Lanes lanes, std::vector<Generation*> answers) const {
    while (!lanes.empty()) {
      Lanes going_on;
      std::vector<Generation*> growing;
      std::vector<std::vector<TokenId>> next;
      for (std::size_t i = 0; i < lanes.size(); ++i) {
        if (static_cast<Index>(answers[i]->ids.size()) >= max_new_tokens_) continue;
        Index token = 0;
        lanes[i].next_logits.maxCoeff(&token);
        if (is_stop(token)) {
          answers[i]->stopped = true;
          continue;
        }
        answers[i]->ids.push_back(token);
        if (static_cast<Index>(answers[i]->ids.size()) >= max_new_tokens_) continue;
        next.push_back({token});
        growing.push_back(answers[i]);
        going_on.push_back(std::move(lanes[i]));
      }
      lanes = std::move(going_on);
      answers = std::move(growing);
      if (lanes.empty()) break;
      run_tokens(adapter_, std::span(lanes), next);
      const HostMatrix logits =
          logits_of_last_rows(adapter_, std::span<const PrefilledLane<Tensor>>(lanes));
      for (std::size_t i = 0; i < lanes.size(); ++i) {
        lanes[i].next_logits = logits.row(static_cast<Index>(i)).transpose();
      }
    }
  }

  [[nodiscard]] bool is_stop(TokenId token) const {
    return std::find(stop_ids_.begin(), stop_ids_.end(), token) != stop_ids_.end();
  }

  const A& adapter_;
  Index max_new_tokens_;
  std::vector<TokenId> stop_ids_ = adapter_.stop_ids();
  decltype(make_prefill(std::declval<const A&>())) prefill_;
};

}  // namespace infoflow
