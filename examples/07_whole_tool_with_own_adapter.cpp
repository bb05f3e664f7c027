// SPDX-License-Identifier: MIT
// The whole tool on an adapter of your own: the folders of a trace and of a sweep, and their claims.
#include <filesystem>
#include <iostream>

#include <infoflow/infoflow.hpp>
#include <infoflow/report.hpp>
#include <infoflow/study.hpp>
#include <infoflow/tool.hpp>

#include "toy/planted_reader.hpp"
#include "toy/toy_decoder.hpp"

namespace {

using namespace infoflow;

/// As 05_own_adapter.cpp, but layer by layer and with gradients. The engine reads pictures in layer 1.
class MyAdapter {
 public:
  using Tensor = RowMatrix<double>;
  using AttentionBlock = toy::ToyAttention<double>;
  using ImageTokens = toy::ImageTokens<double>;
  using Ids = std::span<const TokenId>;

  int layer_count() const { return engine_.layer_count(); }
  Prompt prepare(std::span<const RgbImage> images, std::string_view text) const {
    return engine_.prepare(images, text);
  }
  ImageTokens encode(std::span<const PixelImage> pixels) const { return engine_.encode(pixels); }
  std::string decode(Ids ids) const { return engine_.decode(ids); }
  std::vector<TokenId> stop_ids() const { return engine_.stop_ids(); }

  Lane<Tensor> begin(const Prompt& prompt, const ImageTokens& tokens, Ids answer) const {
    return engine_.begin(prompt, tokens, answer);
  }
  Tensor embed(Ids ids) const { return engine_.embed(ids); }
  void run_layer(int layer, std::span<Lane<Tensor>> lanes, const auto& observer) const {
    engine_.run_layer(layer, lanes, observer);
  }
  AttentionBlock attention(int layer, const Lane<Tensor>& lane) const {
    return engine_.attention(layer, lane);
  }
  Tensor logits(const Lane<Tensor>& lane, std::span<const Index> positions) const {
    return engine_.logits(lane, positions);
  }
  void backward(const Prompt& prompt, const ImageTokens& tokens, Ids answer, const auto& target,
                const auto& observer) const {
    engine_.backward(prompt, tokens, answer, target, observer);
  }

 private:
  toy::Decoder<> engine_{toy::planted_reader(/*layers=*/4, /*reading_layer=*/1)};
};
static_assert(explain<MyAdapter>() && SweepAdapter<MyAdapter>);

RgbImage red_or_blue(const std::string& name, const std::string& = "") {
  RgbImage picture(6, 4);
  for (int i = 0; i < 24; ++i) picture.pixel(i % 6, i / 6)[std::stoi(name) % 2 * 2] = 255;
  return picture;
}

BenchmarkItem item(int i) {
  const VqaReference right{{i % 2 == 0 ? "yes" : "no"}, {}};
  BenchmarkItem item;
  item.id = item.image = std::to_string(i);
  item.question = "red?";
  item.score = [right](std::string_view answer) {
    return ScoredAnswer{Vqa().statistics(answer, right), std::string(answer)};
  };
  return item;
}

}  // namespace

int main() {
  const MyAdapter adapter;
  const auto folder = std::filesystem::temp_directory_path() / "infoflow_example_07";
  std::filesystem::remove_all(folder);
  ensure_directory(folder);

  Benchmark benchmark{"vqa", "plain", summary_of(Vqa{}), {}};
  for (int i = 0; i < 120; ++i) benchmark.items.push_back(item(i));
  const SweepQuestions questions(benchmark, red_or_blue, "red and blue");
  const SweepPlan plan = plan_sweep({}, adapter.layer_count());
  const OrderedOutcomes outcomes = sweep(
      adapter, questions, plan,
      {.path = folder / "journal.jsonl", .header = sweep_header("my-model v1", plan, questions)});
  const Decision decision =
      decide(outcomes.items, benchmark, {"my-model", "red?", plan.policy, /*margin=*/0.05});
  write_sweep_folder(folder / "sweep", decision, questions, outcomes.items);
  std::cout << decision_text(decision) << '\n';
  for (const Claim& claim : claims_of(std::vector<JudgedSweep>{{decision, outcomes.items}})) {
    if (claim.verdict == "held") std::cout << "held: " << claim.claim << '\n';
  }

  const TraceRequest request{.images = {red_or_blue("0")}, .text = "red?"};
  const FlowReport report = report_of(request, trace(adapter, request), {.model = "my-model"});
  write_flow_folder(folder / "trace", report);
  std::cout << report.question << " " << report.trace.answer << '\n';
}
