// SPDX-License-Identifier: MIT
// What each piece of work costs on a LLaVA checkpoint, one run at a time as it is told: beside peers that
// run in turn with it (tests/speed/benchmark.py), or by hand:
//
//   cmake --build build/release --target speed_ways
//   echo prefill cuts | build/release/tests/speed_ways CHECKPOINT PICTURE QUESTION
//
// Reads names of ways, does each once and answers with a line of JSON: seconds, and the peak of memory
// since the start in MiB. Without a known name it says which there are.
#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include <sys/resource.h>

#include <adapters/kept_memory.hpp>
#include <adapters/llava.hpp>
#include <infoflow/attention/attention_aggregator.hpp>
#include <infoflow/cam/grad_cam_smoother.hpp>
#include <infoflow/core/wall_clock.hpp>
#include <infoflow/cut/policies.hpp>
#include <infoflow/picture/read_image.hpp>
#include <infoflow/run/plain.hpp>
#include <infoflow/run/truncation_sweep.hpp>

using namespace infoflow;
using adapters::Llava;

namespace {

constexpr Index answer_tokens = 4;  // As the peers decode.

/// One question of a model, and what is done with it.
class Ways {
 public:
  Ways(const Llava& model, const std::string& picture, const std::string& question)
      : model_(model),
        prompt_(model.prepare(std::vector<RgbImage>{read_image(picture).image},
                              model.question_prompt(question, 1))),
        tokens_(model.encode(prompt_.pixels)),
        last_(prompt_.partition.prompt_length() - 1) {}

  [[nodiscard]] const std::map<std::string, std::function<void()>>& all() const { return ways_; }

 private:
  using Cuts = std::vector<Truncation>;

  [[nodiscard]] Cuts cuts(const AnyPolicy& policy) const {
    Cuts cuts;
    for (int layer = 0; layer < model_.layer_count(); ++layer) {
      cuts.push_back({.schedule = {{{layer, policy}}}});
    }
    cuts.emplace_back();
    return cuts;
  }

  template <class Observer>
  void pass(const Observer& observer) const {
    (void)forward(model_, prompt_, tokens_, {}, std::span(&last_, 1), observer);
  }

  void shares() const {
    const AttentionAggregator<> aggregate(prompt_.partition);
    std::vector<LayerAttention> layers;
    pass(observe(on_attention(Layers::every(), [&](int layer, const auto& block) {
      layers.push_back(aggregate(layer, block, std::span(&last_, 1)));
    })));
  }

  void cam() const {
    std::vector<Site> sites;
    for (int l = 0; l < model_.layer_count(); ++l) {
      sites.push_back({l, SiteKind::post_attention_norm});
    }
    const std::vector<TokenId> answer{5};
    (void)GradCamSmoother({}, MeanGradient{})(model_, prompt_, answer, AnswerSum{}, sites);
  }

  template <class Adapter>
  void sweep(const Adapter& adapter, const Cuts& cuts) const {
    (void)TruncationSweep<Adapter>(adapter, answer_tokens)(prompt_, tokens_, cuts, {}, {});
  }

  /// What a careful user of `generate` and `forward` would write.
  void apart() const {
    const Generation untouched = generate(model_, prompt_, tokens_, answer_tokens);
    const auto rows =
        prompt_.partition.with_answer(static_cast<Index>(untouched.ids.size())).predicting_rows();
    for (const Truncation& cut : cuts(DropAll{})) {
      (void)generate(model_, prompt_, tokens_, answer_tokens, cut);
      (void)forward(model_, prompt_, tokens_, untouched.ids, rows, observe(), cut);
    }
  }

  /// Ten steps of decoding behind all cuts of `policy`, or behind the untouched prompt alone.
  void steps(const Cuts& cuts) {
    if (read_.size() != cuts.size()) read_ = CutPrefill<Llava>(model_)(prompt_, tokens_, cuts);
    auto lanes = read_;
    const std::vector<std::vector<TokenId>> next(lanes.size(), {5});
    begin_ = wall_seconds();  // Reading the prompt does not count.
    for (int step = 0; step < 10; ++step) run_tokens(model_, std::span(lanes), next);
  }

  const Llava& model_;
  Prompt prompt_;
  Llava::ImageTokens tokens_;
  Index last_;
  std::vector<PrefilledLane<at::Tensor>> read_;
  double begin_ = 0;

  const std::map<std::string, std::function<void()>> ways_{
      {"prefill", [this] { pass(observe()); }},
      {"shares", [this] { shares(); }},
      {"cam", [this] { cam(); }},
      {"answer", [this] { (void)generate(model_, prompt_, tokens_, answer_tokens); }},
      {"cuts", [this] { sweep(model_, cuts(DropAll{})); }},
      {"cuts_prefill",
       [this] { (void)CutPrefill<Llava>(model_)(prompt_, tokens_, cuts(DropAll{})); }},
      {"cuts_apart", [this] { apart(); }},
      {"cuts_opaque", [this] { sweep(plain(model_), cuts(DropAll{})); }},
      {"top_k_cuts", [this] { sweep(model_, cuts(TopK{64})); }},
      {"step_of_one", [this] { steps({Truncation{}}); }},
      {"step_of_all", [this] { steps(cuts(DropAll{})); }}};

 public:
  /// Seconds of a way. \throws std::out_of_range if there is none of this name
  double seconds(const std::string& way) {
    begin_ = wall_seconds();
    ways_.at(way)();
    return wall_seconds() - begin_;
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: speed_ways CHECKPOINT PICTURE QUESTION, names of ways on standard input\n";
    return 2;
  }
  adapters::keep_freed_memory();  // As the command does.
  const Llava model = Llava::from_directory(argv[1]);
  Ways ways(model, argv[2], argv[3]);
  for (std::string way; std::cin >> way;) {
    if (!ways.all().contains(way)) {
      std::cerr << "no way is called \"" << way << "\"; there are";
      for (const auto& [name, run] : ways.all()) std::cerr << ' ' << name;
      std::cerr << '\n';
      return 2;
    }
    const double seconds = ways.seconds(way);
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    std::cout << "{\"way\": \"" << way << "\", \"seconds\": " << seconds
              << ", \"peak_mib\": " << static_cast<double>(usage.ru_maxrss) / 1024 << "}"
              << std::endl;
  }
}
