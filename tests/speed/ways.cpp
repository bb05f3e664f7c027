// SPDX-License-Identifier: MIT
// What each piece of work costs on a LLaVA checkpoint, one run at a time as it is told: beside peers that
// run in turn with it (tests/speed/benchmark.py), or by hand:
//
//   cmake --build build/release --target speed_ways
//   echo prefill cuts | build/release/tests/speed_ways CHECKPOINT PICTURE QUESTION float32 cpu
//
// Reads names of ways, does each once and answers with a line of JSON: seconds, and the peak of memory
// since the start in MiB. Without a known name it says which there are.
#include <chrono>
#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include <sys/resource.h>

#include <adapters/kept_memory.hpp>
#include <adapters/llava.hpp>
#include <infoflow/attention/attention_aggregator.hpp>
#include <infoflow/cam/site_heat.hpp>
#include <infoflow/cut/policies.hpp>
#include <infoflow/picture/read_image.hpp>
#include <infoflow/run/plain.hpp>
#include <infoflow/run/truncation_sweep.hpp>

using namespace infoflow;
using adapters::Llava;

namespace {

constexpr Index answer_tokens = 4;  // As the peers decode.
constexpr int decoding_steps = 10;

template <class F>
double seconds_of(F f) {
  const auto begin = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// One question of a model, and what is done with it. The picture is encoded once, before all ways.
class Ways {
 public:
  Ways(const Llava& model, const std::string& picture, const std::string& question)
      : model_(model),
        prompt_(model.prepare(std::vector<RgbImage>{read_image(picture).image},
                              model.question_prompt(question, 1))),
        tokens_(model.encode(prompt_.pixels)),
        last_(prompt_.partition.prompt_length() - 1) {}
  Ways(const Ways&) = delete;
  Ways& operator=(const Ways&) = delete;

  [[nodiscard]] const std::map<std::string, std::function<double()>>& all() const { return ways_; }

 private:
  using Cuts = std::vector<Truncation>;

  /// One at each layer, and the untouched model.
  [[nodiscard]] Cuts cuts(const AnyPolicy& policy) const {
    Cuts cuts;
    for (int layer = 0; layer < model_.layer_count(); ++layer) {
      cuts.push_back({.schedule = {{{layer, policy}}}});
    }
    cuts.emplace_back();
    return cuts;
  }

  template <class Observer>
  [[nodiscard]] double pass(const Observer& observer) const {
    return seconds_of([&] {  // Until the logits are there: a device may still be at work.
      (void)TensorOps<at::Tensor>::to_host(
          forward(model_, prompt_, tokens_, {}, std::span(&last_, 1), observer));
    });
  }

  [[nodiscard]] double shares() const {
    const AttentionAggregator<> aggregate(prompt_.partition);
    std::vector<LayerAttention> layers;
    return pass(observe(on_attention(Layers::every(), [&](int layer, const auto& block) {
      layers.push_back(aggregate(layer, block, std::span(&last_, 1)));
    })));
  }

  [[nodiscard]] double cam() const {
    std::vector<Site> sites;
    for (int l = 0; l < model_.layer_count(); ++l) {
      sites.push_back({l, SiteKind::post_attention_norm});
    }
    const std::vector<TokenId> answer{5};
    const TokenPartition partition = prompt_.partition.with_answer(1);
    const std::vector<AnyWeighting<at::Tensor>> weightings{MeanGradient{}};
    std::vector<SiteHeat> heat;
    return seconds_of([&] {
      model_.backward(prompt_, tokens_, answer, AnswerSum{},
                      observe(on_gradient(sites, [&](const auto& event) {
                        heat.push_back({event.site});
                        heat.back().add(event, partition, weightings);
                      })));
    });
  }

  [[nodiscard]] double answer() const {
    return seconds_of([&] { (void)generate(model_, prompt_, tokens_, answer_tokens); });
  }

  template <class Adapter>
  [[nodiscard]] double sweep(const Adapter& adapter, const Cuts& cuts) const {
    return seconds_of([&] {
      (void)TruncationSweep<Adapter>(adapter, answer_tokens)(prompt_, tokens_, cuts, {}, {});
    });
  }

  /// What a careful user of `generate` and `forward` would write.
  [[nodiscard]] double apart() const {
    return seconds_of([&] {
      const Generation untouched = generate(model_, prompt_, tokens_, answer_tokens);
      const auto rows =
          prompt_.partition.with_answer(static_cast<Index>(untouched.ids.size())).predicting_rows();
      for (const Truncation& cut : cuts(DropAll{})) {
        (void)generate(model_, prompt_, tokens_, answer_tokens, cut);
        (void)forward(model_, prompt_, tokens_, untouched.ids, rows, observe(), cut);
      }
    });
  }

  [[nodiscard]] double prefill(const Cuts& cuts) const {
    return seconds_of([&] { (void)CutPrefill<Llava>(model_)(prompt_, tokens_, cuts); });
  }

  /// Decoding behind all of `cuts`, without the prompt's reading.
  [[nodiscard]] double steps(const Cuts& cuts) const {
    auto lanes = CutPrefill<Llava>(model_)(prompt_, tokens_, cuts);
    const std::vector<std::vector<TokenId>> next(lanes.size(), {5});
    return seconds_of([&] {
      for (int step = 0; step < decoding_steps; ++step) {
        run_tokens(model_, std::span(lanes), next);
        (void)logits_of_last_rows(model_, std::span<const PrefilledLane<at::Tensor>>(lanes));
      }
    });
  }

  const Llava& model_;
  Prompt prompt_;
  Llava::ImageTokens tokens_;
  Index last_;

  const std::map<std::string, std::function<double()>> ways_{
      {"prefill", [this] { return pass(observe()); }},
      {"shares", [this] { return shares(); }},
      {"cam", [this] { return cam(); }},
      {"answer", [this] { return answer(); }},
      {"cuts", [this] { return sweep(model_, cuts(DropAll{})); }},
      {"cuts_prefill", [this] { return prefill(cuts(DropAll{})); }},
      {"cuts_apart", [this] { return apart(); }},
      {"cuts_opaque", [this] { return sweep(plain(model_), cuts(DropAll{})); }},
      {"top_k_cuts", [this] { return sweep(model_, cuts(TopK{64})); }},
      {"step_of_one", [this] { return steps({Truncation{}}); }},
      {"step_of_all", [this] { return steps(cuts(DropAll{})); }}};
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::cerr << "usage: speed_ways CHECKPOINT PICTURE QUESTION DTYPE DEVICE, names of ways on "
                 "standard input\n";
    return 2;
  }
  adapters::keep_freed_memory();  // As the command does.
  const Llava model = Llava::from_directory(argv[1], {.dtype = argv[4], .device = argv[5]});
  const Ways ways(model, argv[2], argv[3]);
  for (std::string name; std::cin >> name;) {
    const auto way = ways.all().find(name);
    if (way == ways.all().end()) {
      std::cerr << "no way is called \"" << name << "\"; there are";
      for (const auto& known : ways.all()) std::cerr << ' ' << known.first;
      std::cerr << '\n';
      return 2;
    }
    const double seconds = way->second();
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    std::cout << "{\"way\": \"" << name << "\", \"seconds\": " << seconds
              << ", \"peak_mib\": " << static_cast<double>(usage.ru_maxrss) / 1024 << "}"
              << std::endl;
  }
}
