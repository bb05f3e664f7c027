// SPDX-License-Identifier: MIT
/// \file One prompt read with many cuts at once: a cut leaves the untouched run at its own layer.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <infoflow/adapter/observer_witness.hpp>
#include <infoflow/run/prefilled_lane.hpp>

namespace infoflow {

/// Reads prompts, each with several truncations.
///
/// Rows before the first image token never change, and no row changes before its cut. So the prompt
/// runs once, untouched; each cut joins at its own layer as a lane with the rows that it keeps from
/// the first image token on, over the untouched cache of the rows before. Below its layer a lane
/// shares the untouched cache whole: new answer tokens still read the image there. For drop-all and L
/// cuts this costs the user rows L / 2 times more than one prefill.
///
/// Consecutive prompts share their longest common prefix of equal tokens and equal image rows with
/// equal ids, found by comparing the embedded rows (in float32), never assumed.
///
/// Law: each lane is the one that SequenceRun prefills alone. Truncations must drop, not mask.
template <LayerwiseAdapter A>
class CutPrefill {
 public:
  using Tensor = typename A::Tensor;
  using Ops = TensorOps<Tensor>;

  /// `adapter` must outlive this.
  explicit CutPrefill(const A& adapter) : adapter_(adapter) {}

  /// One frozen lane per truncation, in their order.
  /// \throws Error as SequenceCuts does
  [[nodiscard]] std::vector<PrefilledLane<Tensor>> operator()(
      const Prompt& prompt, const ImageTokensOf<A>& tokens,
      std::span<const Truncation> truncations) {
    Lane<Tensor> untouched = adapter_.begin(prompt, tokens, {});
    std::vector<Run> runs;
    for (const Truncation& t : truncations) {
      runs.push_back({SequenceCuts(t, adapter_.layer_count(), prompt.partition, prompt.layouts,
                                   untouched.position_ids)});
    }
    Pass pass = start(prompt.partition, untouched, runs);
    for (int layer = 0; layer < adapter_.layer_count(); ++layer) {
      pass.inputs.push_back(rows_from_image(pass, untouched, layer));
      for (Run& run : runs) leave_untouched(layer, pass, untouched, run);
      run_untouched(layer, pass, untouched, runs);
      run_cut_lanes(layer, pass, runs);
    }
    std::vector<PrefilledLane<Tensor>> lanes = finish(pass, untouched, std::move(runs));
    last_ = std::move(pass);
    return lanes;
  }

 private:
  using Segment = std::shared_ptr<const CacheSegment<Tensor>>;

  /// A truncation on its way through the layers.
  struct Run {
    SequenceCuts cuts;
    std::optional<int> left_at{};  ///< The layer at which it left the untouched run.
    Lane<Tensor> lane{};           ///< From then on.
    std::vector<float> scores{};   ///< What its next cut ranks by, once that is known.
  };

  /// The untouched run of a prompt, kept until the next prompt has taken what it shares.
  struct Pass {
    TokenPartition partition;
    Index image_begin = 0;        ///< The first image position; the prompt's length without one.
    Index shared = 0;             ///< Rows taken from the prompt before.
    double position_scale = 1;    ///< Of the prompt's lanes.
    HostMatrix embedded;          ///< [positions, channels]
    std::vector<PositionId> ids;  ///< One per position.
    std::vector<Tensor> inputs;   ///< Per layer: the rows that enter it, from image_begin on.
    std::vector<Segment> before;  ///< Per layer: keys and values before image_begin; null if none.
    std::vector<Segment> rest;    ///< From image_begin on; null if none.
    std::map<ScoreSource, std::vector<float>> scores;  ///< For cuts at the next layer.
  };

  [[nodiscard]] Pass start(const TokenPartition& partition, Lane<Tensor>& untouched,
                           const std::vector<Run>& runs) const {
    Pass pass;
    pass.partition = partition;
    pass.image_begin =
        partition.images().empty() ? partition.size() : partition.images().front().begin;
    pass.embedded = Ops::to_host(untouched.hidden);
    pass.ids = untouched.position_ids;
    pass.position_scale = untouched.position_scale;
    pass.shared = shared_rows(pass, runs);
    if (pass.shared == 0) return pass;
    for (std::size_t layer = 0; layer < untouched.cache.size(); ++layer) {
      for (const Segment& segment : {last_->before[layer], last_->rest[layer]}) {
        if (Segment part = first_rows(segment, pass.shared)) {
          untouched.cache[layer].shared.push_back(std::move(part));
        }
      }
    }
    const std::span<const Index> positions(untouched.positions);
    const auto own = positions.subspan(static_cast<std::size_t>(pass.shared));
    keep_rows(untouched, std::vector<Index>(own.begin(), own.end()));
    return pass;
  }

  /// How many leading rows are those of the prompt before. The last row always runs itself.
  [[nodiscard]] Index shared_rows(const Pass& pass, const std::vector<Run>& runs) const {
    if (!last_ || last_->position_scale != pass.position_scale) return 0;
    Index limit = std::min(pass.partition.size() - 1, last_->partition.size());
    const bool all_user_rows = std::any_of(runs.begin(), runs.end(), [](const Run& run) {
      return run.cuts.truncation().scores == ScoreSource::user_mean;
    });
    if (all_user_rows && !pass.partition.images().empty()) {
      limit = std::min(limit, pass.partition.images().front().end);
    }
    Index rows = 0;
    const auto id_of = [&](const Pass& p) { return p.ids[static_cast<std::size_t>(rows)]; };
    while (rows < limit && pass.partition.role(rows) == last_->partition.role(rows) &&
           id_of(pass) == id_of(*last_) && pass.embedded.row(rows) == last_->embedded.row(rows)) {
      ++rows;
    }
    return rows;
  }

  /// The rows that enter `layer` from the first image token on, those of the shared prefix included.
  [[nodiscard]] Tensor rows_from_image(const Pass& pass, const Lane<Tensor>& untouched,
                                       int layer) const {
    const Index in_flight = static_cast<Index>(untouched.positions.size());
    const Index taken = pass.shared - pass.image_begin;  // Image and user rows that are shared.
    if (taken <= 0) return Ops::take_rows(untouched.hidden, range(-taken, in_flight));
    const Tensor& last = last_->inputs[static_cast<std::size_t>(layer)];
    return Ops::join_rows(
        std::vector<Tensor>{Ops::take_rows(last, range(0, taken)), untouched.hidden});
  }

  /// Decides the run's cut at `layer` while it still is the untouched run; if something is dropped,
  /// it goes on as a lane of its own.
  void leave_untouched(int layer, Pass& pass, const Lane<Tensor>& untouched, Run& run) const {
    if (run.left_at || !run.cuts.cuts_at(layer)) return;
    if (run.cuts.scored_layer(layer)) {
      const ScoreSource source = run.cuts.truncation().scores;
      if (!pass.scores.contains(source)) {
        pass.scores[source] =
            ranking_scores(adapter_.attention(layer, untouched), pass.partition, source);
      }
      run.scores = pass.scores[source];
    }
    run.cuts.decide(layer, pass.partition, run.scores);
    if (run.cuts.dropped(layer).empty()) return;
    run.left_at = layer;
    run.lane.hidden = pass.inputs[static_cast<std::size_t>(layer)];
    run.lane.positions = range(pass.image_begin, pass.partition.size());
    run.lane.position_ids.assign(pass.ids.begin() + pass.image_begin, pass.ids.end());
    run.lane.id_offset = untouched.id_offset;
    run.lane.position_scale = untouched.position_scale;
    run.lane.cache.resize(static_cast<std::size_t>(adapter_.layer_count()));
    for (std::size_t below = 0; below < static_cast<std::size_t>(layer); ++below) {
      run.lane.cache[below].shared = untouched.cache[below].shared;
    }
  }

  void run_untouched(int layer, Pass& pass, Lane<Tensor>& untouched,
                     const std::vector<Run>& runs) const {
    pass.scores.clear();
    std::vector<ScoreSource> wanted;
    for (const Run& run : runs) {
      const ScoreSource source = run.cuts.truncation().scores;
      if (!run.left_at && run.cuts.scored_layer(layer + 1) == layer &&
          std::find(wanted.begin(), wanted.end(), source) == wanted.end()) {
        wanted.push_back(source);
      }
    }
    const auto observer = observe(on_attention(
        wanted.empty() ? Layers(std::vector<int>{}) : Layers{layer}, [&](int, const auto& block) {
          for (const ScoreSource source : wanted) {
            pass.scores[source] = ranking_scores(block, pass.partition, source);
          }
        }));
    const Witness witness(observer, "run_layer");
    adapter_.run_layer(layer, std::span(&untouched, 1), witness);
    witness.require_layer(layer);
    split_cache(layer, pass, untouched.cache[static_cast<std::size_t>(layer)]);
  }

  /// Parts a layer's cache at the first image token, so that cut lanes can share what lies before.
  void split_cache(int layer, Pass& pass, LayerCache<Tensor>& cache) const {
    std::vector<Segment> parts = std::move(cache.shared);
    parts.push_back(std::make_shared<const CacheSegment<Tensor>>(std::move(cache.tail)));
    const bool same_begin =
        last_ && last_->image_begin == pass.image_begin && pass.shared >= pass.image_begin;
    pass.before.push_back(same_begin ? last_->before[static_cast<std::size_t>(layer)]
                                     : one_segment(parts, 0, pass.image_begin));
    pass.rest.push_back(one_segment(parts, pass.image_begin, pass.partition.size()));
    cache = {};
    for (const Segment& segment : {pass.before.back(), pass.rest.back()}) {
      if (segment) cache.shared.push_back(segment);
    }
  }

  /// All lanes that have left the untouched run go through `layer` together.
  void run_cut_lanes(int layer, const Pass& pass, std::vector<Run>& runs) const {
    std::vector<Lane<Tensor>> lanes;
    for (Run& run : runs) {
      if (!run.left_at) continue;
      if (const Segment& before = pass.before.back()) {
        run.lane.cache[static_cast<std::size_t>(layer)].shared = {before};
      }
      const ScoreSource source = run.cuts.truncation().scores;
      const auto scores_here = [&] {
        return ranking_scores(adapter_.attention(layer, run.lane), pass.partition, source);
      };
      if (*run.left_at < layer) {
        if (run.cuts.scored_layer(layer) == layer) run.scores = scores_here();
        run.cuts.decide(layer, pass.partition, run.scores);
      }
      run.cuts.apply(layer, run.lane);
      if (run.cuts.scored_layer(layer + 1) == layer) run.scores = scores_here();
      lanes.push_back(std::move(run.lane));
    }
    if (lanes.empty()) return;
    adapter_.run_layer(layer, std::span(lanes), observe());
    auto lane = lanes.begin();
    for (Run& run : runs) {
      if (run.left_at) run.lane = std::move(*lane++);
    }
  }

  [[nodiscard]] std::vector<PrefilledLane<Tensor>> finish(const Pass& pass,
                                                          const Lane<Tensor>& untouched,
                                                          std::vector<Run> runs) const {
    std::vector<PrefilledLane<Tensor>> lanes;
    for (Run& run : runs) {
      PrefilledLane<Tensor>& done = lanes.emplace_back();
      done.lane = run.left_at ? std::move(run.lane) : untouched;
      done.cuts = std::make_shared<const SequenceCuts>(std::move(run.cuts));
      done.length = pass.partition.size();
      freeze(done.lane);
    }
    if (lanes.empty()) return lanes;
    const HostMatrix logits =
        logits_of_last_rows(adapter_, std::span<const PrefilledLane<Tensor>>(lanes));
    for (std::size_t i = 0; i < lanes.size(); ++i) {
      lanes[i].next_logits = logits.row(static_cast<Index>(i)).transpose();
    }
    return lanes;
  }

  [[nodiscard]] static std::vector<Index> range(Index begin, Index end) {
    std::vector<Index> numbers(static_cast<std::size_t>(std::max<Index>(end - begin, 0)));
    std::iota(numbers.begin(), numbers.end(), begin);
    return numbers;
  }

  /// The rows of `segment` before position `end`; the segment itself if that is all of it.
  [[nodiscard]] static Segment first_rows(const Segment& segment, Index end) {
    if (!segment || segment->positions.front() >= end) return nullptr;
    if (segment->positions.back() < end) return segment;
    return std::make_shared<const CacheSegment<Tensor>>(rows_between(*segment, 0, end));
  }

  /// The rows of several segments with positions in [begin, end), as one; null if there are none.
  [[nodiscard]] static Segment one_segment(const std::vector<Segment>& segments, Index begin,
                                           Index end) {
    std::vector<Tensor> keys;
    std::vector<Tensor> values;
    std::vector<Index> positions;
    for (const Segment& segment : segments) {
      CacheSegment<Tensor> part = rows_between(*segment, begin, end);
      if (part.positions.empty()) continue;
      keys.push_back(std::move(part.keys));
      values.push_back(std::move(part.values));
      positions.insert(positions.end(), part.positions.begin(), part.positions.end());
    }
    if (positions.empty()) return nullptr;
    return std::make_shared<const CacheSegment<Tensor>>(
        CacheSegment<Tensor>{Ops::join_rows(keys), Ops::join_rows(values), std::move(positions)});
  }

  const A& adapter_;
  std::optional<Pass> last_;
};

}  // namespace infoflow
