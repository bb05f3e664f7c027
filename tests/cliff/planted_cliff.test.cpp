// SPDX-License-Identifier: MIT
// From planted models through the sweep to the cliff: it must be found at exactly its layer.
#include <catch_compat.hpp>

#include <infoflow/cliff/cliff_finder.hpp>
#include <infoflow/cut/policies.hpp>
#include <infoflow/run/plain.hpp>
#include <infoflow/run/truncation_sweep.hpp>

#include "../laws/toy_cases.hpp"

using namespace infoflow;

namespace {
using Toy = toy::Decoder<double>;

/// Right or wrong.
struct ExactMatch {
  using Reference = std::string;
  static constexpr std::string_view name = "accuracy";
  static constexpr Direction direction = Direction::higher_is_better;
  static constexpr bool per_item_binary = true;
  static constexpr std::array<std::string_view, 2> statistic_names{"right", "n"};
  [[nodiscard]] Statistics statistics(std::string_view answer, const Reference& reference) const {
    return {answer == reference ? 1.0 : 0.0, 1.0};
  }
  [[nodiscard]] std::vector<NamedValue> values(std::span<const double> sums) const {
    return {NamedValue::ratio("accuracy", sums[0], sums[1])};
  }
};

RgbImage coloured(bool red, int shade) {
  RgbImage picture(6, 6, static_cast<std::uint8_t>(shade));
  for (std::size_t i = 0; i < picture.values.size(); i += 3) picture.values[i] = red ? 255 : 0;
  return picture;
}

RunOutcome outcome(const std::string& policy, int cut, const ComparedAnswer& run, const Toy& toy,
                   const std::string& truth) {
  RunOutcome result;
  result.policy = policy;
  result.cut_layer = cut;
  result.answer = toy.decode(run.answer.ids);
  result.statistics = ExactMatch{}.statistics(result.answer, truth);
  result.agrees = run.agrees;
  result.kl = run.kl;
  return result;
}

/// Every picture asked once: is it red?
template <class Adapter>
std::vector<ItemOutcome> swept(const Toy& toy, const Adapter& adapter, int pictures) {
  const int layers = toy.layer_count();
  std::vector<Truncation> cuts;
  for (int layer = 0; layer < layers; ++layer) cuts.push_back({.schedule = {{{layer, DropAll{}}}}});
  cuts.emplace_back();
  TruncationSweep<Adapter> sweep(adapter, 4);
  std::vector<ItemOutcome> items;
  for (int i = 0; i < pictures; ++i) {
    const std::vector<RgbImage> shown{coloured(i % 2 == 0, i % 50)};
    const std::string truth = i % 2 == 0 ? "yes" : "no";
    const Prompt prompt = toy.prepare(shown, "<image>red?");
    const Prompt alone = toy.prepare({}, "red?");
    const std::vector<OtherPrompt<Adapter>> others{{alone, toy.encode(alone.pixels)}};
    const SweptItem item = sweep(prompt, toy.encode(prompt.pixels), cuts, others, {});
    ItemOutcome& all = items.emplace_back();
    all.id = all.image = std::to_string(i);
    for (int cut = 0; cut <= layers; ++cut) {
      all.runs.push_back(
          outcome("drop-all", cut, item.runs[static_cast<std::size_t>(cut)], toy, truth));
    }
    all.runs.push_back(outcome("no-image", layers, item.others[0], toy, truth));
  }
  return items;
}

Cliff cliff_of(const std::vector<ItemOutcome>& items) {
  CliffSettings settings;
  settings.test.margin = 0.05;  // 100 items without a flip are enough for it: z²·19 = 73.
  return CliffFinder(settings)(items, summary_of(ExactMatch{}), "drop-all");
}
}  // namespace

TEST_CASE("the cliff of a planted model is found at exactly its layer, by both ways of the sweep",
          "[cliff][planted]") {
  for (const int reading : {0, 2, 3}) {
    const Toy toy(toy::planted_reader(4, reading));
    for (const auto& items : {swept(toy, toy, 100), swept(toy, plain(toy), 100)}) {
      const Cliff cliff = cliff_of(items);
      INFO("reads in layer " << reading);
      CHECK(cliff.status == (reading == 3 ? CliffStatus::no_cliff : CliffStatus::found));
      CHECK(cliff.cliff_layer == (reading == 3 ? std::nullopt : std::optional<int>(reading + 1)));
      CHECK(cliff.lower_bound == reading + 1);
    }
  }
}

TEST_CASE("a model that never reads the image has its cliff at 0 and is said not to need it",
          "[cliff][planted]") {
  auto weights = toy::planted_reader(4, 2);
  weights.projector.setZero();
  const Toy blind(weights);
  const Cliff cliff = cliff_of(swept(blind, blind, 100));

  CHECK(cliff.status == CliffStatus::does_not_need_the_image);
  CHECK(cliff.cliff_layer == 0);
}
